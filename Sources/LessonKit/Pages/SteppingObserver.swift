/// A command key while the run waits for the reader.
package enum StepKey: Equatable {
  case next, back, figure, quit
  /// No key: the program goes on after Ctrl-Z, and the prompt is no longer on the screen.
  case continued

  /// Space or Enter: next; `b`: back; `f`: figure; `q`: quit. Nil for any other key.
  package init?(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"): self = .next
    case UInt8(ascii: "b"), UInt8(ascii: "B"): self = .back
    case UInt8(ascii: "f"), UInt8(ascii: "F"): self = .figure
    case UInt8(ascii: "q"), UInt8(ascii: "Q"): self = .quit
    default: return nil
    }
  }
}

/// Makes a run wait for a key before each step. Steps inside a step do not wait.
package final class SteppingObserver: RunObserver {
  /// The reader's terminal: keys, output, figures.
  package struct Reader {
    /// The next key; nil if the input has ended. Then the run continues.
    var key: () -> StepKey?
    var write: (String) -> Void
    var openFigure: (FigureFile) -> Void
    var quit: () -> Void

    package init(
      key: @escaping () -> StepKey?, write: @escaping (String) -> Void,
      openFigure: @escaping (FigureFile) -> Void, quit: @escaping () -> Void
    ) {
      self.key = key
      self.write = write
      self.openFigure = openFigure
      self.quit = quit
    }
  }

  private let inner: LiveTerminal
  private let reader: Reader
  /// The texts between waits, oldest first. The last one is not complete.
  private var pages: [String] = [""]
  private var depth = 0
  private var stepCount = 0
  private var lastFigure: FigureFile?

  package init(_ inner: LiveTerminal, _ reader: Reader) {
    self.inner = inner
    self.reader = reader
  }

  /// Stores what `inner` writes, to show it again on `b`.
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
      case .next where shown == pages.count - 1:
        erasePrompt()
        pages.append("")
        return
      case .next:
        shown += 1
        showAgain(shown)
      case .back:
        shown = max(0, shown - 1)
        showAgain(shown)
      case .figure:
        if let lastFigure { reader.openFigure(lastFigure) }
        prompt()
      case .continued: prompt()
      case .quit:
        erasePrompt()
        reader.quit()
        return
      }
    }
    erasePrompt()
    pages.append("")
  }

  private func showAgain(_ page: Int) {
    erasePrompt()
    reader.write(pages[page])
    prompt()
  }

  private func prompt() {
    let figure = lastFigure == nil ? "" : " · f figure"
    reader.write("\r\u{1B}[2K── space next · b back\(figure) · q quit ── ")
  }

  private func erasePrompt() { reader.write("\r\u{1B}[2K") }
}
