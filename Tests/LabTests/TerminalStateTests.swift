import Foundation
import TestSupport
import Testing

/// What `lab` leaves behind in a terminal. python3 is the terminal.
@Suite(.needs(program: "python3"))
struct TerminalStateTests {
  private static let terminal = """
    import fcntl, os, pty, select, signal, sys, termios, time

    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    lab = sys.argv[1]
    master, slave = pty.openpty()
    seen = b""

    def start(command, **environment):
        "Starts a program at the terminal."
        pid = os.fork()
        if pid == 0:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for stream in range(3): os.dup2(slave, stream)
            os.environ.update(TERM="xterm", COLORTERM="", NO_COLOR="", **environment)
            for name in ("TMUX", "TERM_PROGRAM", "KITTY_WINDOW_ID"): os.environ.pop(name, None)
            os.execvp(command[0], command)
        return pid

    def read(until, seconds=60):
        "Reads the screen until a text appears."
        global seen
        end = time.time() + seconds
        while until not in seen:
            if time.time() > end: sys.exit("no %r in %r" % (until, seen[-2000:]))
            if select.select([master], [], [], 0.1)[0]: seen += os.read(master, 65536)
        before, _, seen = seen.partition(until)
        return before

    def type(text): os.write(master, text)

    def modes():
        flags = termios.tcgetattr(slave)[3]
        return bool(flags & termios.ECHO), bool(flags & termios.ICANON)

    def keys():
        "Waits until single keys are read; the prompt comes a moment earlier."
        end = time.time() + 60
        while modes() != (False, False):
            if time.time() > end: sys.exit("modes %r" % (modes(),))
            time.sleep(0.02)

    def wait(pid):
        "Waits for the end and reads the screen meanwhile."
        while True:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done: return status
            if select.select([master], [], [], 0.05)[0]: os.read(master, 65536)

    def pending():
        "What was typed and not read."
        settings = termios.tcgetattr(slave)
        settings[3] &= ~termios.ICANON
        settings[6][termios.VMIN] = 0
        termios.tcsetattr(slave, termios.TCSANOW, settings)
        return os.read(slave, 1000)

    step = [lab, "run", "5", "--scale", "smoke", "--step", "--images", "none"]

    """

  /// Runs a script that ends with an error if something is wrong.
  private func play(_ script: String) throws {
    let lab = try LabProcess()
    let process = try lab.start(
      URL(fileURLWithPath: "/usr/bin/python3"),
      ["-c", Self.terminal + script, LabProcess.binary().path])
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(lab.text("err")) \(lab.text("out"))")
  }

  @Test(arguments: ["TERM", "HUP", "QUIT", "INT", "SEGV", "ABRT", "USR1", "XCPU"])
  func aSignalLeavesTheTerminalAsItWas(name: String) throws {
    try play(
      """
      import resource
      resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
      pid = start(step, SWIFT_BACKTRACE="enable=no")
      read(b"space next")
      keys()
      os.kill(pid, signal.SIG\(name))
      status = wait(pid)
      assert modes() == (True, True), modes()
      ended = os.WEXITSTATUS(status) == 130 if "\(name)" == "INT" \\
          else os.WTERMSIG(status) == signal.SIG\(name)
      assert ended, status
      """)
  }

  /// With the backtraces of Swift's runtime, which takes SIGQUIT for a crash and asks for a key.
  @Test func quitFromTheKeyboard() throws {
    try play(
      """
      pid = start(step)
      read(b"space next")
      keys()
      type(b"\\x1c")
      status = wait(pid)
      assert os.WTERMSIG(status) == signal.SIGQUIT, status
      assert modes() == (True, True), modes()
      """)
  }

  @Test func quitWithoutSingleKeys() throws {
    try play(
      """
      pid = start([lab, "run", "5", "--scale", "smoke", "--images", "none"])
      read(b"Lesson 5")
      type(b"\\x1c")
      status = wait(pid)
      assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGQUIT, status
      """)
  }

  @Test func theEndLeavesTheTerminalAsItWas() throws {
    try play(
      """
      pid = start(step)
      read(b"space next")
      keys()
      # Arrow keys and F2, which ends with a Q, are no commands.
      type(b"\\x1b[A\\x1bOQ\\x1b[?1;2c ")
      read(b"space next")
      type(b"q")
      assert os.WEXITSTATUS(wait(pid)) == 130
      assert modes() == (True, True), modes()
      """)
  }

  /// As in a shell: Ctrl-Z, another command, `fg`, and single keys again.
  @Test func stoppedAndContinued() throws {
    try play(
      """
      shell = start(["/bin/sh", "-i"], PS1="prompt> ", ENV="")
      read(b"prompt> ")
      type(" ".join("'%s'" % word for word in step).encode() + b"\\n")
      read(b"space next")
      keys()
      type(b"\\x1a")
      read(b"prompt> ")
      assert modes() == (True, True), modes()
      type(b"fg\\n")
      read(b"space next")
      keys()
      type(b" ")
      read(b"space next")
      type(b"q")
      read(b"prompt> ")
      assert modes() == (True, True), modes()
      type(b"exit\\n")
      wait(shell)
      """)
  }

  /// The answer comes after `lab` has stopped waiting for it.
  @Test(arguments: [0.1, 0.6, 1.5])
  func aLateAnswerIsNotTypedIntoTheShell(delay: Double) throws {
    try play(
      """
      pid = start([lab, "doctor"])
      read(b"\\x1b[c")
      time.sleep(\(delay))
      type(b"\\x1b_Gi=31;OK\\x1b\\\\\\x1b[?62;4c")
      wait(pid)
      assert modes() == (True, True), modes()
      assert pending() == b"", "left"
      """)
  }

  @Test func aTerminalThatNeverAnswers() throws {
    try play(
      """
      pid = start([lab, "doctor"])
      wait(pid)
      assert modes() == (True, True), modes()
      """)
  }

  /// A pipe that does not block, as a program that shares it may set it, and that is read late.
  @Test func aFullPipeIsWaitedFor() throws {
    try play(
      """
      import subprocess
      command = [lab, "--generate-completion-script", "bash"]
      whole = subprocess.run(command, capture_output=True).stdout
      for descriptor in (1, 2):
          source, sink = os.pipe()
          fcntl.fcntl(sink, 1031, 4096)
          fcntl.fcntl(sink, fcntl.F_SETFL, os.O_NONBLOCK | os.O_WRONLY)
          streams = {"stdout": sink} if descriptor == 1 else {"stderr": sink}
          # An unknown command echoes its name on standard error.
          called = command if descriptor == 1 else [lab, "run", "x" * 20000]
          process = subprocess.Popen(called, **streams)
          os.close(sink)
          time.sleep(0.5)
          got = b""
          while True:
              part = os.read(source, 1000)
              if not part: break
              got += part
          status = process.wait()
          if descriptor == 1: assert got == whole and status == 0, (len(got), len(whole), status)
          else: assert len(got) > 20000 and status == 64, (len(got), status)
      """)
  }
}
