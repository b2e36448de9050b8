import SystemSupport

/// A command of the reader while pages are shown one by one.
package enum StepKey: Equatable, Sendable {
  case next, back, figure, detail, help, quit
  /// Any other key: it only leaves a note, such as the list of keys.
  case other
  /// The screen must be drawn again: the program goes on after Ctrl-Z, or the terminal has another
  /// size.
  case redraw

  package init(_ event: TerminalKeys.Event) {
    switch event {
    case .continued, .resized: self = .redraw
    case .arrow(.right), .arrow(.down), .arrow(.pageDown): self = .next
    case .arrow(.left), .arrow(.up), .arrow(.pageUp): self = .back
    case .arrow: self = .other
    case .key(let byte):
      switch Character(UnicodeScalar(byte)).lowercased() {
      case " ", "\n", "\r", "n": self = .next
      case "b", "\u{7F}", "\u{8}": self = .back
      case "f": self = .figure
      case "v": self = .detail
      case "?", "h": self = .help
      case "q": self = .quit
      default: self = .other
      }
    }
  }
}

/// Shows pages on the whole terminal, screen by screen, and waits for keys.
///
/// A page is a part of a lesson. A page that is higher than the terminal is cut into screens, so
/// nothing ever scrolls.
package final class StepPager {
  /// One page: its blocks at a detail and width, and its place in the lesson.
  package struct Page {
    package var stepNumber: Int?
    /// Whether the step with this number is on the page, and not before it.
    var hasStep = true
    package var figure: FigureFile?
    package var blocks: (TerminalPage, PageDetail) -> [PartBlock]

    package init(
      stepNumber: Int? = nil, figure: FigureFile? = nil,
      blocks: @escaping (TerminalPage, PageDetail) -> [PartBlock]
    ) {
      self.stepNumber = stepNumber
      self.figure = figure
      self.blocks = blocks
    }

    /// What is known before the run, and the first part of the page.
    package init(openingOf record: RunRecord, _ part: PagePart = PagePart()) {
      self.init(part)
      let blocks = blocks
      self.blocks = { page, detail in
        [.lines(page.lines(page.opening(of: record, detail)) + [""])] + blocks(page, detail)
      }
    }

    /// The result of the run.
    package init(closingOf record: RunRecord) {
      self.init(stepNumber: record.steps.count) { page, _ in
        [.lines(page.lines(page.closing(of: record)))]
      }
      hasStep = false
    }

    package init(_ part: PagePart) {
      self.init(stepNumber: part.stepNumber, figure: part.figure) {
        $0.blocks(of: part, $1)
      }
      hasStep = part.step != nil
    }
  }

  /// The reader's terminal.
  package struct Screen {
    var size: () -> (columns: Int, rows: Int)
    /// The next key; nil if the input has ended.
    var key: () -> StepKey?
    /// The keys that were pressed while nobody waited for them. They are not read again.
    var pressed: () -> [StepKey]
    var write: (String) -> Void
    /// A figure for this many columns and rows; nil if the terminal cannot draw it.
    var draw: (FigureFile, _ columns: Int, _ rows: Int) -> DrawnFigure?
    /// Opens a figure. Returns its path if there is no browser.
    var openFigure: (FigureFile) -> String?

    package init(
      size: @escaping () -> (columns: Int, rows: Int), key: @escaping () -> StepKey?,
      pressed: @escaping () -> [StepKey], write: @escaping (String) -> Void,
      draw: @escaping (FigureFile, _ columns: Int, _ rows: Int) -> DrawnFigure?,
      openFigure: @escaping (FigureFile) -> String?
    ) {
      self.size = size
      self.key = key
      self.pressed = pressed
      self.write = write
      self.draw = draw
      self.openFigure = openFigure
    }
  }

  /// How a wait ended.
  package enum End {
    /// The reader has seen the last page.
    case seen
    case quit
    /// There are no more keys.
    case inputEnded
  }

  package private(set) var pages: [Page] = []
  private let style: TerminalStyle
  private let widest: Int
  private let stepTotal: Int?
  private let screen: Screen
  private var detail = PageDetail.short
  private var hasPicture = false

  /// - Parameters:
  ///   - style: Colors; the width is that of the terminal, at most the style's.
  ///   - stepTotal: The number of steps of the lesson, if it is known.
  ///   - screen: The reader's terminal.
  package init(style: TerminalStyle, stepTotal: Int?, _ screen: Screen) {
    self.style = style
    widest = style.width
    self.stepTotal = stepTotal
    self.screen = screen
  }

  package func add(_ page: Page) { pages.append(page) }

  /// Replaces the last page, which is not complete yet.
  package func replaceLast(_ page: Page) { pages[pages.count - 1] = page }

  /// Shows the last page, while its step runs. Nobody is waited for.
  package func showRunning() {
    let screens = screens(ofPage: pages.count - 1)
    let place = Place(page: pages.count - 1, screen: screens.count - 1)
    draw(screens[place.screen], foot: foot(at: place, of: screens.count, keys: "running"))
  }

  /// Shows pages from this one on, and waits for keys until the reader has seen the last one.
  ///
  /// A key that was pressed before is ignored, so that nobody leaves a screen unseen, unless it was
  /// to quit.
  package func wait(from first: Int) -> End {
    if screen.pressed().contains(.quit) { return .quit }
    guard var place = place(from: first, by: 1, screen: 0) else { return .seen }
    while true {
      let screens = screens(ofPage: place.page)
      place.screen = min(max(place.screen, 0), screens.count - 1)
      draw(screens[place.screen], foot: foot(at: place, of: screens.count, keys: nil))
      guard let key = screen.key() else { return .inputEnded }
      switch key {
      case .next where place.screen + 1 < screens.count: place.screen += 1
      case .next:
        guard let after = self.place(from: place.page + 1, by: 1, screen: 0) else { return .seen }
        place = after
      case .back where place.screen > 0: place.screen -= 1
      case .back: place = self.place(from: place.page - 1, by: -1, screen: .max) ?? place
      case .figure:
        if let figure = pages[place.page].figure, let path = screen.openFigure(figure),
          let end = showNote(["The figure is the file", "", path])
        {
          return end
        }
      case .detail:
        detail = detail == .short ? .long : .short
        place.screen = 0
      case .help: if let end = showNote(Self.keys) { return end }
      case .redraw, .other: break
      case .quit: return .quit
      }
    }
  }

  private struct Place {
    var page: Int
    var screen: Int
  }

  /// The first page from `index` on, forward or back, that has something to show.
  private func place(from index: Int, by step: Int, screen: Int) -> Place? {
    var index = index
    while pages.indices.contains(index), screens(ofPage: index).allSatisfy(\.isEmpty) {
      index += step
    }
    return pages.indices.contains(index) ? Place(page: index, screen: screen) : nil
  }

  private static let keys = [
    "Keys", "",
    "  space, Enter, →, ↓, Page Down   next screen",
    "  b, Backspace, ←, ↑, Page Up     screen before",
    "  v   code, formulas and long tables, or the short page",
    "  f   the figure, in the browser or its path",
    "  q   quit",
    "  ?   these keys", "",
    "  Ctrl-C stops a run at once; finished steps are kept.",
  ]

  /// Shows lines until a key is pressed.
  /// - Returns: nil, or how the wait ends.
  private func showNote(_ lines: [String]) -> End? {
    repeat {
      let page = TerminalPage(styleNow)
      let screens = TerminalScreen.screens(
        of: [.lines(lines.map(\.terminalLine).flatMap(page.fitted))], height: textHeight
      ) { _, _ in nil }
      draw(screens[0], foot: "── q quit · any other key: back to the page ")
      guard let key = screen.key() else { return .inputEnded }
      if key == .quit { return .quit }
      if key != .redraw { return nil }
    } while true
  }

  private var styleNow: TerminalStyle {
    var now = style
    now.width = max(20, min(widest, screen.size().columns))
    return now
  }

  /// The rows above the foot.
  private var textHeight: Int { max(1, screen.size().rows - 1) }

  private func screens(ofPage index: Int) -> [TerminalScreen] {
    let page = TerminalPage(styleNow)
    let blocks = pages[index].blocks(page, detail).map { block -> PartBlock in
      guard case .lines(let lines) = block else { return block }
      return .lines(lines.flatMap(page.fitted))
    }
    return TerminalScreen.screens(of: blocks, height: textHeight) { figure, rows in
      screen.draw(figure, page.style.width, rows)
    }
  }

  private func draw(_ shown: TerminalScreen, foot: String) {
    // kitty keeps its pictures when the text is erased.
    var text = (hasPicture ? "\u{1B}_Ga=d,q=2\u{1B}\\" : "") + "\u{1B}[0m\u{1B}[H\u{1B}[2J"
    hasPicture = false
    var row = 1
    for item in shown.rows {
      text += "\u{1B}[\(row);1H"
      switch item {
      case .line(let line):
        text += line
        row += 1
      case .picture(let code, let rows):
        hasPicture = true
        text += code
        row += rows
      }
    }
    text += "\u{1B}[0m\u{1B}[\(max(1, screen.size().rows));1H"
    screen.write(text + style.ink(foot, .faint) + "\r")
  }

  private func foot(at place: Place, of screenCount: Int, keys: String?) -> String {
    var parts: [String] = []
    if var number = pages[place.page].stepNumber {
      // The introduction is before the first step, all other texts are after a step.
      let place = pages[place.page].hasStep ? "" : number == 0 ? "before " : "after "
      number = max(1, number)
      let total = stepTotal.map { number <= $0 ? " of \($0)" : "" } ?? ""
      parts.append("\(place)step \(number)\(total)")
    }
    if screenCount > 1 { parts.append("screen \(place.screen + 1) of \(screenCount)") }
    let columns = screen.size().columns - 1
    let choices = ["space next · b back · ? keys", "space next · ? keys", "space next"]
    let feet = (keys.map { [$0] } ?? choices).map {
      "── " + (parts + [$0]).joined(separator: " · ") + " "
    }
    let fitting = feet.first { $0.terminalColumns <= columns }
    return (fitting ?? feet[feet.count - 1]).prefix(columns: columns)
  }
}
