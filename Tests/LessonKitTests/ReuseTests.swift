import Foundation
import LessonKit
import TestSupport
import Testing

/// Steps taken from an earlier run.
@Suite struct ReuseTests {
  private func fixture(reuses: Bool = true) throws -> RunFixture {
    let fixture = try RunFixture()
    fixture.settings.reusesSteps = reuses
    fixture.settings.shortestKeptStep = 0
    fixture.settings.program = try youngProgram(in: fixture.folder)
    return fixture
  }

  @Test func anUnchangedStepIsTakenWithItsResultLinesAndTime() throws {
    let fixture = try fixture()
    let first = try fixture.run(DemoLesson.self).record
    let second = try fixture.run(DemoLesson.self).record
    #expect(first.steps.allSatisfy { $0.reusedFrom == nil })
    // The second step gives a pair and the third a tensor: neither can be kept.
    #expect(second.steps.map { $0.reusedFrom } == [first.facts.startedAt, nil, nil])
    #expect(second.steps[0].seconds == first.steps[0].seconds)
    #expect(second.steps[0].output == first.steps[0].output)
    #expect(second.claims == first.claims)
    let third = try fixture.run(DemoLesson.self).record
    #expect(third.steps[0].reusedFrom == first.facts.startedAt, "the run that computed it")
  }

  @Test func thePageSaysSo() throws {
    let fixture = try fixture()
    _ = try fixture.run(DemoLesson.self)
    let outcome = try fixture.run(DemoLesson.self)
    let sentence = "not run again: taken from the run of"
    #expect(try fixture.page(of: DemoLesson.self).contains(sentence))
    #expect(try fixture.page(of: DemoLesson.self).contains("Taken from earlier runs: 1 of 3 steps"))
    #expect(MarkdownExport(outcome.record).text.contains(sentence))
    let notebook = try NotebookExport(outcome.record) { _ in nil }.data()
    #expect(String(decoding: notebook, as: UTF8.self).contains(sentence))
  }

  @Test func nothingIsTakenWithoutBeingAsked() throws {
    let fixture = try fixture(reuses: false)
    for _ in 0..<2 {
      let record = try fixture.run(DemoLesson.self).record
      #expect(record.steps.allSatisfy { $0.reusedFrom == nil })
    }
  }

  @Test func anotherSeedTakesNothing() throws {
    let fixture = try fixture()
    _ = try fixture.run(DemoLesson.self)
    fixture.settings.seed += 1
    let record = try fixture.run(DemoLesson.self).record
    #expect(record.steps.allSatisfy { $0.reusedFrom == nil })
  }

  @Test func aSourceYoungerThanTheProgramForbidsIt() throws {
    let fixture = try fixture()
    _ = try fixture.run(DemoLesson.self)
    let program = try #require(fixture.settings.program)
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 0)], ofItemAtPath: program.path)
    let record = try fixture.run(DemoLesson.self).record
    #expect(record.steps.allSatisfy { $0.reusedFrom == nil })
    #expect(try fixture.page(of: DemoLesson.self).contains("was changed after this program"))
  }

  @Test func aDamagedValueIsRunAgain() throws {
    let fixture = try fixture()
    _ = try fixture.run(DemoLesson.self)
    let shelf = fixture.settings.cacheFolder.appendingPathComponent("steps")
    for name in try FileManager.default.contentsOfDirectory(atPath: shelf.path) {
      let file = shelf.appendingPathComponent(name)
      let bytes = try Data(contentsOf: file)
      try bytes.dropLast(20).write(to: file)
    }
    let record = try fixture.run(DemoLesson.self).record
    #expect(record.steps.allSatisfy { $0.reusedFrom == nil })
  }

  @Test func numbersComeBackToTheBit() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("shelf-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let shelf = StepCache(folder: folder, run: "test", shortestSeconds: 0)
    let floats: [Float] = [
      1 / 3, -.infinity, .leastNonzeroMagnitude, -0.0, .greatestFiniteMagnitude,
    ]
    let doubles = [0.1 + 0.2, .nan, .infinity, 5e-324]
    let step = Step(id: "numbers", title: "numbers", status: .finished, source: nil)
    shelf.keep([floats.map(Double.init), doubles], of: step, 1, fingerprint: "a")
    shelf.keep(floats, of: step, 2, fingerprint: "a")
    let both = try #require(shelf.take(1, fingerprint: "a", as: [[Double]].self))
    #expect(both.value[1].map(\.bitPattern) == doubles.map(\.bitPattern))
    let singles = try #require(shelf.take(2, fingerprint: "a", as: [Float].self))
    #expect(singles.value.map(\.bitPattern) == floats.map(\.bitPattern))
    #expect(shelf.take(2, fingerprint: "b", as: [Float].self) == nil)
    #expect(shelf.take(2, fingerprint: "a", as: String.self) == nil)
  }
}

/// What decides whether a step counts as changed.
@Suite struct StepLineageTests {
  /// A package with one engine file and a lesson of two files.
  private final class Package {
    let root = FileManager.default.temporaryDirectory
      .appendingPathComponent("lineage-\(UUID().uuidString)")
    var lesson: URL { root.appendingPathComponent("Lessons/01-One/Lesson.swift") }

    init() throws {
      try write("Package.swift", "")
      try write("Sources/Engine/Engine.swift", "let engine = 1")
      try write("Lessons/01-One/Lesson.swift", Self.page(body: "1 + 1"))
      try write("Lessons/01-One/Helper.swift", "let helper = 1")
    }
    deinit { try? FileManager.default.removeItem(at: root) }

    static func page(body: String) -> String {
      "let x = page.step(\"add\") {\n  \(body)\n}\npage.say(\"done\")"
    }

    func write(_ path: String, _ text: String) throws {
      let file = root.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }

    /// Of one step after another, with a program younger than all.
    func fingerprints(
      _ bodies: [String], texts: [String] = [], seed: Int = 1, in file: String = "Lesson.swift"
    ) throws -> [String?] {
      let lineage = StepLineage(
        lessonFile: root.appendingPathComponent("Lessons/01-One/\(file)").path,
        program: try youngProgram(in: root),
        circumstances: ["seed \(seed)"])
      return bodies.map { body in
        let source = SourceExcerpt(path: "Lesson.swift", firstLine: 1, text: body)
        return lineage.fingerprint(
          with: Step(id: "add", title: "add", status: .running, source: source), texts)
      }
    }
  }

  @Test func theSameGivesTheSame() throws {
    let package = try Package()
    let all = try package.fingerprints(["1 + 1", "2 + 2"])
    #expect(all.allSatisfy { $0 != nil })
    #expect(try package.fingerprints(["1 + 1", "2 + 2"]) == all)
  }

  @Test func aStepChangesItselfAndThoseBehindIt() throws {
    let package = try Package()
    let before = try package.fingerprints(["1 + 1", "2 + 2", "3 + 3"])
    try package.write("Lessons/01-One/Lesson.swift", Package.page(body: "1 + 2"))
    let after = try package.fingerprints(["1 + 1", "2 + 3", "3 + 3"])
    #expect(after[0] == before[0])
    #expect(after[1] != before[1])
    #expect(after[2] != before[2])
  }

  @Test(arguments: ["Sources/Engine/Engine.swift", "Lessons/01-One/Helper.swift"])
  func whatStepsCallChangesAll(path: String) throws {
    let package = try Package()
    let before = try package.fingerprints(["1 + 1"])
    try package.write(path, "let changed = 2")
    #expect(try package.fingerprints(["1 + 1"]) != before)
  }

  @Test func aStepInASubfolderBelongsToTheWholeLesson() throws {
    let package = try Package()
    let section = "Sections/First.swift"
    try package.write("Lessons/01-One/\(section)", Package.page(body: "1 + 1"))
    let before = try package.fingerprints(["1 + 1"], in: section)
    #expect(try package.fingerprints(["1 + 1"], in: section) == before)
    try package.write("Lessons/01-One/Helper.swift", "let changed = 2")
    #expect(try package.fingerprints(["1 + 1"], in: section) != before)
  }

  @Test func textAndCircumstancesChangeAll() throws {
    let package = try Package()
    let before = try package.fingerprints(["1 + 1"])
    #expect(try package.fingerprints(["1 + 1"], texts: ["another"]) != before)
    #expect(try package.fingerprints(["1 + 1"], seed: 2) != before)
  }

  /// An older file with its old date, put back under a program that was built from a newer one.
  @Test func sourcesThatThisProgramDidNotRunWithAreSeen() throws {
    let package = try Package()
    let program = try youngProgram(in: package.root)
    func lineage() -> StepLineage {
      StepLineage(
        lessonFile: package.lesson.path, program: program,
        witnesses: package.root.appendingPathComponent("steps"), circumstances: [])
    }
    #expect(lineage().unknown == nil)
    #expect(lineage().unknown == nil)
    try package.write("Lessons/01-One/Lesson.swift", Package.page(body: "1 + 7"))
    #expect(lineage().unknown == .otherSources)
    // Built again.
    try FileManager.default.setAttributes(
      [.modificationDate: Date.now.addingTimeInterval(7200)], ofItemAtPath: program.path)
    #expect(lineage().unknown == nil)
  }

  @Test func withoutSourcesNobodyKnows() {
    let lineage = StepLineage(
      lessonFile: "/nowhere/Lesson.swift", program: nil, circumstances: [])
    let step = Step(
      id: "add", title: "add", status: .running,
      source: SourceExcerpt(path: "Lesson.swift", firstLine: 1, text: "1 + 1"))
    #expect(lineage.fingerprint(with: step, []) == nil)
    #expect(lineage.unknown == .sourcesMissing)
  }
}
