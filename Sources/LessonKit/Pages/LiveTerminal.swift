import Foundation

/// Shows a run as it goes: results on standard output, progress on standard error.
public final class LiveTerminal: RunObserver {
  /// How much is shown.
  public enum Detail: Sendable {
    /// The whole page.
    case page
    /// Claims and where the files are.
    case quiet
    /// Nothing on standard output; progress only. For `--json`.
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

  /// Whether the step that the reader wants to see first is still to come.
  package var isHidden: Bool { begunStepCount < firstStep }

  /// `firstStep`, counted from 1, is where the page begins to be shown; `expected` has the seconds
  /// that steps took in an earlier run like this one, by their identifiers. `picture` gives a figure as text that this terminal draws; nil where it draws none.
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

  public func runBegan(_ record: RunRecord) {
    if detail == .page { write(page.opening(of: record)) }
  }

  public func stepBegan(_ step: Step) {
    begunStepCount += 1
    show(page.stepOpening(step))
    line.begin(step.title, expectedSeconds: expected[step.id])
  }

  public func stepPrinted(_ text: String) { show("  \(text)\n") }

  public func progressed(_ progress: StepProgress) { line.update(progress) }

  public func stepEnded(_ step: Step) {
    line.end(step.reusedFrom != nil ? "taken" : step.status == .finished ? "done" : "broke")
    show(page.stepEnd(step))
  }

  public func added(_ cell: Cell) {
    if isHidden { return }
    if detail == .quiet, case .claim(let claim) = cell.content { write(page.claim(claim)) }
    if case .figure(let figure) = cell.content, detail == .page, let drawn = picture(figure) {
      write("\n" + drawn)
    }
    show(page.text(of: cell))
  }

  public func runEnded(_ record: RunRecord, in folder: RunFolder) {
    guard detail != .progressOnly else { return }
    write(page.closing(of: record) + files(of: record, in: folder))
  }

  /// What a run that was stopped leaves; called from the thread that handles the interrupt.
  public func clearProgress() { line.clear() }

  private func files(of record: RunRecord, in folder: RunFolder) -> String {
    let figures = record.figures.map { folder.file($0.file).path }
    return ([folder.page.path] + figures).map { "  \(style.path($0))\n" }.joined()
  }

  private func show(_ text: String) {
    if detail == .page, !isHidden { write(text) }
  }

  private func write(_ text: String) {
    line.clear()
    out(text)
  }
}
