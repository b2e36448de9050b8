import Foundation
import SystemSupport

/// Shows a run while it runs: results on standard output, progress on standard error.
package final class LiveTerminal: RunObserver {
  /// How much is shown.
  package enum Detail: Sendable {
    /// The whole page.
    case page
    /// Only the claims and the paths of the files.
    case quiet
    /// Only the progress, for `--json`.
    case progressOnly
  }

  private let page: TerminalPage
  private let style: TerminalStyle
  private let detail: Detail
  private let line: ProgressLine
  private let picture: (FigureFile) -> String?
  private let out: (String) -> Void
  private let firstStep: Int
  private let expected: [String: Double]
  private var begunStepCount = 0

  /// Whether the first step to be shown has not begun yet.
  package var isHidden: Bool { begunStepCount < firstStep }

  /// - Parameters:
  ///   - style: Colors and width.
  ///   - detail: How much is shown.
  ///   - progress: The progress line.
  ///   - firstStep: The first step that is shown, counted from 1; nil for the whole page.
  ///   - expected: Seconds of each step in an earlier run, by the step's identifier.
  ///   - picture: A figure as text for this terminal; nil if the terminal cannot draw figures.
  ///   - out: Writes to standard output. The text is safe for a terminal.
  package init(
    style: TerminalStyle, detail: Detail, progress: ProgressLine, firstStep: Int? = nil,
    expected: [String: Double] = [:],
    picture: @escaping (FigureFile) -> String? = { _ in nil }, out: @escaping (String) -> Void
  ) {
    self.style = style
    page = TerminalPage(style)
    self.detail = detail
    line = progress
    self.firstStep = firstStep ?? 0
    self.expected = expected
    self.picture = picture
    self.out = out
  }

  package func runBegan(_ record: RunRecord) {
    if detail == .page { write(page.opening(of: record)) }
  }

  package func stepBegan(_ step: Step) {
    begunStepCount += 1
    show(page.stepOpening(step))
    line.begin(step.title, expectedSeconds: expected[step.id])
  }

  package func stepPrinted(_ text: String) {
    show("  " + text.terminalLines.replacing("\n", with: "\n  ") + "\n")
  }

  package func progressed(_ progress: StepProgress) { line.update(progress) }

  package func stepEnded(_ step: Step) {
    line.end(step.origin != .ran ? "reused" : step.status == .finished ? "done" : "failed")
    show(page.stepEnd(step))
  }

  package func added(_ cell: Cell) {
    if isHidden { return }
    if detail == .quiet, case .claim(let claim) = cell.content { write(page.claim(claim)) }
    if case .figure(let figure) = cell.content, detail == .page, let drawn = picture(figure) {
      line.clear()
      out("\n" + drawn)
    }
    show(page.text(of: cell))
  }

  package func runEnded(_ record: RunRecord, in folder: RunFolder) {
    guard detail != .progressOnly else { return }
    if isHidden, detail == .page {
      write("\n  The run ended before the step of --from, so nothing of it was shown.\n")
    }
    write(page.closing(of: record) + files(of: record, in: folder))
  }

  /// Removes the progress line. Called from the thread that handles an interrupt.
  package func clearProgress() { line.clear() }

  private func files(of record: RunRecord, in folder: RunFolder) -> String {
    let figures = record.figures.map { folder.figure($0.file).path }
    return ([folder.page.path] + figures).map { "  \(style.path($0))\n" }.joined()
  }

  private func show(_ text: String) {
    if detail == .page, !isHidden { write(text) }
  }

  private func write(_ text: String) {
    line.clear()
    out(TerminalCode.onlyOwn(text))
  }
}
