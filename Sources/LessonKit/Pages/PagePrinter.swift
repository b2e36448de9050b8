import SystemSupport

/// Prints the parts of a page one after another, each at most as high as a screen where that is
/// possible: in short, a figure that does not fit is named and not drawn.
package final class PagePrinter {
  package let detail: PageDetail
  private let page: TerminalPage
  private let height: Int
  private let draw: (FigureFile, _ columns: Int, _ rows: Int) -> DrawnFigure?
  private let out: (String) -> Void
  /// The lines of the current part so far.
  private var used = 0
  /// The name of the lesson's main figure, which is always drawn, if need be on a screen of its
  /// own.
  package var mainFigure = ""
  /// The rows that the other figures may still take up in short: one or two in letters, so that a
  /// page can be read by scrolling back.
  private var rowsLeft = 24
  /// Whether the last line that was printed is empty.
  private var endsEmpty = false
  /// Whether what leads to the step of the current part is printed.
  private var hasBegun = false

  /// - Parameters:
  ///   - page: The style.
  ///   - detail: How much is printed.
  ///   - height: The lines of a part, at most.
  ///   - draw: A figure for this terminal; nil if it cannot be drawn.
  ///   - out: Writes text that is safe for a terminal.
  package init(
    page: TerminalPage, detail: PageDetail, height: Int,
    draw: @escaping (FigureFile, _ columns: Int, _ rows: Int) -> DrawnFigure?,
    out: @escaping (String) -> Void
  ) {
    self.page = page
    self.detail = detail
    self.height = height
    self.draw = draw
    self.out = out
  }

  /// Prints a whole part.
  package func print(_ part: PagePart) {
    begin(part)
    if let step = part.step { write([page.output(of: step, detail)]) }
    finish(part)
  }

  /// Prints what leads to a step, and its title.
  package func begin(_ part: PagePart) {
    used = 0
    hasBegun = true
    write([.lines([""])] + page.opening(of: part, detail))
  }

  /// Prints lines of the step while it runs; `count` is the number of its lines with these.
  package func output(_ text: String, count: Int) {
    let lines = page.lines(text.terminalLines)
    let limit = detail == .long ? Int.max : TerminalPage.outputLimit
    let shown = lines.prefix(max(0, lines.count - max(0, count - limit)))
    write([.lines(shown.map { "  " + $0 }.flatMap(page.fitted))])
  }

  /// Prints the time and memory of a step that printed so many lines.
  package func end(_ step: Step, outputCount: Int) {
    let limit = TerminalPage.outputLimit
    if detail == .short, outputCount > limit {
      write([.lines([page.omitted(outputCount)])])
    }
    write([.lines(page.end(of: step, detail))])
  }

  /// Prints the results of a part; first what leads to them, if it has no step.
  package func finish(_ part: PagePart) {
    if !hasBegun { begin(part) }
    hasBegun = false
    var blocks = page.results(of: part, detail)
    if detail == .short { blocks = figuresThatFit(blocks) }
    write(blocks)
  }

  /// Without the figures for which there is no room. The main figure comes first, then the last
  /// figure of the part, which sums it up.
  private func figuresThatFit(_ blocks: [PartBlock]) -> [PartBlock] {
    var left = height - 1 - used
    for case .lines(let lines) in blocks { left -= lines.count }
    var hidden: [Int: FigureFile] = [:]
    let indices = blocks.indices.reversed()
    for index in indices.filter({ isMain(blocks[$0]) }) + indices.filter({ !isMain(blocks[$0]) }) {
      if case .figure(let figure) = blocks[index] {
        let limit = isMain(blocks[index]) ? max(left, height - 4) : min(left, rowsLeft)
        guard let rows = rows(of: figure, atMost: limit) else {
          hidden[index] = figure
          continue
        }
        left -= rows
        if !isMain(blocks[index]) { rowsLeft -= rows }
      }
    }
    return blocks.indices.compactMap { index in
      if hidden[index] != nil { return nil }
      // The caption of a figure is the block after it.
      return hidden[index - 1].map { .lines(page.title(ofHidden: $0)) } ?? blocks[index]
    }
  }

  private func isMain(_ block: PartBlock) -> Bool {
    if case .figure(let figure) = block { figure.name == mainFigure } else { false }
  }

  private func rows(of figure: FigureFile, atMost limit: Int) -> Int? {
    guard limit > 4, let drawn = draw(figure, page.style.width, limit - 1) else { return nil }
    return drawn.rows + 1 <= limit ? drawn.rows + 1 : nil
  }

  private func write(_ blocks: [PartBlock]) {
    for block in blocks {
      switch block {
      case .lines(let all):
        // Never two empty lines, one after the other.
        let lines = all.indices.filter { index in
          !all[index].isEmpty || !(index > 0 ? all[index - 1].isEmpty : endsEmpty)
        }.map { all[$0] }
        if let last = lines.last { endsEmpty = last.isEmpty }
        used += lines.count
        out(TerminalCode.onlyOwn(lines.map { $0 + "\n" }.joined()))
      case .figure(let figure):
        let limit = detail == .long ? height : max(1, height - 1)
        guard let drawn = draw(figure, page.style.width, limit) else { continue }
        used += drawn.rows + 1
        endsEmpty = false
        out("\n" + drawn.text)
      }
    }
  }
}

extension DrawnFigure {
  package var rows: Int {
    switch self {
    case .lines(let lines): lines.count
    case .code(_, let rows): rows
    }
  }

  fileprivate var text: String {
    switch self {
    case .lines(let lines): lines.map { $0 + "\n" }.joined()
    case .code(let code, _): code
    }
  }
}
