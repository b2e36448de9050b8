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
  private let imageProtocol: ImageProtocol
  private let beforeExit: () -> Void

  private lazy var terminal = LiveTerminal(
    style: screen.style, detail: screen.detail, progress: screen.progressLine,
    firstStep: plan.settings.firstStep, expected: plan.expectedSeconds,
    picture: { [unowned self] in drawn($0) }, out: { [unowned self] in write($0) })
  private lazy var stepping = screen.step ? SteppingObserver(terminal, keyReader) : nil
  private lazy var runner = LessonRunner(
    settings: plan.settings, backend: plan.device.backend, observer: stepping ?? terminal)

  /// `beforeExit` is called before a run that is stopped ends the program.
  init(
    _ plan: RunPlan, screen: ScreenOptions, imageProtocol: ImageProtocol,
    beforeExit: @escaping () -> Void
  ) {
    self.plan = plan
    self.screen = screen
    self.imageProtocol = imageProtocol
    self.beforeExit = beforeExit
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
    if let failure = outcome.failure {
      Terminal.standardError.writeMessage(sentence(for: failure))
      mentionPreviousRun(in: outcome.folder)
    }
    return outcome
  }

  /// Keeps the finished steps, prints what happened, and ends the program at once. It does not wait
  /// for other threads, because a failed device must compute nothing more.
  func stop(_ reason: StopReason) -> Never {
    TerminalKeys.endAll()
    terminal.clearProgress()
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

  /// `LiveTerminal` has made the text harmless; a picture must stay as it is.
  private func write(_ text: String) {
    Terminal.standardOutput.writeCodes(text)
    stepping?.wrote(text)
  }

  private func drawn(_ figure: FigureFile) -> String? {
    guard imageProtocol != .none,
      let png = try? plan.folder.picture(figure.file)
    else { return nil }
    return PictureText.draw(png: png, as: imageProtocol, columns: screen.style.width)
  }

  /// Keys from standard input; figures in the reader's browser, or else their paths.
  private var keyReader: SteppingObserver.Reader {
    SteppingObserver.Reader(
      key: {
        TerminalKeys.with { keys in
          while let event = keys.next() {
            switch event {
            case .continued: return .continued
            case .key(let byte): if let key = StepKey(byte) { return key }
            }
          }
          return nil
        }
      },
      write: { Terminal.standardOutput.writeCodes($0) },
      openFigure: { [unowned self] figure in
        let file = plan.folder.figure(figure.file)
        if !Browser.open(file) { Terminal.standardOutput.write("\n  \(file.path.terminalLine)\n") }
      },
      quit: { [unowned self] in stop(.interrupted) })
  }
}
