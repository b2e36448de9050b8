import ArgumentParser
import Foundation
import LessonKit
import SystemSupport
import TerminalImages

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run lessons, show them here and write their pages.",
    discussion: """
      Before a run, lab prints how long it takes: as long as the run before, or an estimate after \
      measuring this machine for a second.

      Trained models are kept, and later runs of the same lesson, text and seed load them. --reuse \
      also loads the results of steps of which nothing has changed: the source code up to the \
      step, the engine and the options. The page marks each of them.

      With --from, the terminal shows the page from a step on. The steps before it still run.

      Examples:
        lab run positions
        lab run positions --from "Read at T" --reuse
        lab run all --budget 15
        lab run 3 --scale smoke --seed 7
        lab run 3 --seeds 11-20
        lab run flash-tiling --with online-softmax
        lab run positions --code
        lab run positions --step --large
        lab run all --gallery Figures
        lab run positions --device gpu
        lab run positions --device both
        lab run positions --json | jq '.claims[] | select(.holds == false)'
      """)

  @Argument(
    help: "Names or numbers of lessons, or 'all'.", completion: .list(lessonNames + ["all"]))
  var lessons: [String]

  @OptionGroup var options: RunOptions

  @OptionGroup var screen: ScreenOptions

  @Option(help: "Show the page from this step on: its number, identifier or title.")
  var from: String?

  @Option(
    parsing: .unconditional,
    help: """
      Limit in minutes. The run does not start (exit code 75) if it would take longer: as long as \
      the run before, or what lab measures for this machine, without the time that other programs \
      take now.
      """
  )
  var budget: Double?

  @Option(
    help: "Also copy the figures into this folder.", completion: .directory, transform: parsedPath)
  var gallery: String?

  func validate() throws {
    if let budget, !(budget > 0) {
      throw ValidationError("--budget must be a number of minutes above 0, not \(budget).")
    }
    if from == "" { throw ValidationError("--from needs a number, an identifier or a title.") }
    if from != nil, lessons.count > 1 || lessons == ["all"] {
      throw ValidationError("--from names a step of one lesson; name one lesson.")
    }
    if !options.exercises.isEmpty, lessons.count > 1 || lessons == ["all"] {
      throw ValidationError("--with is for one lesson; name one lesson.")
    }
    if options.seeds != nil {
      if lessons.count > 1 || lessons == ["all"] {
        throw ValidationError("--seeds is for one lesson; name one lesson.")
      }
      if from != nil || gallery != nil || screen.view.step {
        throw ValidationError(
          "--seeds prints a table and no page; leave out --from, --gallery and --step.")
      }
    }
    if options.exercises.isEmpty, options.workbook.workbook != nil {
      throw ValidationError("--workbook is for --with; leave it out.")
    }
    if from != nil, screen.json || screen.quiet {
      throw ValidationError("--from shows the page from a step on; leave out --json and --quiet.")
    }
  }

  func run() throws {
    let lessons = try chosenLessons()
    try options.checkCorpus()
    if let sentence = options.unusedCorpus(in: lessons) {
      Terminal.standardError.writeMessage(sentence)
    }
    let learners = try lessons.first.map { try learnerPrograms(for: $0) } ?? []
    defer { learners.forEach { $0.remove() } }
    let devices = try ChosenDevice.devices(options.device, threads: options.threadCount)
    if options.scale > .smoke, let sentence = Checks.littleMemory {
      Terminal.standardError.writeMessage(sentence)
    }
    try RunFolder(options.runs.folder).checkPage(CoursePage.file(in: options.runs.folder))
    if let seeds = options.seeds {
      return try run(lessons[0], with: seeds, on: devices[0])
    }
    let plans = try lessons.map { lesson in try devices.map { try plan(lesson, on: $0, learners) } }
    LabFolder.sweep(runs: plans.joined().map(\.folder))
    try changeGallery { try $0.prepare() }
    for (index, device) in devices.enumerated() {
      try checkBudget(plans.map { $0[index] }, device)
    }

    let imageProtocol = screen.imageProtocol
    var status = ExitStatus.success
    var summaries: [RunSummary] = []
    var all: [LessonRunner.Outcome] = []
    for plansOfLesson in plans {
      let isLast = plans.count == 1
      let outcomes = try plansOfLesson.map { try run($0, imageProtocol, isLast: isLast) }
      all += outcomes
      summaries += outcomes.map { RunSummary($0.record, in: $0.folder) }
      status = outcomes.map(exitStatus).reduce(status) { $0.worse($1) }
      if outcomes.count == 2 {
        tell("\n" + DeviceAgreement.text(outcomes[0].record, outcomes[1].record))
      }
    }
    if devices.count == 2 {
      let comparisons = DeviceAgreement.compare(devices[0].backend, devices[1].backend)
      tell("\n" + DeviceAgreement.text(comparisons))
      if !comparisons.allSatisfy(\.agrees) { status = status.worse(.failure) }
    }
    for case let trouble? in devices.map({ $0.openCL?.cacheTrouble }) {
      Terminal.standardError.writeMessage(trouble)
    }
    writeCoursePage()
    if plans.count > 1 { tell(RunTable(style: screen.style).text(of: all.map(\.record))) }
    if screen.json { try printJSON(summaries) }
    if status != .success { throw status }
  }

  /// Runs a lesson once with each seed and prints the values of its claims. It ends at the first run
  /// that does not finish.
  private func run(
    _ lesson: any Lesson.Type, with seeds: ClosedRange<UInt64>, on device: ChosenDevice
  ) throws {
    let plans = try seeds.map { try plan(lesson, on: device, seed: $0) }
    LabFolder.sweep(runs: plans.map(\.folder))
    try checkBudget(plans, device)
    var screen = screen
    screen.output.json = true
    var outcomes: [LessonRunner.Outcome] = []
    for plan in plans {
      Terminal.standardError.write("Seed \(plan.settings.seed) of \(seeds.upperBound)\n")
      let live = LiveRun(plan, screen: screen, imageProtocol: .none, next: nil) {}
      let outcome = try live.run()
      plan.lock.unlock()
      if let failure = outcome.failure { throw ExitStatus(of: failure) }
      outcomes.append(outcome)
    }
    let claims = outcomes.map(\.record.claims)
    if self.screen.json {
      try printJSON(outcomes.map { RunSummary($0.record, in: $0.folder) })
    } else {
      tell(SeedTable(slug: lesson.card.slug, seeds: seeds, claims).text(screen.style))
    }
    if ClaimCount(claims.flatMap { $0 }).failed > 0 { throw ExitStatus.failure }
  }

  /// The functions of `--with`, compiled.
  /// - Throws: `UnknownExercise`, `CannotRunWith`, `NotPassed`, `CompilerMissing`,
  ///   `ProgramMissing`.
  private func learnerPrograms(for lesson: any Lesson.Type) throws -> [LearnerProgram] {
    guard !options.exercises.isEmpty else { return [] }
    let catalog = try ExerciseCatalog.standard()
    var chosen: [Exercise] = []
    for name in options.exercises {
      let exercise = try options.workbook.exercise(named: name, in: catalog)
      guard lesson.runsWith.contains(exercise.name) else {
        throw CannotRunWith(
          exercise: exercise.name, slug: lesson.card.slug, possible: lesson.runsWith,
          other: course.lessons.first { $0.runsWith.contains(exercise.name) }?.card.slug)
      }
      guard options.workbook.book.hasPassed(exercise) else {
        throw NotPassed(exercise: exercise.name)
      }
      if !chosen.contains(exercise) { chosen.append(exercise) }
    }
    guard let compiler = Program.find("swiftc") else { throw CompilerMissing() }
    let checker = ExerciseChecker(
      compiler: compiler, catalog: catalog, scratch: LabFolder.exercises)
    let book = options.workbook.book
    return try chosen.map { exercise in
      Terminal.standardError.write("compiling your \(exercise.name) …\n")
      do {
        return try book.program(of: exercise, by: checker)
      } catch let trouble as CheckTrouble {
        throw ProgramMissing(exercise: exercise.name, reason: trouble.reason)
      }
    }
  }

  private func chosenLessons() throws(UnknownLesson) -> [any Lesson.Type] {
    var chosen: [any Lesson.Type] = []
    for name in lessons {
      let named = name == "all" ? course.lessons : [try course.lesson(named: name)]
      for lesson in named where !chosen.contains(where: { $0 == lesson }) { chosen.append(lesson) }
    }
    return chosen
  }

  /// Checks, before any work is done, that the run can be written and that no other process runs
  /// there.
  private func plan(
    _ lesson: any Lesson.Type, on device: ChosenDevice, _ learners: [LearnerProgram] = [],
    seed: UInt64? = nil
  ) throws -> RunPlan {
    var options = options
    options.seed = seed ?? options.seed
    let settings = options.settings(of: lesson.card, on: device, with: learners)
    let lock = try settings.runs(of: lesson.card).lock()
    let folder = settings.folder(of: lesson.card)
    try folder.checkOwnFiles()
    try folder.prepare()
    return try RunPlan(
      lesson, on: device, settings: settings, from: from, folder: folder, lock: lock)
  }

  /// Calls `body` with the folder of `--gallery`, if there is one.
  private func changeGallery(_ body: (RunFolder) throws -> Void) throws {
    guard let gallery else { return }
    do {
      try body(RunFolder(URL(fileURLWithPath: gallery)))
    } catch var error as FolderError {
      error.option = "--gallery DIR"
      throw error
    }
  }

  /// Prints how long the runs will take: from earlier runs, and by a measurement of a second for
  /// lessons without one. At smoke scale it does so only if there is a limit.
  /// - Throws: `OverBudget`.
  private func checkBudget(_ plans: [RunPlan], _ device: ChosenDevice) throws {
    guard budget != nil || (options.scale > .smoke && !screen.quiet && !screen.json) else {
      return
    }
    let err = Terminal.standardError
    let known = plans.map(\.expectedTime)
    let unknown = zip(plans, known).compactMap { $1 == nil ? $0.lesson.card : nil }
    var seconds = known.reduce(0) { $0 + ($1?.seconds ?? 0) }
    var busySeconds = seconds
    var speed: TimeBudget?
    if !unknown.isEmpty {
      err.write("Measuring this machine for a second …\n")
      let measured = TimeBudget.measure(device.backend)
      let expected = measured.expectedSeconds(of: unknown, at: options.scale)
      seconds += expected
      busySeconds += expected * measured.busySlowness / measured.slowness
      speed = measured
    }
    if let budget, seconds > budget * 60 {
      let cards = plans.map { $0.lesson.card }
      let measured = speed ?? TimeBudget.measure(device.backend)
      throw OverBudget(
        lessons: lessons == ["all"] ? "all" : cards.map(\.slug).joined(separator: " "),
        expectedSeconds: seconds, minutes: budget,
        smaller: measured.largestScale(for: cards, within: budget * 60, below: options.scale))
    }
    guard !screen.json else { return }
    let smaller =
      seconds > 300 && options.scale > .smoke
      ? " For a shorter run: --scale \(options.scale == .full ? "standard" : "smoke")." : ""
    let busy =
      speed?.isBusy == true
      ? " Other programs use the processors now: as long as they do, it takes about "
        + "\(Quantity.seconds.text(busySeconds.rounded()))." : ""
    err.write(
      "This takes about \(Quantity.seconds.text(max(1, seconds.rounded())))"
        + "\(reason(known, isComplete: unknown.isEmpty)).\(busy)\(smaller)\n")
  }

  /// Why a run takes as long as expected.
  private func reason(_ known: [ExpectedTime?], isComplete: Bool) -> String {
    guard isComplete else {
      return ", or less if \(options.reuse ? "trained models or reused steps" : "trained models") "
        + "can be loaded"
    }
    let needed = known.reduce(0) { $0 + ($1?.modelCount ?? 0) }
    let missing = known.reduce(0) { $0 + ($1?.missingCount ?? 0) }
    if needed == 0 { return ", as the run before" }
    return missing == 0
      ? ": the trained models can be loaded" : ": \(missing) of \(needed) models must be trained"
  }

  private func run(
    _ plan: RunPlan, _ imageProtocol: ImageProtocol, isLast: Bool
  ) throws -> LessonRunner.Outcome {
    let next = isLast ? course.card(after: plan.lesson.card) : nil
    let live = LiveRun(
      plan, screen: screen, imageProtocol: imageProtocol, next: next, beforeExit: writeCoursePage)
    let outcome = try live.run()
    // After the figures are copied: another run may then replace them.
    defer { plan.lock.unlock() }
    if outcome.failure == nil {
      try changeGallery {
        let figures = RecordFigures(of: outcome.record, in: outcome.folder)
        try $0.copyFigures(figures)
        try figures.checkAll()
      }
    }
    return outcome
  }

  private func exitStatus(_ outcome: LessonRunner.Outcome) -> ExitStatus {
    if let failure = outcome.failure { return ExitStatus(of: failure) }
    return ClaimCount(outcome.record.claims).failed > 0 ? .failure : .success
  }

  /// Prints to standard output, or to standard error with `--json`.
  private func tell(_ text: String) {
    (screen.json ? Terminal.standardError : Terminal.standardOutput).write(text)
  }

  /// The page of the whole course. A run does not fail if it cannot be written.
  private func writeCoursePage() {
    let runs = options.runs.folder
    do throws(FolderError) {
      try CoursePage.update(course.cards, runs: runs)
    } catch {
      Terminal.standardError.writeMessage("\(error)")
    }
  }

  private func printJSON(_ summaries: [RunSummary]) throws {
    let text =
      summaries.count == 1 && options.seeds == nil
      ? try summaries[0].printedJSON() : try summaries.printedJSON()
    Terminal.standardOutput.write(text + "\n")
  }
}

/// The machine prevented the learner's function from being compiled.
struct ProgramMissing: Error, CustomStringConvertible {
  let exercise: String
  /// What happened and what to do, in sentences.
  let reason: String

  var description: String {
    "Your '\(exercise)' could not be compiled for this run, so the lesson was not started. \(reason)"
  }
}

/// The lesson does not call the function of this exercise.
struct CannotRunWith: UsageError {
  let exercise: String
  let slug: String
  /// The exercises that the lesson can run with.
  let possible: [String]
  /// A lesson that can run with the exercise.
  let other: String?

  var description: String {
    let own =
      possible.isEmpty ? "" : " It can run with: \(possible.joined(separator: ", "))."
    let elsewhere = other.map { " 'lab run \($0) --with \(exercise)' is possible." } ?? ""
    return "The lesson '\(slug)' cannot run with '\(exercise)'.\(own)\(elsewhere)"
  }
}
