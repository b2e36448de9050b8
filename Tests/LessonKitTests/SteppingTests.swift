import LessonKit
import SystemSupport
import TestSupport
import Testing

@Suite struct SteppingTests {
  /// A terminal of a certain size, with keys given in advance. It keeps every screen.
  private final class Script {
    var keys: [StepKey]
    var size: (columns: Int, rows: Int)
    var screens: [[String]] = []
    var opened: [String] = []
    var quits = 0
    var isTooSmall = false
    /// Seconds that the reader looks at each screen.
    var readingSeconds = 0.0

    init(_ keys: [StepKey], columns: Int = 80, rows: Int = 24) {
      self.keys = keys
      size = (columns, rows)
    }

    func pager(stepTotal: Int? = 3) -> StepPager {
      StepPager(
        style: TerminalStyle(isColored: true, width: 100), stepTotal: stepTotal,
        .init(
          size: { self.size },
          key: {
            idle(seconds: self.readingSeconds)
            return self.keys.isEmpty ? nil : self.keys.removeFirst()
          },
          pressed: { [] }, write: { self.take($0) },
          draw: { figure, _, rows in
            .lines(Array(repeating: "  " + figure.name, count: min(rows, 9)))
          },
          openFigure: {
            self.opened.append($0.file.description)
            return nil
          }))
    }

    /// Draws a screen: every line is placed by its row, `ESC [ row ; 1 H`. Colors are left out.
    private func take(_ text: String) {
      var lines = [String](repeating: "", count: size.rows)
      var row = 0
      for part in text.replacing("\r", with: "").components(separatedBy: "\u{1B}[") {
        let end = part.firstIndex { $0.isLetter } ?? part.startIndex
        if end < part.endIndex, part[end] == "H" {
          row = (Int(part[..<end].split(separator: ";").first ?? "1") ?? 1) - 1
        }
        let isCode = part.first.map { $0.isNumber || $0 == "H" } ?? false
        let shown = isCode ? part[part.index(after: end)...] : part[...]
        if shown.isEmpty { continue }
        if lines.indices.contains(row) { lines[row] += shown } else { isTooSmall = true }
      }
      screens.append(lines)
    }

    var feet: [String] { screens.map { $0.last ?? "" } }
  }

  @discardableResult
  private func run(
    _ script: Script, _ lesson: any Lesson.Type = DemoLesson.self
  ) throws -> RunRecord {
    let line = ProgressLine(style: TerminalStyle(isColored: false), isAnimated: false) { _ in }
    let observer = SteppingObserver(script.pager(), progress: line) { script.quits += 1 }
    return try RunFixture().run(lesson, observer: observer).record
  }

  /// The time that a reader takes is not the time of the run, which the next run is expected to
  /// take.
  @Test func readingIsNotRunning() throws {
    let script = Script(Array(repeating: .next, count: 99))
    script.readingSeconds = 0.5
    let record = try run(script)
    let keyCount = 99 - script.keys.count
    #expect(keyCount >= 4 && record.seconds < 0.5 * Double(keyCount - 1), "\(record.seconds) s")
  }

  /// One wait for each part of the page and one at its end; before a part without a step there is
  /// no screen that nobody waits for.
  @Test func itWaitsAfterEachStepAndAtTheEnd() throws {
    let script = Script(Array(repeating: .next, count: 99))
    try run(script)
    let waits = script.feet.filter { $0.contains("space next") }
    #expect(waits.count == 99 - script.keys.count)
    #expect(waits.allSatisfy { $0.contains("step ") }, "\(waits)")
    for number in 1...3 { #expect(waits.contains { $0.contains("step \(number) of 3") }) }
    #expect(script.feet.contains { $0.contains("running") })
    #expect(script.screens.last?.joined(separator: "\n").contains("Claims: ✓ 1 holds") == true)
  }

  @Test func withoutKeysTheRunGoesOn() throws {
    let script = Script([])
    try run(script)
    #expect(script.quits == 0 && script.screens.count > 3)
  }

  @Test(arguments: [(80, 24), (60, 20), (40, 12), (30, 6)])
  func everyScreenFits(columns: Int, rows: Int) throws {
    for detail in [[StepKey.next], [.detail, .next]] {
      let script = Script(
        detail + Array(repeating: .next, count: 200), columns: columns, rows: rows)
      try run(script)
      #expect(!script.isTooSmall && script.keys.count > 20)
      for screen in script.screens {
        #expect(screen[0] != "", "\(screen)")
        #expect(screen[rows - 1].hasPrefix("── "))
        for line in screen { #expect(line.terminalColumns <= columns, "\(line)") }
      }
    }
  }

  @Test func backShowsTheScreenBefore() throws {
    let script = Script([.next, .back, .next, .next])
    try run(script)
    let waits = script.screens.filter { $0.last?.contains("space next") == true }
    #expect(waits[2] == waits[0] && waits[3] == waits[1] && waits[0] != waits[1])
  }

  @Test func codeOnRequest() throws {
    let script = Script([.detail, .next, .next])
    try run(script)
    let text = script.screens.map { $0.joined(separator: "\n") }
    #expect(!text[0].contains("generator.normal()"))
    #expect(text.contains { $0.contains("generator.normal()") })
  }

  @Test func theScreenFollowsTheSizeOfTheTerminal() throws {
    let script = Script([])
    let pager = script.pager()
    let record = try RunFixture().run(DemoLesson.self).record
    for part in PagePart.parts(of: record) { pager.add(StepPager.Page(part)) }
    script.keys = [.redraw, .quit]
    script.size = (50, 10)
    #expect(pager.wait(from: 1) == .quit)
    #expect(script.screens.allSatisfy { $0.count == 10 && $0[9].hasPrefix("── ") })
  }

  @Test func figureKeysAndQuit() throws {
    let script = Script(
      Array(repeating: [.figure, .next], count: 4).joined() + [.figure, .help, .next, .quit])
    try run(script)
    #expect(Set(script.opened) == ["42-demo-waves.png"])
    #expect(script.screens.contains { $0.joined().contains("Page Down") })
    #expect(script.quits > 0)
  }

  /// "any other key" is any key but `q`; on a page, a key without a meaning does nothing.
  @Test func anyKeyLeavesTheListOfKeys() throws {
    let script = Script([.other, .help, .other, .quit])
    let pager = script.pager()
    for part in PagePart.parts(of: try RunFixture().run(DemoLesson.self).record) {
      pager.add(StepPager.Page(part))
    }
    #expect(pager.wait(from: 0) == .quit)
    #expect(script.feet.map { $0.contains("any other key") } == [false, false, true, false])
  }

  @Test func qQuitsFromTheListOfKeysToo() throws {
    let script = Script([.help, .quit])
    let pager = script.pager()
    pager.add(StepPager.Page(openingOf: try RunFixture().run(DemoLesson.self).record))
    #expect(pager.wait(from: 0) == .quit)
    #expect(script.feet.count == 2)
  }

  @Test func keys() {
    for byte in " \nn\r".utf8 { #expect(StepKey(.key(byte)) == .next) }
    for arrow in [TerminalKeys.Arrow.right, .down, .pageDown] {
      #expect(StepKey(.arrow(arrow)) == .next)
    }
    for arrow in [TerminalKeys.Arrow.left, .up, .pageUp] {
      #expect(StepKey(.arrow(arrow)) == .back)
    }
    for (letter, key) in [("b", StepKey.back), ("F", .figure), ("v", .detail), ("?", .help)] {
      #expect(StepKey(.key(letter.utf8.first ?? 0)) == key)
    }
    #expect(StepKey(.key(UInt8(ascii: "q"))) == .quit)
    #expect(StepKey(.key(UInt8(ascii: "x"))) == .other)
    #expect(StepKey(.resized) == .redraw && StepKey(.continued) == .redraw)
  }

  @Test func partsOfAPage() throws {
    let record = try RunFixture().run(DemoLesson.self).record
    let parts = PagePart.parts(of: record)
    #expect(parts.filter { $0.step != nil }.map(\.stepNumber) == [1, 2, 3])
    let others = record.cells.filter { if case .step = $0.content { false } else { true } }
    #expect(parts.flatMap(\.otherCells) == others)
    #expect(parts.filter { $0.figure != nil }.count == 1)
  }
}
