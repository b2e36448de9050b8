import Foundation
import LessonKit
import SystemSupport
import TensorCore
import TerminalImages

/// One lesson while it runs on one device. It owns the runner and the terminal output of the run.
/// It ends the program if the run is stopped.
final class LiveRun: @unchecked Sendable {
  /// Why a run is stopped in the middle.
  enum StopReason {
    /// Ctrl-C, or `q` with `--step`.
    case interrupted
    /// The device failed inside an operation, which cannot throw.
    case deviceFailed(DeviceError)
  }

  private let plan: RunPlan
  private let screen: ScreenOptions
  private let painter: FigurePainter
  private let next: LessonCard?
  private let beforeExit: () -> Void
  private let progress: ProgressLine
  private let output = OutputGate()

  private lazy var terminal = LiveTerminal(
    style: screen.style, detail: screen.detail, progress: progress,
    height: Terminal.standardOutput.size.rows, firstStep: plan.settings.firstStep,
    expected: plan.expectedSeconds,
    commands: { [next] in NextCommands(after: $0, in: $1, next: next) }, draw: painter.draw,
    out: { [output] in output.write($0) })
  private lazy var keys =
    screen.view.step ? SteppingScreen(painter) { [output] in output.write($0) } : nil
  private lazy var stepping = keys.map { keys in
    SteppingObserver(
      StepPager(
        style: screen.style, stepTotal: plan.previous?.steps.count, keys.screen),
      progress: progress, firstStep: plan.settings.firstStep, expected: plan.expectedSeconds,
      quit: { [unowned self] in stop(.interrupted) })
  }
  private lazy var runner = LessonRunner(
    settings: plan.settings, backend: plan.device.backend, observer: stepping ?? terminal)

  /// `next` is the lesson to suggest at the end. `beforeExit` is called before a run that is
  /// stopped ends the program.
  init(
    _ plan: RunPlan, screen: ScreenOptions, imageProtocol: ImageProtocol, next: LessonCard?,
    beforeExit: @escaping () -> Void
  ) {
    self.plan = plan
    self.screen = screen
    painter = FigurePainter(screen.view.images, imageProtocol, in: plan.folder)
    self.next = next
    self.beforeExit = beforeExit
    progress = screen.progressLine
  }

  /// Runs the lesson to its end or to its first error.
  func run() throws -> LessonRunner.Outcome {
    // Initialized here, before another thread can use it.
    let runner = self.runner
    let openCL = plan.device.openCL
    let onFailure = openCL?.onFailure
    openCL?.onFailure = { [unowned self] in stop(.deviceFailed($0)) }
    let onRefusal = MemoryRefusal.handler
    MemoryRefusal.handler = { [unowned self] in stop(.deviceFailed(.refused($0))) }
    let interruption = Interruption { [unowned self] in stop(.interrupted) }
    defer {
      openCL?.onFailure = onFailure
      MemoryRefusal.handler = onRefusal
      withExtendedLifetime(interruption) {}
    }
    let outcome = try runner.run(plan.lesson, holding: plan.lock)
    if let keys {
      // The pages go with the second screen; what was found stays on the first one.
      keys.end()
      terminal.runEnded(outcome.record, in: outcome.folder)
    }
    if let failure = outcome.failure {
      Terminal.standardError.writeMessage(sentence(for: failure))
      mentionPreviousRun(in: outcome.folder)
    }
    return outcome
  }

  /// Keeps the finished steps, prints what happened, and ends the program at once. It does not wait
  /// for other threads, because a failed device must compute nothing more.
  func stop(_ reason: StopReason) -> Never {
    // The run goes on in its thread until the program ends.
    output.close()
    progress.close()
    TerminalKeys.endAll()
    Terminal.standardError.write("\n")
    switch reason {
    case .interrupted:
      if let (record, folder) = runner.interrupt() {
        reportKeptSteps(in: folder, after: record.state.sentence ?? "The run was stopped.")
      }
    case .deviceFailed(let error):
      Terminal.standardError.writeMessage("\(error)")
      if let (_, folder) = runner.fail(error) { reportKeptSteps(in: folder) }
    }
    beforeExit()
    RunningPrograms.stopAll()
    plan.settings.learners.forEach { $0.removeFolder() }
    switch reason {
    case .interrupted: _exit(ExitStatus.interrupted.rawValue)
    case .deviceFailed(let error): _exit(ExitStatus(of: error).rawValue)
    }
  }

  private func reportKeptSteps(in folder: RunFolder, after sentence: String? = nil) {
    let beginning = sentence.map { $0 + " " } ?? ""
    Terminal.standardError.writeMessage(
      "\(beginning)Finished steps are kept. The page so far: \(folder.page.path)")
    mentionPreviousRun(in: folder)
  }

  private func mentionPreviousRun(in folder: RunFolder) {
    let shown = plan.settings.runs(of: plan.lesson.card).shown()
    guard shown != folder, let record = try? shown.loadRecord() else { return }
    Terminal.standardError.writeMessage(
      "The previous run is kept in \(shown.url.path) (scale \(record.facts.scale.rawValue))")
  }
}

/// Standard output of a run, until the run is stopped. The text must be safe for a terminal.
private final class OutputGate: @unchecked Sendable {
  private let lock = NSLock()
  private var isClosed = false

  func write(_ text: String) {
    lock.withLock { if !isClosed { Terminal.standardOutput.writeCodes(text) } }
  }

  /// Nothing is written after this call.
  func close() { lock.withLock { isClosed = true } }
}
