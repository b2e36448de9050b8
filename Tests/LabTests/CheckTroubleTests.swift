import Foundation
import SystemSupport
import TestSupport
import Testing

/// Checks on a machine that fails, and several checks at once: the machine's trouble is never the
/// learner's failure, and no result is lost or taken for another.
@Suite(.serialized, .timeLimit(.minutes(30))) struct CheckTroubleTests {
  private static let file = "Workbook/04-1-window-mask.swift"
  private static let progress = ".lab/progress/04-1-window-mask.json"
  private static let right = """
    import Foundation
    func windowMask(queryCount: Int, keyCount: Int, window: Int, sinkCount: Int) -> [[Bool]] {
      (keyCount - queryCount..<keyCount).map { query in
        (0..<keyCount).map { $0 <= query && (query - $0 < window || $0 < sinkCount) }
      }
    }
    """
  private static let wrong = right.replacingOccurrences(of: "- $0 <", with: "- $0 <=")

  /// A folder in which the exercise has passed. It is made once and copied.
  private func passed() throws -> LabProcess {
    let lab = try LabProcess()
    for name in [".lab", "Workbook"] {
      try FileManager.default.copyItem(
        at: try Self.passedOnce.get().folder.appendingPathComponent(name),
        to: lab.folder.appendingPathComponent(name))
    }
    return lab
  }

  private static let passedOnce = Result {
    let lab = try LabProcess()
    try FileManager.default.createDirectory(
      atPath: lab.path("Workbook"), withIntermediateDirectories: true)
    try Data(right.utf8).write(to: lab.folder.appendingPathComponent(file))
    let answer = try lab.run("check", "window-mask")
    try #require(answer.status == 0, "\(answer.out)\(answer.err)")
    return lab
  }

  private func json(_ text: String) throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
    return try #require((object as? [[String: Any]])?.first ?? object as? [String: Any])
  }

  /// A folder whose `swiftc` is a shell script. `$real` in it is the compiler.
  private func environment(compiler script: String, _ lab: LabProcess) throws -> [String: String] {
    let folder = lab.folder.appendingPathComponent("bin")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let real = try #require(Program.find("swiftc")).path
    try writeProgram(
      "real='\(real)'\n" + script, to: folder.appendingPathComponent("swiftc"))
    return ["PATH": folder.path + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")]
  }

  /// The same trouble before a run: the sentence is about the run.
  @Test func theMachineFailsBeforeARun() throws {
    let lab = try passed()
    let environment = try environment(compiler: "exit 127", lab)
    let run = try lab.run(
      "run", "4", "--with", "window-mask", "--scale", "smoke", environment: environment)
    #expect(run.status == 74)
    #expect(run.err.contains("Your 'window-mask' could not be compiled for this run"), "\(run.err)")
    #expect(run.err.contains("ended with status 127") && !run.err.contains("attempt"))
  }

  @Test(arguments: [
    ("kill -9 $$", "was ended by signal 9 (Killed). Perhaps the machine has too little memory"),
    (
      "echo 'error: unable to write: No space left on device' >&2; exit 1",
      "No space left on device"
    ),
    ("exit 127", "ended with status 127"),
    // An incomplete toolchain is found at the learner's line.
    (
      #"for f in "$@"; do case "$f" in */04-1-window-mask.swift) echo "$f:1:8: error: no such "#
        + #"module 'Foundation'" >&2; exit 1;; esac; done; exit 1"#,
      "rejects even the file as it was given"
    ),
    // As on a disk that is mounted with noexec.
    (
      #""$real" "$@" || exit; for f in "$@"; do case "$f" in */check) chmod -x "$f";; esac; done"#,
      "Permission denied"
    ),
    // The check ends before it calls the learner's function, as with a missing library.
    (
      #""$real" "$@" || exit; for f in "$@"; do case "$f" in */check) "#
        + #"printf '#!/bin/sh\necho no library >&2\nexit 127\n' > "$f";; esac; done"#,
      "status 127: no library"
    ),
  ])
  func theMachineFails(script: String, sentence: String) throws {
    let lab = try passed()
    let before = lab.text(Self.progress)
    let answer = try lab.run(
      "check", "window-mask", environment: try environment(compiler: script, lab))
    #expect(answer.status == 74, "\(answer.out)\(answer.err)")
    #expect(answer.err.contains(sentence) && answer.err.contains("does not count"), "\(answer.err)")
    #expect(!answer.out.contains("compile"))
    #expect(lab.text(Self.progress) == before)
    #expect(try lab.run("check", "--list").out.contains("✓ window-mask"))
  }

  @Test func troubleAsJSON() throws {
    let lab = try passed()
    let answer = try lab.run(
      "check", "4", "--json", environment: try environment(compiler: "kill -9 $$", lab))
    #expect(answer.status == 74)
    let entry = try json(answer.out)
    #expect(entry["result"] as? String == "not checked" && entry["isPassed"] as? Bool == false)
    #expect((entry["details"] as? [String: String])?["trouble"]?.contains("signal 9") == true)
  }

  /// The module is missing because the learner names one that does not exist.
  @Test func aMissingModuleOfTheLearner() throws {
    let lab = try passed()
    try lab.write("import Numpy\n" + Self.right, to: Self.file)
    let answer = try lab.run("check", "window-mask")
    #expect(answer.status == 1 && answer.out.contains("no such module 'Numpy'"), "\(answer)")
    #expect(try json(lab.text(Self.progress))["attempts"] as? Int == 2)
  }

  /// No folder for temporary files; a folder that cannot be used; a cache whose folder has moved.
  @Test func otherPlaces() throws {
    let lab = try passed()
    let noTemporary = try lab.run("check", "window-mask", environment: ["TMPDIR": "/nowhere"])
    #expect(noTemporary.status == 0, "\(noTemporary.out)\(noTemporary.err)")
    let moved = try LabProcess()
    for name in [".lab", "Workbook"] {
      try FileManager.default.moveItem(atPath: lab.path(name), toPath: moved.path(name))
    }
    let elsewhere = try moved.run("check", "window-mask")
    #expect(elsewhere.status == 0, "\(elsewhere.out)\(elsewhere.err)")
    // A file where the folder for programs should be.
    try lab.write(Self.right, to: Self.file)
    try lab.write("", to: ".lab/exercises")
    let spare = try lab.run("check", "window-mask")
    #expect(spare.status == 0, "\(spare.out)\(spare.err)")
  }

  @Test func aVerdictThatCannotBeSaved() throws {
    let lab = try LabProcess()
    try lab.write(Self.wrong, to: Self.file)
    try lab.write("", to: ".lab/progress")
    let answer = try lab.run("check", "window-mask")
    #expect(answer.status == 74)
    #expect(answer.out.contains("✗ window-mask: wrong") && answer.out.contains("differs at"))
    #expect(answer.err.contains("is not saved") && answer.err.contains(".lab/progress"))
    let entry = try json(try lab.run("check", "window-mask", "--json").out)
    #expect(entry["result"] as? String == "wrong")
    #expect((entry["details"] as? [String: String])?["unsaved"] != nil)
    let hint = try lab.run("hint", "window-mask")
    #expect(hint.status == 74)
    #expect(hint.out.contains("Hint 1 of 3") && hint.err.contains("is not saved"))
    let solution = try lab.run("solution", "window-mask", "--yes")
    #expect(solution.status == 74 && solution.out.contains("query - key < window"))
    let reset = try lab.run("reset", "window-mask", "--yes")
    #expect(reset.status == 74 && reset.out.contains("Restored:"))
    #expect(lab.text("Workbook/kept/04-1-window-mask-1.swift") == Self.wrong)
  }

  @Test(arguments: [
    "{ half", "", "[]", #"{"attempts": -5}"#,
    """
    {"attempts": 9223372036854775807, "checked": "", "given": "", "hasSeenSolution": false,
     "hintsSeen": 9223372036854775807, "state": "passed"}
    """,
    """
    {"attempts": 1, "checked": "", "given": "", "hasSeenSolution": false,
     "hintsSeen": -1, "state": "passed"}
    """,
  ])
  func damagedProgressIsKept(text: String) throws {
    let lab = try LabProcess()
    try lab.write(text, to: Self.progress)
    #expect(try lab.run("check", "--list").status == 0)
    let list = try lab.run("list")
    #expect(list.status == 0 && list.err.contains("cannot be read"))
    #expect(lab.text(Self.progress) == text, "listing changes nothing")
    let hint = try lab.run("hint", "window-mask")
    #expect(hint.status == 0 && hint.out.contains("Hint 1 of 3"))
    #expect(hint.err.contains("is kept as") && hint.err.contains(".damaged-1"))
    #expect(lab.text(Self.progress + ".damaged-1") == text)
    #expect(try json(lab.text(Self.progress))["hintsSeen"] as? Int == 1)
  }

  /// All of them use one `.lab`, each its own workbook.
  @Test func severalAtOnce() throws {
    let lab = try LabProcess()
    let count = 6
    for index in 0..<count {
      let text = index % 2 == 0 ? Self.right : Self.wrong
      try lab.write(text, to: "\(index)/04-1-window-mask.swift")
    }
    let binary = try LabProcess.binary().path
    let processes = try (0..<count).map { index in
      try lab.start(
        URL(fileURLWithPath: "/bin/sh"),
        ["-c", "exec '\(binary)' check window-mask --workbook \(index) > \(index)/out 2>&1"])
    }
    for process in processes { process.waitUntilExit() }
    for (index, process) in processes.enumerated() {
      let isRight = index % 2 == 0
      #expect(process.terminationStatus == (isRight ? 0 : 1), "\(lab.text("\(index)/out"))")
      #expect(lab.text("\(index)/out").contains(isRight ? "passed" : "Off by one"))
    }
    #expect(try json(lab.text(Self.progress))["attempts"] as? Int == count, "none is lost")
    let left = try FileManager.default.contentsOfDirectory(atPath: lab.path(".lab/exercises"))
    #expect(left.filter { !$0.hasPrefix("modules-") } == [])
  }

  @Test func oldFoldersAreRemoved() throws {
    let lab = try LabProcess()
    try lab.write(Self.wrong, to: Self.file)
    let names = [
      "longcontextlab-check-\(UUID().uuidString)", "longcontextlab-check-\(UUID().uuidString)",
      "modules-0123456789abcdef",
    ]
    for name in names { try lab.write("", to: ".lab/exercises/\(name)/check") }
    for name in [names[0], names[2]] {
      try FileManager.default.setAttributes(
        [.modificationDate: Date.now.addingTimeInterval(-90_000)],
        ofItemAtPath: lab.path(".lab/exercises/\(name)"))
    }
    #expect(try lab.run("check", "window-mask").status == 1)
    let left = try FileManager.default.contentsOfDirectory(atPath: lab.path(".lab/exercises"))
    #expect(left.contains(names[1]) && !left.contains(names[0]) && !left.contains(names[2]))
    #expect(left.count == 2, "\(left)")
  }

  #if os(Linux)
    /// `kill -9` of lab, and a learner's process that has left the session.
    @Test func nothingOutlivesACheck() throws {
      let lab = try LabProcess()
      let pids = lab.path("pids")
      try lab.write(
        """
        import Foundation
        func windowMask(queryCount: Int, keyCount: Int, window: Int, sinkCount: Int) -> [[Bool]] {
          let child = Process()
          child.executableURL = URL(fileURLWithPath: "/bin/sh")
          child.arguments = ["-c", "setsid sh -c 'echo $$ >> \(pids); exec sleep 600' &"]
          try! child.run()
          try! Data("\\(getpid())\\n".utf8).write(to: URL(fileURLWithPath: "\(pids)-learner"))
          while true { usleep(1000) }
        }
        """, to: Self.file)
      let process = try lab.start(LabProcess.binary(), ["check", "window-mask"])
      let deadline = ContinuousClock.now + .seconds(60)
      while lab.text("pids").isEmpty || lab.text("pids-learner").isEmpty {
        try #require(ContinuousClock.now < deadline, "\(lab.text("out"))\(lab.text("err"))")
        idle(seconds: 0.02)
      }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      for name in ["pids", "pids-learner"] {
        let id = try #require(Int32(lab.text(name).trimmingCharacters(in: .newlines)))
        for _ in 0..<200 where isRunning(id) { idle(seconds: 0.02) }
        #expect(!isRunning(id), "\(name): process \(id)")
      }
    }

    private func isRunning(_ id: pid_t) -> Bool {
      let state = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)
      return kill(id, 0) == 0 && state?.contains(") Z ") != true
    }
  #endif
}
