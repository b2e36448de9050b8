import Foundation
import SystemSupport

/// Shows a run while it runs: results on standard output, progress on standard error.
package final class LiveTerminal: RunObserver {
  /// How much is shown.
  package enum Detail: Equatable, Sendable {
    /// The page, in short or with everything.
    case page(PageDetail)
    /// Only the claims and the paths of the files.
    case quiet
    /// Only the progress, for `--json`.
    case progressOnly
  }

  private let printer: PagePrinter
  private let page: TerminalPage
  private let style: TerminalStyle
  private let detail: Detail
  private let line: ProgressLine
  private let out: (String) -> Void
  private let firstStep: Int
  private let expected: [String: Double]
  private let commands: (RunRecord, RunFolder) -> NextCommands
  private var reader = PagePartReader()
  private var begunStepCount = 0
  private var depth = 0
  private var outputCount = 0
  /// Whether the part that is not complete is shown.
  private var isPartShown = false

  /// Whether the first step to be shown has not begun yet.
  private var isHidden: Bool { begunStepCount < firstStep }

  /// - Parameters:
  ///   - style: Colors and width.
  ///   - detail: How much is shown.
  ///   - progress: The progress line.
  ///   - height: The lines of a part of the page, with its figure, at most.
  ///   - firstStep: The first step that is shown, counted from 1; nil for the whole page.
  ///   - expected: Seconds of each step in an earlier run, by the step's identifier.
  ///   - commands: What the end of the run suggests.
  ///   - draw: A figure for this terminal; nil if it cannot be drawn.
  ///   - out: Writes to standard output. The text is safe for a terminal.
  package init(
    style: TerminalStyle, detail: Detail, progress: ProgressLine, height: Int = 24,
    firstStep: Int? = nil, expected: [String: Double] = [:],
    commands: @escaping (RunRecord, RunFolder) -> NextCommands = { _, _ in NextCommands() },
    draw: @escaping (FigureFile, _ columns: Int, _ rows: Int) -> DrawnFigure? = { _, _, _ in nil },
    out: @escaping (String) -> Void
  ) {
    self.style = style
    page = TerminalPage(style)
    self.detail = detail
    line = progress
    self.firstStep = firstStep ?? 0
    self.expected = expected
    self.commands = commands
    self.out = out
    let pageDetail = if case .page(let how) = detail { how } else { PageDetail.short }
    printer = PagePrinter(page: page, detail: pageDetail, height: height, draw: draw, out: out)
  }

  private var showsPage: Bool { if case .page = detail { true } else { false } }

  package func runBegan(_ record: RunRecord) {
    printer.mainFigure = record.lesson.figure
    if showsPage { write(page.opening(of: record, printer.detail)) }
  }

  package func stepBegan(_ step: Step) {
    depth += 1
    begunStepCount += 1
    if depth == 1 {
      outputCount = 0
      add(Cell(id: step.id, content: .step(step)))
      if isShown {
        line.clear()
        printer.begin(reader.part)
      }
    } else {
      print("· " + step.title)
    }
    line.begin(step.title, expectedSeconds: expected[step.id])
  }

  package func stepPrinted(_ text: String) { print(text) }

  package func progressed(_ progress: StepProgress) { line.update(progress) }

  package func stepEnded(_ step: Step) {
    line.end(step.outcome)
    depth -= 1
    guard depth == 0 else { return }
    reader.update(step)
    if isShown { printer.end(step, outputCount: outputCount) }
  }

  package func added(_ cell: Cell) {
    if detail == .quiet, !isHidden, case .claim(let claim) = cell.content {
      write(page.claim(claim))
    }
    add(cell)
  }

  package func runEnded(_ record: RunRecord, in folder: RunFolder) {
    if isPartShown, let part = reader.close() { complete(part) }
    guard detail != .progressOnly else { return }
    if isHidden, showsPage {
      write("\n  The run ended before the step of --from, so nothing of it was shown.\n")
    }
    write(
      page.ending(
        of: record, in: folder, listsFigures: !showsPage, commands(record, folder)))
  }

  /// Removes the progress line, and draws nothing more. Called from the thread that handles an
  /// interrupt.
  package func close() { line.close() }

  private var isShown: Bool { showsPage && !isHidden }

  private func add(_ cell: Cell) {
    if let part = reader.add(cell) {
      if isPartShown { complete(part) }
      isPartShown = false
    }
    if isShown { isPartShown = true }
  }

  private func complete(_ part: PagePart) {
    line.clear()
    printer.finish(part)
  }

  /// A line of the current step.
  private func print(_ text: String) {
    outputCount += text.split(separator: "\n").count
    guard isShown else { return }
    line.clear()
    printer.output(text, count: outputCount)
  }

  private func write(_ text: String) {
    line.clear()
    out(TerminalCode.onlyOwn(text))
  }
}
