import Foundation
import LessonKit
import Plotting
import TensorCore
import Testing

/// However a run ends, its finished steps are on disk, and the page says how far the run came.
@Suite struct RunnerTests {
  @Test func finishedRunIsOnDisk() throws {
    let fixture = try RunFixture()
    let outcome = try fixture.run(DemoLesson.self)
    #expect(outcome.failure == nil)
    let record = try outcome.folder.loadRecord()
    #expect(record == outcome.record)
    #expect(record.state == .finished)
    #expect(record.steps.map(\.status) == [.finished, .finished, .finished])
    #expect(record.steps[0].output.hasPrefix("first scores: ["))
    #expect(record.steps[2].peakBytes.byPurpose["activations"] == 64 * 1024 * 4)
    #expect(record.peakBytes.total == 64 * 1024 * 4)
    #expect(record.claims.map(\.holds) == [true, nil, false])
    #expect(record.figures.map(\.file.description) == ["42-demo-waves.png"])
    #expect(record.figures.map(\.pixelWidth) == [720])
    let png = outcome.folder.file("42-demo-waves.png").path
    #expect(FileManager.default.fileExists(atPath: png))
  }

  @Test func stepsShowTheirOwnSource() throws {
    let record = try RunFixture().run(DemoLesson.self).record
    let source = try #require(record.steps[1].source)
    #expect(source.path == "Tests/LessonKitTests/DemoLesson.swift")
    #expect(source.text.hasPrefix("var (largest, sum) = (-Float.infinity, Float(0))"))
    #expect(source.text.hasSuffix("return (sum, scores.reduce(0) { $0 + exp($1 - maximum) })"))
  }

  @Test func cellsHaveDistinctStableNames() throws {
    let first = try RunFixture().run(DemoLesson.self).record.cells.map(\.id)
    let second = try RunFixture().run(DemoLesson.self).record.cells.map(\.id)
    #expect(first == second)
    #expect(Set(first).count == first.count)
    for id in first {
      #expect(
        id.count <= 64 && id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
    }
  }

  @Test func aFailedRunKeepsItsStepsAndNamesTheFailedOne() throws {
    let fixture = try RunFixture()
    let outcome = try fixture.run(FailingLesson.self)
    #expect(outcome.failure is FailingLesson.StepError)
    let record = try outcome.folder.loadRecord()
    #expect(record.steps.map(\.status) == [.finished, .failed])
    #expect(
      record.state == .failed(step: "The step that fails", message: "the text <ran out>"))
    let page = try fixture.page(of: FailingLesson.self)
    #expect(page.contains("Not finished."))
    #expect(page.contains("The step “The step that fails” failed: the text &lt;ran out&gt;"))
    #expect(page.contains("The step that works"))
    #expect(!page.contains("Never said."))
  }

  /// A lesson whose first run finishes and whose second run fails.
  private struct SometimesFailingLesson: Lesson {
    static let card = LessonCard(
      number: 44, slug: "fickle", title: "Fickle", question: "?", builds: "", standardSeconds: 1)
    nonisolated(unsafe) static var fails = false

    func teach(_ page: Notebook) throws {
      page.say("One.")
      if Self.fails { throw FailingLesson.StepError() }
    }
  }

  @Test func aFailedRunKeepsTheEarlierFinishedRun() throws {
    let fixture = try RunFixture()
    SometimesFailingLesson.fails = false
    let first = try fixture.run(SometimesFailingLesson.self)
    #expect(!first.folder.hasEarlierRun)
    SometimesFailingLesson.fails = true
    for _ in 0..<2 {
      let failed = try fixture.run(SometimesFailingLesson.self)
      #expect(failed.failure != nil)
      #expect(try failed.folder.earlier.loadRecord() == first.record)
    }
    SometimesFailingLesson.fails = false
    let last = try fixture.run(SometimesFailingLesson.self)
    #expect(try last.folder.loadRecord().state == .finished)
    #expect(!last.folder.hasEarlierRun)
  }

  /// Two lines of prose.
  private struct ProseLesson: Lesson {
    static let card = LessonCard(
      number: 45, slug: "prose", title: "Prose", question: "?", builds: "", standardSeconds: 1)
    @TaskLocal static var fails = false

    func teach(_ page: Notebook) throws {
      page.say("One.")
      if Self.fails { throw FailingLesson.StepError() }
      page.say("Two.")
    }
  }

  /// The record of another version of `lab`, or a damaged one.
  @Test func aRecordThatCannotBeReadIsKeptUntilTheRunIsFinished() throws {
    let fixture = try RunFixture()
    let folder = fixture.settings.folder(of: ProseLesson.card)
    try folder.prepare()
    try Data(#"{"version": 99, "lesson": {"slug": "prose"}}"#.utf8).write(to: folder.record)
    for _ in 0..<2 {
      _ = try ProseLesson.$fails.withValue(true) { try fixture.run(ProseLesson.self) }
      #expect(try String(contentsOf: folder.earlier.record, encoding: .utf8).contains("99"))
    }
    _ = try fixture.run(ProseLesson.self)
    #expect(!folder.hasEarlierRun)
  }

  @Test func aSecondRunInTheFolderIsRefused() throws {
    let fixture = try RunFixture()
    let folder = fixture.settings.folder(of: DemoLesson.card)
    let observer = Snapshot {
      #expect(throws: FolderInUse.self) { try fixture.run(DemoLesson.self) }
      return (try folder.loadRecord(), "")
    }
    let outcome = try fixture.run(DemoLesson.self, observer: observer)
    #expect(observer.seen?.record.facts == outcome.record.facts)
    #expect(try folder.loadRecord() == outcome.record)
    #expect(try fixture.run(DemoLesson.self).failure == nil)
    do {
      let lock = try folder.lock()
      defer { lock.unlock() }
      _ = try fixture.run(DemoLesson.self)
      Issue.record("two runs in one folder")
    } catch let error as FolderInUse {
      #expect(error.description.contains("process \(getpid()) ("))
      #expect(error.description.contains("--output"))
    }
  }

  /// A new run begins while a reader has read the record but not yet the figures.
  @Test func aReaderGetsTheFilesOfItsRecord() throws {
    let fixture = try RunFixture()
    let first = try fixture.run(DemoLesson.self)
    fixture.settings.seed += 1
    var seeds: [UInt64] = []
    let (record, page) = try fixture.settings.runs(of: DemoLesson.card).reading { record, folder in
      if seeds.isEmpty { _ = try fixture.run(DemoLesson.self) }
      seeds.append(record.facts.seed)
      return (record, try String(contentsOf: folder.page, encoding: .utf8))
    }
    #expect(seeds == [7, 8] && record.facts.seed == 8)
    // The first number that the first step prints.
    let numbers = [first.record, record].map { $0.steps[0].output.split(separator: "\"")[1] }
    #expect(!page.contains(numbers[0]) && page.contains(numbers[1]))
  }

  /// A run that was killed before it wrote its record has moved the finished run aside.
  @Test func aReaderFindsTheFinishedRunThatWasMovedAside() throws {
    let fixture = try RunFixture()
    let first = try fixture.run(DemoLesson.self)
    try FileManager.default.moveItem(at: first.folder.url, to: first.folder.earlier.url)
    let runs = fixture.settings.runs(of: DemoLesson.card)
    #expect(runs.shown() == first.folder.earlier)
    let record = try runs.reading { record, _ in record }
    #expect(record == first.record)
    let entry = LessonRegistry([DemoLesson.self])
    #expect(CoursePage(entry.cards, runs: fixture.settings.runsFolder).html.contains("finished at"))
    _ = try fixture.run(DemoLesson.self)
    #expect(!first.folder.hasEarlierRun && runs.shown() == first.folder)
  }

  @Test func aFolderThatIsRemovedInTheMiddleIsToldInASentence() throws {
    let fixture = try RunFixture()
    let folder = fixture.settings.folder(of: ProseLesson.card)
    let remover = CellCounter { _ in try? FileManager.default.removeItem(at: folder.url) }
    let outcome = try fixture.run(ProseLesson.self, observer: remover)
    let failure = try #require(outcome.failure as? FolderError)
    #expect(failure.reason == "its folder was removed or moved while the run went on")
    #expect(!FileManager.default.fileExists(atPath: folder.url.path))
  }

  /// A disk that is full for a moment: what counts is that the whole record is there at the end.
  @Test func aRecordThatIsWrittenAtLastIsNoFailure() throws {
    let fixture = try RunFixture()
    let folder = fixture.settings.folder(of: ProseLesson.card)
    let away = fixture.folder.appendingPathComponent("away")
    let mover = CellCounter { count in
      let (from, to) = count == 1 ? (folder.url, away) : (away, folder.url)
      try? FileManager.default.moveItem(at: from, to: to)
    }
    let outcome = try fixture.run(ProseLesson.self, observer: mover)
    #expect(mover.count == 2 && outcome.failure == nil)
    #expect(try folder.loadRecord() == outcome.record)
  }

  @Test func interruptedRunKeepsItsSteps() throws {
    let fixture = try RunFixture()
    let interrupter = Interrupter()
    let runner = try fixture.runner(interrupter)
    interrupter.runner = runner
    _ = try runner.run(DemoLesson.self)
    let record = try #require(interrupter.record)
    #expect(record.steps.map(\.status) == [.finished, .interrupted])
    #expect(record.state == .interrupted(step: "Both ways, side by side"))
    let page = try #require(interrupter.page)
    #expect(page.contains("The run was stopped in the step “Both ways, side by side”."))
    #expect(page.contains("Scores, as they come from a seeded generator"))
  }

  @Test func aDeviceThatFailsInAStepKeepsTheStepsBefore() throws {
    let fixture = try RunFixture()
    let interrupter = Interrupter()
    let error = DeviceError.outOfMemory(requestedBytes: 9_000, leftBytes: 100, device: "a device")
    interrupter.stop = { $0.fail(error) }
    let runner = try fixture.runner(interrupter)
    interrupter.runner = runner
    _ = try runner.run(DemoLesson.self)
    let record = try #require(interrupter.record)
    #expect(record.steps.map(\.status) == [.finished, .failed])
    #expect(record.steps.last?.failure == error.description)
    #expect(
      record.state
        == .failed(step: "Both ways, side by side", message: error.description))
    #expect(error.description.contains("9000 bytes; it has 100 left"))
  }

  /// The files of a run that is killed in its second step.
  @Test func killedRunLeavesRecordAndPage() throws {
    let fixture = try RunFixture()
    let folder = fixture.settings.folder(of: DemoLesson.card)
    let observer = Snapshot { (try folder.loadRecord(), try fixture.page(of: DemoLesson.self)) }
    _ = try fixture.run(DemoLesson.self, observer: observer)
    let (record, page) = try #require(observer.seen)
    #expect(record.state == .running)
    #expect(record.steps.map(\.status) == [.finished])
    #expect(page.contains("This run has not finished."))
    #expect(page.contains("Scores, as they come from a seeded generator"))
  }

  /// A figure that the lesson no longer draws is removed. The reader's files stay, whatever their
  /// names, after a finished run and after an interrupted one.
  @Test(arguments: [RunState.finished, .interrupted(step: nil)])
  func onlyTheFilesOfAnEarlierRunAreRemoved(state: RunState) throws {
    let fixture = try RunFixture()
    let outcome = try fixture.run(DemoLesson.self)
    let folder = outcome.folder
    let old = try #require(FigureName("42-demo-old.png"))
    var record = outcome.record
    record.state = state
    record.cells.append(
      Cell(
        id: "old",
        content: .figure(
          FigureFile(
            name: "old", file: old, title: "", caption: "", pixelWidth: 1, pixelHeight: 1))))
    try folder.write(record.encoded(), to: folder.record)
    try folder.write(Data("old".utf8), to: folder.figure(old))
    let own = ["42-demo-mine.png", "notes.txt"]
    for name in own { try folder.write(Data("mine".utf8), to: folder.file(name)) }
    let first = try fixture.run(DemoLesson.self)
    #expect(first.failure == nil)
    for name in own {
      #expect(try String(contentsOf: folder.file(name), encoding: .utf8) == "mine")
    }
    #expect(!FileManager.default.fileExists(atPath: folder.figure(old).path))
    #expect(!FileManager.default.fileExists(atPath: folder.earlier.url.path))
    #expect(RecordFigures(of: first.record, in: folder).missing.isEmpty)
  }

  @Test func figureThatWritesNoPNGIsAnError() throws {
    #expect(try RunFixture().run(EmptyFigureLesson.self).failure as? FigureError != nil)
  }
}

/// Interrupts when the second step begins, and keeps what was on disk then.
private final class Interrupter: PartialObserver {
  var runner: LessonRunner?
  /// How the run is ended.
  var stop: (LessonRunner) -> (record: RunRecord, folder: RunFolder)? = { $0.interrupt() }
  var record: RunRecord?
  var page: String?
  private var stepCount = 0

  func stepBegan(_ step: Step) {
    stepCount += 1
    guard stepCount == 2, let runner, let (_, folder) = stop(runner) else { return }
    record = try? folder.loadRecord()
    page = try? String(contentsOf: folder.page, encoding: .utf8)
  }
}

/// Keeps what is on disk when the second step begins.
private final class Snapshot: PartialObserver {
  private let take: () throws -> (RunRecord, String)
  private(set) var seen: (record: RunRecord, page: String)?
  private var stepCount = 0

  init(_ take: @escaping () throws -> (RunRecord, String)) { self.take = take }

  func stepBegan(_ step: Step) {
    stepCount += 1
    if stepCount == 2 { seen = try? take() }
  }
}

/// Does something whenever the lesson has added a cell; it gets their number so far.
private final class CellCounter: PartialObserver {
  private let each: (Int) -> Void
  private(set) var count = 0

  init(_ each: @escaping (Int) -> Void) { self.each = each }

  func added(_ cell: Cell) {
    count += 1
    each(count)
  }
}

private struct EmptyFigureLesson: Lesson {
  static let card = LessonCard(
    number: 44, slug: "empty", title: "Empty", question: "?", builds: "", standardSeconds: 1)

  struct Nothing: Figure {
    let title = "Nothing"
    func write(to url: URL) throws { try Data("no picture".utf8).write(to: url) }
  }

  func teach(_ page: Notebook) throws { try page.figure("x", Nothing(), caption: "None.") }
}

/// An observer that has methods for some events only.
private protocol PartialObserver: RunObserver {}
extension PartialObserver {
  func runBegan(_ record: RunRecord) {}
  func stepBegan(_ step: Step) {}
  func stepPrinted(_ line: String) {}
  func progressed(_ progress: StepProgress) {}
  func stepEnded(_ step: Step) {}
  func added(_ cell: Cell) {}
  func runEnded(_ record: RunRecord, in folder: RunFolder) {}
}
