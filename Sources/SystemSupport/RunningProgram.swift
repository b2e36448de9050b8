import CSystem
import Foundation

/// A started program, for a dialogue over its standard input and output.
///
/// Every call that waits also empties the other pipes, so that neither side is stopped by a full
/// one. Use it from one thread at a time. A program that is not waited for with `finish` is killed
/// when this object goes away.
public final class RunningProgram {
  private let path: String
  private let id: pid_t
  private let limits: Program.Limits?
  private var input: Int32
  private var output: Int32
  private var errors: Int32
  private var unsent = Data()
  private(set) var capturedOutput: CapturedBytes
  private(set) var capturedErrors: CapturedBytes
  private var end: Program.End?
  /// The limit for which the program was killed, or is being killed.
  private var cause: Program.End?
  /// Whether the process number may still be used for signals.
  private var isReaped = false
  private(set) var processorSeconds = 0.0
  private(set) var peakMemoryBytes = 0
  private var limitsReadAt = SuspendingClock.now

  init(_ program: Program) throws(ProgramError) {
    let pipes = try ProgramPipes(path: program.url.path)
    do throws(ProgramError) {
      id = try pipes.start(program)
    } catch {
      pipes.closeAll()
      throw error
    }
    pipes.closeChildEnds()
    path = program.url.path
    limits = program.limits
    (input, output, errors) = (pipes.input.write, pipes.output.read, pipes.errors.read)
    capturedOutput = CapturedBytes(limit: program.outputLimit)
    capturedErrors = CapturedBytes(limit: program.outputLimit)
    RunningPrograms.add(id, isSupervised: isSupervised)
  }

  deinit {
    stop()
    closeAll()
  }

  /// The program's standard error so far.
  public var errorText: String { String(decoding: capturedErrors.data, as: UTF8.self) }

  /// Writes to the program's standard input; returns when all of it is in the pipe.
  /// - Throws: `ProgramError.closedInput`.
  public func write(_ data: Data) throws(ProgramError) {
    queue(data)
    while !unsent.isEmpty, input >= 0 { transfer(waitingAtMost: 1000) }
    if input < 0 { throw .closedInput(path: path) }
  }

  /// The next line of standard output, without its newline. Nil at the end of the output, after
  /// `seconds` without a whole line, or if the program is past one of its limits and is killed.
  public func readLine(within seconds: Double? = nil) -> Data? {
    let deadline = seconds.map { SuspendingClock.now + .seconds($0) }
    while true {
      if let line = capturedOutput.takeLine() { return line }
      if output < 0 { return capturedOutput.takeRest() }
      if let deadline, SuspendingClock.now > deadline { return nil }
      if isPastLimit(nil) {
        terminate()
        return nil
      }
      transfer(waitingAtMost: deadline == nil && limits == nil ? 1000 : 20)
    }
  }

  /// Writes a line and reads a line. Nil as for `readLine`; a program that does not read its input
  /// is not waited for any longer either.
  /// - Throws: `ProgramError.closedInput`.
  public func exchange(_ line: Data, within seconds: Double) throws(ProgramError) -> Data? {
    queue(line + [UInt8(ascii: "\n")])
    let answer = readLine(within: seconds)
    if answer == nil, input < 0 { throw .closedInput(path: path) }
    return answer
  }

  /// Closes the program's standard input, so that the program reads end-of-file.
  public func closeInput() {
    while !unsent.isEmpty, input >= 0 { transfer(waitingAtMost: 1000) }
    closePipe(&input)
  }

  /// Sends what is queued, closes the standard input and waits for the end of the program, at most
  /// `seconds`; then it is killed.
  /// - Throws: `ProgramError.cannotWait`.
  @discardableResult
  public func finish(within seconds: Double? = nil) throws(ProgramError) -> Program.End {
    try finish(deadline: seconds.map { SuspendingClock.now + .seconds($0) })
  }

  /// Kills the program and what it started.
  public func stop() {
    guard !isReaped else { return }
    terminate()
    _ = try? finish(deadline: SuspendingClock.now)
  }

  /// Appends to what is sent while the program is waited for.
  func queue(_ data: Data) { unsent.append(data) }

  func finish(deadline: SuspendingClock.Instant?) throws(ProgramError) -> Program.End {
    if let end { return end }
    while try !hasEnded() {
      if unsent.isEmpty { closePipe(&input) }
      // Again and again: the program may stop its supervisor between two calls.
      if isPastLimit(deadline) { terminate() }
      transfer(waitingAtMost: 10)
    }
    // Before the program is reaped: after that, its number could belong to another group.
    if !isSupervised { kill(-id, SIGKILL) }
    drain()
    closeAll()
    let status = try reap()
    let end = cause ?? self.end(of: status)
    self.end = end
    return end
  }

  private var isSupervised: Bool { limits != nil && lclCanSupervise() == 1 }

  private func terminate() { RunningPrograms.kill(id, isSupervised: isSupervised) }

  /// Whether the running program is past a limit now, or was before.
  private func isPastLimit(_ deadline: SuspendingClock.Instant?) -> Bool {
    if cause == nil { cause = exceededLimit(deadline) }
    return cause != nil
  }

  /// The limit that the running program is past, of those that are counted here.
  private func exceededLimit(_ deadline: SuspendingClock.Instant?) -> Program.End? {
    if let deadline, SuspendingClock.now > deadline { return .timeLimit }
    if let most = limits?.outputBytes, capturedOutput.received + capturedErrors.received > most {
      return .outputLimit
    }
    guard let limits, SuspendingClock.now > limitsReadAt else { return nil }
    limitsReadAt = SuspendingClock.now + .milliseconds(50)
    if let most = limits.outputBytes, lclWrittenBytes(id) > most { return .outputLimit }
    if let most = limits.memoryBytes {
      let inUse = lclResidentBytesBelow(id) + (isSupervised ? 0 : lclResidentBytes(id))
      peakMemoryBytes = max(peakMemoryBytes, Int(inUse))
      if inUse > most { return .memoryLimit }
    }
    return nil
  }

  /// How a program ended that was not killed here.
  private func end(of status: Int32) -> Program.End {
    let signal = status & 0x7F
    guard signal != 0 else { return .exit(status >> 8 & 0xFF) }
    if let most = limits?.processorSeconds,
      signal == SIGXCPU || signal == SIGKILL && processorSeconds >= Double(most)
    {
      return .processorLimit
    }
    if signal == SIGXFSZ, limits?.outputBytes != nil { return .outputLimit }
    return .signal(signal)
  }

  /// Whether the program has ended; it stays a zombie until `reap`.
  private func hasEnded() throws(ProgramError) -> Bool {
    var information = siginfo_t()
    while waitid(P_PID, id_t(id), &information, WEXITED | WNOHANG | WNOWAIT) != 0 {
      guard errno == EINTR else {
        forgetID()
        throw .cannotWait(path: path, reason: String(cString: strerror(errno)))
      }
    }
    return information.si_signo == SIGCHLD
  }

  private func reap() throws(ProgramError) -> Int32 {
    forgetID()
    var status: Int32 = 0
    var usage = rusage()
    while wait4(id, &status, 0, &usage) < 0 {
      guard errno == EINTR else {
        throw .cannotWait(path: path, reason: String(cString: strerror(errno)))
      }
    }
    for time in [usage.ru_utime, usage.ru_stime] {
      processorSeconds += Double(time.tv_sec) + Double(time.tv_usec) * 1e-6
    }
    return status
  }

  private func forgetID() {
    isReaped = true
    RunningPrograms.remove(id)
  }

  /// Reads what is still in the pipes. A process that left the group may keep them open and
  /// continue to write, so the end of the pipes is not waited for.
  private func drain() {
    for _ in 0..<1024 {
      let before = capturedOutput.received + capturedErrors.received
      transfer(waitingAtMost: 0)
      if capturedOutput.received + capturedErrors.received == before { return }
    }
  }

  /// Waits until a pipe is ready, and moves what can be moved without waiting.
  private func transfer(waitingAtMost milliseconds: Int32) {
    var ready: [pollfd] = []
    if input >= 0, !unsent.isEmpty {
      ready.append(pollfd(fd: input, events: Int16(POLLOUT), revents: 0))
    }
    for handle in [output, errors] where handle >= 0 {
      ready.append(pollfd(fd: handle, events: Int16(POLLIN), revents: 0))
    }
    guard !ready.isEmpty else {
      usleep(UInt32(min(milliseconds, 2)) * 1000)
      return
    }
    guard poll(&ready, nfds_t(ready.count), milliseconds) > 0 else { return }
    for one in ready where one.revents != 0 {
      if one.fd == input {
        sendSome()
      } else if one.fd == output {
        receive(from: &output, into: &capturedOutput)
      } else {
        receive(from: &errors, into: &capturedErrors)
      }
    }
  }

  private func sendSome() {
    let count = writeIgnoringBrokenPipe(unsent, to: input)
    if count >= 0 {
      unsent.removeFirst(count)
    } else if errno != EAGAIN, errno != EINTR {
      unsent.removeAll()
      closePipe(&input)
    }
  }

  private func receive(from handle: inout Int32, into captured: inout CapturedBytes) {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = read(handle, &buffer, buffer.count)
    if count > 0 {
      captured.append(buffer[..<count])
    } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
      closePipe(&handle)
    }
  }

  private func closePipe(_ handle: inout Int32) {
    if handle >= 0 { close(handle) }
    handle = -1
  }

  private func closeAll() {
    closePipe(&input)
    closePipe(&output)
    closePipe(&errors)
  }
}

/// The running programs, so that this process can kill them before it exits.
public enum RunningPrograms {
  private static let lock = NSLock()
  /// Process numbers, and whether the process is a supervisor.
  nonisolated(unsafe) private static var ids: [pid_t: Bool] = [:]

  static func add(_ id: pid_t, isSupervised: Bool) { lock.withLock { ids[id] = isSupervised } }
  static func remove(_ id: pid_t) { lock.withLock { _ = ids.removeValue(forKey: id) } }

  /// Kills all of them and what they started. Call it on Ctrl-C: each program leads its own process
  /// group, so the terminal's signal does not reach it.
  public static func stopAll() {
    for (id, isSupervised) in lock.withLock({ ids }) { kill(id, isSupervised: isSupervised) }
  }

  /// A supervisor is asked to kill what is below it; the leader of a group is killed with its group.
  static func kill(_ id: pid_t, isSupervised: Bool) {
    if isSupervised {
      send(SIGTERM, id)
      // The program may have stopped its supervisor.
      send(SIGCONT, id)
    } else {
      send(SIGKILL, -id)
    }
  }
}

/// Outside the type, because inside it `kill` would mean the type's method.
private func send(_ signal: Int32, _ id: pid_t) { kill(id, signal) }
