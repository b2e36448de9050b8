import Foundation
import TestSupport
import Testing

/// The first minutes of a user: fast commands, narrow terminals, missing things.
@Suite(.serialized) struct FirstMinuteTests {

  /// Milliseconds of CPU time, the minimum of a few runs. Wall time would depend on the other tests.
  private func processorTime(_ arguments: String) throws -> Double {
    let lab = try LabProcess()
    let command = "'\(try LabProcess.binary().path)' \(arguments) > /dev/null 2>&1; times"
    let times = try (0..<4).map { _ -> Double in
      let process = try lab.start(URL(fileURLWithPath: "/bin/sh"), ["-c", command])
      process.waitUntilExit()
      // The second line is of the programs that the shell started: 0m0.012s 0m0.004s.
      let line = try #require(lab.text("out").split(separator: "\n").dropFirst().first)
      return line.split(separator: " ").reduce(0) { sum, part in
        let fields = part.split { $0 == "m" || $0 == "s" }.compactMap { Double($0) }
        return sum + (fields.first ?? .infinity) * 60_000 + (fields.last ?? .infinity) * 1000
      }
    }
    return times.min() ?? .infinity
  }

  @Test func helpIsFast() throws {
    #expect(try processorTime("--help") < 50)
    #expect(try processorTime("list") < 100)
    #expect(try processorTime("") < 100)
    #expect(try processorTime("hint window-mask") < 100)
    #expect(try processorTime("check --list") < 100)
  }

  @Test(arguments: [
    "list", "run", "open", "export", "check", "hint", "solution", "reset", "watch", "report",
    "bench", "doctor",
  ])
  func everyCommandHasAnExample(command: String) throws {
    let help = try LabProcess().run(command, "--help")
    #expect(help.status == 0)
    #expect(help.out.contains("Example") && help.out.contains("  lab \(command)"))
  }

  @Test(arguments: ["bash", "zsh", "fish"]) func completion(shell: String) throws {
    let answer = try LabProcess().run("--generate-completion-script", shell)
    #expect(answer.status == 0)
    for word in ["positions", "solution", "scale", "report"] {
      #expect(answer.out.contains(word), "\(word)")
    }
  }

  @Test(
    .needs(program: "script"),
    arguments: ["", "list", "check window-mask", "memory LLaMA-30B"])
  func sixtyColumns(arguments: String) throws {
    let lab = try LabProcess()
    let command = "stty cols 60; '\(try LabProcess.binary().path)' \(arguments)"
    let process = try lab.start(
      URL(fileURLWithPath: "/usr/bin/script"), ["-qec", command, "/dev/null"],
      environment: ["TERM": "dumb"])
    process.waitUntilExit()
    let lines = lab.text("out").components(separatedBy: .newlines)
    #expect(lines.count > 3)
    // Paths stay whole, so that they can be opened.
    for line in lines where line.count > 60 && !line.contains("/Workbook/") {
      Issue.record("\(line.count) columns: \(line)")
    }
  }

  @Test func unwritableFolderIsAnError() throws {
    let lab = try LabProcess()
    try Data().write(to: lab.folder.appendingPathComponent(".lab"))
    for arguments in [["run", "5", "--scale", "smoke"], ["check", "window-mask"], ["hint"]] {
      let process = try lab.start(LabProcess.binary(), arguments)
      process.waitUntilExit()
      #expect(process.terminationStatus == 74, "\(arguments)")
      #expect(lab.text("err").contains("cannot") || lab.text("err").contains("Cannot"))
    }
  }

  /// If the disk is full in the middle of a run, the run says so, finished steps can be read, and no
  /// other files are left.
  @Test(.needs("way to mount a small disk", "allow user namespaces") { LabProcess.canMount })
  func fullDisk() throws {
    let lab = try LabProcess()
    let binary = try LabProcess.binary().path
    let commands = """
      mkdir disk && mount -t tmpfs -o size=300k tmpfs disk && cd disk
      '\(binary)' run flash-tiling --scale smoke --quiet > /dev/null; echo "run $?"
      '\(binary)' list | grep 'at smoke'; '\(binary)' open flash-tiling; echo "open $?"
      dd if=/dev/zero of=rest bs=1k 2> /dev/null
      for what in 'run cost --scale smoke' 'check window-mask' 'hint window-mask'; do
        '\(binary)' $what > /dev/null; echo "$what $?"
      done
      find . -name '.*probe*'
      """
    let process = try lab.start(
      URL(fileURLWithPath: "/usr/bin/env"), ["unshare", "-rm", "sh", "-c", commands])
    process.waitUntilExit()
    let lines = lab.text("out").split(separator: "\n").map(String.init)
    #expect(lines.first == "run 74")
    #expect(lines.contains { $0.contains("killed at smoke") }, "\(lines)")
    #expect(lines.contains { $0.hasSuffix("flash-tiling/index.html") } && lines.contains("open 0"))
    for command in ["run cost --scale smoke", "check window-mask", "hint window-mask"] {
      #expect(lines.contains("\(command) 74"), "\(lines)")
    }
    #expect(!lines.contains { $0.contains("probe") }, "\(lines)")
    #expect(lab.text("err").contains("the disk is full"))
  }

  /// No home folder, no terminal, no input, as in a service or a container.
  @Test func withoutAHomeOrATerminal() throws {
    let lab = try LabProcess()
    let environment = ["HOME": "/nowhere", "TERM": ""]
    #expect(try lab.run("list", environment: environment).status == 0)
    #expect(try lab.run("check", "window-mask", environment: environment).status == 1)
    #expect(
      try lab.run("run", "5", "--scale", "smoke", "--quiet", environment: environment).status == 0)
  }
}
