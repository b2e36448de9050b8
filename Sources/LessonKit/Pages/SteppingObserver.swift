/// A key that means something while the page waits.
package enum StepKey: Equatable {
  case onward, back, figure, leave

  /// Space or Enter on, `b` back, `f` figure, `q` leave; nil for any other.
  package init?(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"): self = .onward
    case UInt8(ascii: "b"), UInt8(ascii: "B"): self = .back
    case UInt8(ascii: "f"), UInt8(ascii: "F"): self = .figure
    case UInt8(ascii: "q"), UInt8(ascii: "Q"): self = .leave
    default: return nil
    }
  }
}

/// Lets a run wait for the reader: after each step, with all that followed it on the page, and at
/// the end. Steps inside a step do not wait.
package final class SteppingObserver: RunObserver {
  /// The terminal on the other side: what was written since the last wait, the next key, a figure.
  package struct Reader {
    /// The next key; nil where the input has ended, which lets the run go on.
    var key: () -> StepKey?
    var write: (String) -> Void
    var openFigure: (FigureFile) -> Void
    var leave: () -> Void

    package init(
      key: @escaping () -> StepKey?, write: @escaping (String) -> Void,
      openFigure: @escaping (FigureFile) -> Void, leave: @escaping () -> Void
    ) {
      self.key = key
      self.write = write
      self.openFigure = openFigure
      self.leave = leave
    }
  }

  private let inner: LiveTerminal
  private let reader: Reader
  /// What was shown between waits, oldest first; the last is still growing.
  private var pages: [String] = [""]
  private var depth = 0
  private var stepCount = 0
  private var lastFigure: FigureFile?

  package init(_ inner: LiveTerminal, _ reader: Reader) {
    self.inner = inner
    self.reader = reader
  }

  /// What `inner` writes goes through here, to be shown again on `b`.
  package func wrote(_ text: String) { pages[pages.count - 1] += text }

  package func runBegan(_ record: RunRecord) { inner.runBegan(record) }

  package func stepBegan(_ step: Step) {
    if depth == 0, stepCount > 0, !inner.isHidden { wait() }
    depth += 1
    stepCount += 1
    inner.stepBegan(step)
  }

  package func stepPrinted(_ line: String) { inner.stepPrinted(line) }
  package func progressed(_ progress: StepProgress) { inner.progressed(progress) }

  package func stepEnded(_ step: Step) {
    depth -= 1
    inner.stepEnded(step)
  }

  package func added(_ cell: Cell) {
    if case .figure(let figure) = cell.content { lastFigure = figure }
    inner.added(cell)
  }

  package func runEnded(_ record: RunRecord, in folder: RunFolder) {
    inner.runEnded(record, in: folder)
  }

  private func wait() {
    var shown = pages.count - 1
    prompt()
    while let key = reader.key() {
      switch key {
      case .onward where shown == pages.count - 1:
        erasePrompt()
        pages.append("")
        return
      case .onward:
        shown += 1
        again(shown)
      case .back:
        shown = max(0, shown - 1)
        again(shown)
      case .figure:
        if let lastFigure { reader.openFigure(lastFigure) }
        prompt()
      case .leave:
        erasePrompt()
        reader.leave()
        return
      }
    }
    erasePrompt()
    pages.append("")
  }

  private func again(_ page: Int) {
    erasePrompt()
    reader.write(pages[page])
    prompt()
  }

  private func prompt() {
    let figure = lastFigure == nil ? "" : " · f figure"
    reader.write("\r\u{1B}[2K── space on · b back\(figure) · q leave ── ")
  }

  private func erasePrompt() { reader.write("\r\u{1B}[2K") }
}
