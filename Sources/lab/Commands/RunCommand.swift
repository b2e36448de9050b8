import ArgumentParser
import Foundation
import LessonKit
import TensorCore
import TerminalImages

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run lessons, show them here and write their pages.",
    discussion: """
      Before it starts, a second of measuring says how long it will take here. What is trained is \
      kept and taken again by every later run of the same lesson, text and seed. --reuse takes other \
      steps too, where nothing that decides them has changed since they ran: their source and that \
      of all before them, the engine, text, device, scale and seed; the page says of each. --from \
      shows the page from a step on; the steps before it run unseen, or are taken by --reuse.

      Examples:
        lab run positions
        lab run positions --from "Read at T" --reuse
        lab run all --budget 15
        lab run 3 --scale smoke --seed 7
        lab run positions --step --large
        lab run all --gallery Figures
        lab run positions --device gpu
        lab run positions --device both
        lab run positions --json | jq '.claims[] | select(.holds == false)'
      """)

  @Argument(help: "Slugs or numbers of lessons, or 'all'.", completion: .list(slugs))
  var lessons: [String]

  @OptionGroup var options: RunOptions

  @OptionGroup var screen: ScreenOptions

  @Option(help: "Show the page from this step on: its number, or how its title begins.")
  var from: String?

  @Option(
    parsing: .unconditional,
    help: "Minutes that all of it may take; exit code 75 before it starts if it will not do."
  )
  var budget: Double?

  @Option(help: "Copy the pictures into this folder too.", completion: .directory)
  var gallery: String?

  func validate() throws {
    if let budget, !(budget > 0) {
      throw ValidationError("The budget is in minutes, more than 0; \(budget) is not.")
    }
    if from != nil, lessons.count > 1 || lessons == ["all"] {
      throw ValidationError("--from names a step of one lesson; name one lesson.")
    }
  }

  func run() throws {
    let (chosen, devices) = try prepared()
    for lesson in chosen where from != nil {
      for device in devices {
        let settings = options.settings(of: lesson.card, on: device)
        _ = try firstStep(of: lesson.card, in: earlierRun(settings.folder(of: lesson.card)))
      }
    }
    for device in devices { try sayHowLong(chosen.map { $0.card }, device) }
    let pictures = screen.pictures
    var status = ExitStatus.claimsHold
    var summaries: [RunSummary] = []
    for lesson in chosen {
      var records: [RunRecord] = []
      for device in devices {
        let (summary, record, outcome) = try runOne(lesson, device, pictures)
        summaries.append(summary)
        records.append(record)
        status = status.worse(outcome)
      }
      if records.count == 2 { tell("\n" + Agreement.text(records[0], records[1])) }
    }
    if devices.count == 2 { status = status.worse(agreement(devices)) }
    writeCourse()
    if screen.json { try printJSON(summaries) }
    throw ExitCode(status.rawValue)
  }

  /// All that can be wrong before any work is done.
  private func prepared() throws -> ([any Lesson.Type], [ChosenDevice]) {
    do {
      let chosen = try chosenLessons()
      try options.checkCorpus()
      let devices = try ChosenDevice.devices(options.device, threads: options.threads)
      for lesson in chosen {
        for device in devices {
          try options.settings(of: lesson.card, on: device).folder(of: lesson.card).prepare()
        }
      }
      if let gallery { try RunFolder(URL(fileURLWithPath: gallery)).prepare() }
      return (chosen, devices)
    } catch {
      throw ExitStatus.leave(with: error)
    }
  }

  /// Measures for a second and says how long it will take; at smoke scale only if there is a limit.
  private func sayHowLong(_ cards: [LessonCard], _ device: ChosenDevice) throws {
    guard budget != nil || (options.scale > .smoke && !screen.quiet && !screen.json) else {
      return
    }
    let err = Terminal.standardError
    err.write("Measuring this machine for a second …\n")
    let probe = TimeBudget.probe(device.backend)
    let seconds = cards.reduce(0) { $0 + probe.seconds(of: $1, at: options.scale) }
    if let budget, seconds > budget * 60 {
      throw ExitStatus.leave(
        with: OverBudget(
          lessons: lessons == ["all"] ? "all" : cards.map(\.slug).joined(separator: " "),
          predicted: seconds, minutes: budget,
          smaller: probe.largestScale(for: cards, within: budget * 60)))
    }
    guard !screen.json else { return }
    let time = Quantity.seconds.text(seconds.rounded())
    let smaller =
      seconds > 300 && options.scale > .smoke
      ? " Less: --scale \(options.scale == .full ? "standard" : "smoke")." : ""
    let known =
      options.reuse ? "models are trained or steps are taken" : "models are trained already"
    err.write("About \(time) here, less where \(known).\(smaller)\n")
  }

  private func chosenLessons() throws(UnknownLesson) -> [any Lesson.Type] {
    var chosen: [any Lesson.Type] = []
    for name in lessons {
      let named = name == "all" ? course.lessons : [try course.lesson(named: name)]
      for lesson in named where !chosen.contains(where: { $0 == lesson }) { chosen.append(lesson) }
    }
    return chosen
  }

  private func runOne(
    _ lesson: any Lesson.Type, _ device: ChosenDevice, _ pictures: ImageProtocol
  ) throws -> (RunSummary, RunRecord, ExitStatus) {
    var settings = options.settings(of: lesson.card, on: device)
    let earlier = earlierRun(settings.folder(of: lesson.card))
    settings.firstStep = try firstStep(of: lesson.card, in: earlier)
    var leave: () -> Void = {}
    let (observer, live) = screen.screen(
      for: settings.folder(of: lesson.card), pictures: pictures, firstStep: settings.firstStep,
      expected: expectedSeconds(earlier), leave: { leave() })
    let runner = LessonRunner(settings: settings, backend: device.backend, observer: observer)
    device.openCL?.onFailure = { stop(runner, live, after: $0, writeCourse) }
    leave = { stop(runner, live, writeCourse) }
    let interruption = Interruption { stop(runner, live, writeCourse) }
    defer { withExtendedLifetime(interruption) {} }
    do {
      let outcome = try runner.run(lesson)
      if let failure = outcome.failure {
        Terminal.standardError.write("lab: \(failure)\n")
        sayEarlierRun(of: outcome.folder)
      }
      if let gallery, outcome.failure == nil {
        try Gallery(folder: RunFolder(URL(fileURLWithPath: gallery)))
          .take(outcome.record, from: outcome.folder)
      }
      let summary = RunSummary(outcome.record, in: outcome.folder)
      return (summary, outcome.record, status(of: outcome))
    } catch {
      throw ExitStatus.leave(with: error)
    }
  }

  /// The last run of a lesson that came to its end, before the new one takes its place.
  private func earlierRun(_ folder: RunFolder) -> RunRecord? {
    if let record = try? folder.loadRecord(), record.state == .finished { return record }
    return (try? folder.earlier.loadRecord()) ?? (try? folder.loadRecord())
  }

  private func firstStep(of card: LessonCard, in earlier: RunRecord?) throws -> Int? {
    guard let from else { return nil }
    do {
      guard let earlier else { throw NoEarlierRun(slug: card.slug) }
      return try StepChoice(typed: from).number(in: earlier)
    } catch {
      throw ExitStatus.leave(with: error)
    }
  }

  /// What steps took before, at the same scale, by their identifiers.
  private func expectedSeconds(_ earlier: RunRecord?) -> [String: Double] {
    guard let earlier, earlier.facts.scale == options.scale else { return [:] }
    return Dictionary(earlier.steps.map { ($0.id, $0.seconds) }) { $1 }
  }

  /// Ten training steps on both devices; says what came of them.
  private func agreement(_ devices: [ChosenDevice]) -> ExitStatus {
    let curves = Agreement.curves(devices[0].backend, devices[1].backend)
    tell("\n" + Agreement.text(curves))
    return curves.allSatisfy(\.agrees) ? .claimsHold : .claimFails
  }

  /// Beside the pages; off standard output where that is JSON.
  private func tell(_ text: String) {
    (screen.json ? Terminal.standardError : Terminal.standardOutput).write(text)
  }

  private func status(of outcome: LessonRunner.Outcome) -> ExitStatus {
    if let failure = outcome.failure { return ExitStatus(of: failure) }
    return outcome.record.claims.contains { $0.holds == false } ? .claimFails : .claimsHold
  }

  /// The course's own page, beside the runs; trouble with it spoils no run.
  private func writeCourse() {
    let runs = options.output.map { URL(fileURLWithPath: $0) } ?? RunsFolder.standard
    do throws(FolderError) {
      try CoursePage(course.cards, runs: runs).write(into: runs)
    } catch {
      Terminal.standardError.write("lab: \(error)\n")
    }
  }

  private func printJSON(_ summaries: [RunSummary]) throws {
    let text =
      summaries.count == 1 ? try summaries[0].printedJSON() : try summaries.printedJSON()
    Terminal.standardOutput.write(text + "\n")
  }
}

private var slugs: [String] { course.cards.map(\.slug) + ["all"] }

/// A device failed in the middle of an operation, which cannot throw: keeps what is finished, says
/// what happened, and leaves at once, so that nothing is computed from what is not there.
private func stop(
  _ runner: LessonRunner, _ observer: LiveTerminal, after error: DeviceError,
  _ writeCourse: () -> Void
) {
  RawInput.endAll()
  observer.clearProgress()
  Terminal.standardError.write("\nlab: \(error)\n")
  if let (_, folder) = runner.fail(error) {
    Terminal.standardError.write(
      "lab: Finished steps are kept; the page up to there is \(folder.page.path)\n")
    sayEarlierRun(of: folder)
  }
  writeCourse()
  _exit(ExitStatus(of: error).rawValue)
}

/// Keeps what is finished, says where it is, and leaves at once: training threads are not awaited.
private func stop(
  _ runner: LessonRunner, _ observer: LiveTerminal, _ writeCourse: () -> Void
) {
  RawInput.endAll()
  observer.clearProgress()
  if let (record, folder) = runner.interrupt() {
    let sentence = record.state.sentence ?? ""
    Terminal.standardError.write(
      "\nlab: \(sentence) Finished steps are kept; the page up to there is \(folder.page.path)\n")
    sayEarlierRun(of: folder)
  }
  writeCourse()
  _exit(ExitStatus.interrupted.rawValue)
}

private func sayEarlierRun(of folder: RunFolder) {
  guard folder.hasEarlierRun else { return }
  Terminal.standardError.write(
    "lab: The earlier, finished run is kept in \(folder.earlier.url.path)\n")
}
