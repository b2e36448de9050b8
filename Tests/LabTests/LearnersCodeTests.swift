import Foundation
import TestSupport
import Testing

/// `lab run --with`: the learner's function in the lesson, and every way to refuse it.
@Suite(.serialized) struct LearnersCodeTests {
  private static let file = "Workbook/05-1-online-softmax.swift"

  private let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func whatCannotRun() throws {
    let lab = try LabProcess()
    let untouched = try lab.run("run", "5", "--with", "online-softmax", "--scale", "smoke")
    #expect(untouched.status == 1)
    #expect(untouched.err.contains("has not passed. 'lab check online-softmax' checks it"))
    let other = try lab.run("run", "2", "--with", "online-softmax", "--scale", "smoke")
    #expect(other.status == 64)
    #expect(other.err.contains("'lab run flash-tiling --with online-softmax' is possible"))
    let several = try lab.run("run", "all", "--with", "online-softmax")
    #expect(several.status == 64 && several.err.contains("name one lesson"))
    let unknown = try lab.run("run", "5", "--with", "online-sofmax")
    #expect(unknown.status == 64 && unknown.err.contains("Did you mean 'online-softmax'?"))
    #expect(!FileManager.default.fileExists(atPath: lab.path(".lab/runs")))
  }

  /// The solution, but wrong for more scores than any check has: the claim fails, and it alone.
  @Test func theClaimIsOfTheLearnersFunction() throws {
    let lab = try LabProcess()
    let text = try lab.solution("05-1-online-softmax").replacingOccurrences(
      of: "{ $0 / sum }", with: "{ weighted.count > 60 ? 2 * $0 / sum : $0 / sum }")
    try lab.write(text, to: Self.file)
    let check = try lab.run("check", "online-softmax")
    #expect(check.status == 0, "\(check.out)")
    #expect(check.out.contains("lab run flash-tiling --with online-softmax"))
    let run = try lab.run("run", "5", "--with", "online-softmax", "--scale", "smoke", "--json")
    #expect(run.status == 1, "\(run.err)")
    let summary = try object(run.out)
    let claims = try #require(summary["claims"] as? [[String: Any]])
    let failed = claims.filter { $0["holds"] as? Bool == false }.compactMap { $0["id"] as? String }
    #expect(failed == ["stream-difference"])
    let folder = ".lab/runs/with-online-softmax/flash-tiling"
    let page = lab.text("\(folder)/index.html")
    #expect(
      page.contains("Your code runs in this lesson") && page.contains("--with online-softmax"))
    #expect(
      page.contains("Workbook/05-1-online-softmax.swift"), "the page shows the learner's code")
    #expect(page.contains("online-softmax</code>: 1 call"))
    let notice = try #require(
      page.components(separatedBy: "Which steps ran your code").dropFirst().first)
    #expect(notice.contains("“Run it on a stream of scores”"), "\(notice)")
    #expect(notice.contains("All other steps ran the lesson"), "\(notice)")
    let facts = try object(lab.text("\(folder)/run.json"))["facts"] as? [String: Any]
    #expect(facts?["exercises"] as? [String] == ["online-softmax"])
    let left = try FileManager.default.contentsOfDirectory(atPath: lab.path(".lab/exercises"))
    #expect(left.filter { !$0.hasPrefix("modules-") } == [], "the program is removed")
    // Another text of the file has not passed.
    try lab.write(text + "\n// more\n", to: Self.file)
    #expect(try lab.run("run", "5", "--with", "online-softmax", "--scale", "smoke").status == 1)
  }

  /// The solution, but NaN for every segment of the lesson's chain: equal to itself, and wrong.
  @Test func equalWrongAnswersDoNotHold() throws {
    let lab = try LabProcess()
    let text = try lab.solution("08-2-chain-gradient").replacingOccurrences(
      of: "func gradient(", with: "func right(")
    let wrong = """
      func gradient(of layers: [Layer], at x: Double, segment: Int) -> Double {
        layers.count == 64 && x == 0.7 ? .nan : right(of: layers, at: x, segment: segment)
      }
      """
    try lab.write(text + "\n" + wrong + "\n", to: "Workbook/08-2-chain-gradient.swift")
    #expect(try lab.run("check", "chain-gradient").status == 0)
    let run = try lab.run("run", "8", "--with", "chain-gradient", "--scale", "smoke", "--json")
    let claims = try #require(try object(run.out)["claims"] as? [[String: Any]])
    let failed = claims.filter { $0["holds"] as? Bool == false }.compactMap { $0["id"] as? String }
    #expect(failed == ["chain-gradients-differ"])
  }

  /// What the end of the page suggests is typed into a shell.
  @Test(arguments: [[], ["--output", "it's here"]])
  func theEndNamesCommandsThatFindTheRun(output: [String]) throws {
    let lab = try LabProcess()
    try lab.write(try lab.solution("05-1-online-softmax"), to: Self.file)
    #expect(try lab.run("check", "online-softmax").status == 0)
    let words = ["run", "5", "--with", "online-softmax", "--scale", "smoke"] + output
    let run = try lab.start(LabProcess.binary(), words)
    run.waitUntilExit()
    let out = lab.text("out")
    #expect(out.contains("lab check merge-partials"))
    #expect(!out.contains("lab check online-softmax"), "it has passed")
    let commands = out.split(separator: "\n").filter { $0.hasPrefix("  lab ") }
    #expect(commands.count == 2)
    for command in commands {
      let folder = try LabProcess.binary().deletingLastPathComponent().path
      let shell = try lab.start(
        URL(fileURLWithPath: "/bin/sh"), ["-c", String(command)],
        environment: ["PATH": folder + ":/usr/bin:/bin"])
      shell.waitUntilExit()
      #expect(shell.terminationStatus == 0, "\(command): \(lab.text("err"))")
      #expect(lab.text("out").contains("with-online-softmax"), "\(command)")
    }
  }

  @Test func aCrashEndsTheStep() throws {
    let lab = try LabProcess()
    let text = try lab.solution("05-1-online-softmax").replacingOccurrences(
      of: "    maximum = larger",
      with: "    maximum = larger\n    if weighted.count > 60 { sum = value[value.count] }")
    try lab.write(text, to: Self.file)
    #expect(try lab.run("check", "online-softmax").status == 0)
    let run = try lab.run("run", "5", "--with", "online-softmax", "--scale", "smoke", "--quiet")
    #expect(run.status == 1)
    #expect(run.err.contains("stopped with an error: Index out of range"), "\(run.err)")
    let page = lab.text(".lab/runs/with-online-softmax/flash-tiling/index.html")
    #expect(page.contains("Index out of range"), "the page is written up to there")
  }

  /// Every lesson runs with the solutions of the exercises that it names, and calls all of them.
  @Test func everyLessonRunsWithTheSolutions() throws {
    let lab = try LabProcess()
    let list = try lab.run("check", "--list", "--json")
    let entries = try #require(
      try JSONSerialization.jsonObject(with: Data(list.out.utf8)) as? [[String: Any]])
    let callable = entries.filter { $0["runsInLesson"] as? String != nil }
    let exercises = repository.appendingPathComponent("Exercises")
    let withCalls = try FileManager.default.contentsOfDirectory(atPath: exercises.path).filter {
      FileManager.default.fileExists(atPath: exercises.path + "/\($0)/Call.swift")
    }
    #expect(!withCalls.isEmpty)
    #expect(
      Set(callable.compactMap { $0["file"] as? String }) == Set(withCalls),
      "a Call.swift without a lesson that calls it, or the reverse")
    for entry in callable {
      let stem = try #require(entry["file"] as? String)
      try lab.write(try lab.solution(stem), to: "Workbook/\(stem).swift")
      let name = try #require(entry["exercise"] as? String)
      #expect(try lab.run("check", name).status == 0)
    }
    let lessons = Dictionary(grouping: callable) { $0["runsInLesson"] as? String ?? "" }
    for (lesson, exercises) in lessons {
      let names = exercises.compactMap { $0["exercise"] as? String }
      var arguments = ["run", lesson, "--scale", "smoke", "--json"]
      for name in names { arguments += ["--with", name] }
      let process = try lab.start(LabProcess.binary(), arguments)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0, "\(arguments): \(lab.text("err"))")
      let runs = lab.path(".lab/runs")
      let folder = try #require(
        try FileManager.default.contentsOfDirectory(atPath: runs).first {
          $0.hasPrefix("with-") && FileManager.default.fileExists(atPath: "\(runs)/\($0)/\(lesson)")
        })
      let page = lab.text(".lab/runs/\(folder)/\(lesson)/index.html")
      for name in names {
        #expect(
          page.contains("<code>\(name)</code>: "), "\(lesson) says how often it called \(name)")
        #expect(!page.contains("<code>\(name)</code>: 0 calls"), "\(lesson) never calls \(name)")
      }
    }
  }
}
