import LessonKit
import Testing

@Suite struct SteppingTests {
  /// What a reader saw and did, with keys given in advance.
  private final class Script {
    var keys: [StepKey]
    var written: [String] = []
    var opened: [String] = []
    var hasLeft = false

    init(_ keys: [StepKey]) { self.keys = keys }

    var reader: SteppingObserver.Reader {
      .init(
        key: { self.keys.isEmpty ? nil : self.keys.removeFirst() },
        write: { self.written.append($0) }, openFigure: { self.opened.append($0.file.description) },
        quit: { self.hasLeft = true })
    }
  }

  private func run(_ keys: [StepKey]) throws -> (script: Script, waits: Int) {
    let script = Script(keys)
    var stepping: SteppingObserver?
    let line = ProgressLine(style: TerminalStyle(isColored: false), isAnimated: false) { _ in }
    let live = LiveTerminal(
      style: TerminalStyle(isColored: false), detail: .page, progress: line,
      out: { stepping?.wrote($0) })
    let observer = SteppingObserver(live, script.reader)
    stepping = observer
    let record = try RunFixture().run(DemoLesson.self, observer: observer).record
    _ = record
    return (script, script.written.filter { $0.contains("space next") }.count)
  }

  @Test func itWaitsBetweenTwoStepsAndNotBeforeTheFirst() throws {
    let steps = try RunFixture().run(DemoLesson.self).record.steps.count
    let (_, waits) = try run(Array(repeating: .next, count: 50))
    #expect(waits == steps - 1)
  }

  @Test func backShowsThePreviousStep() throws {
    // Next at the first wait. At the second: back, then next twice. The old step is shown, then
    // the new one.
    let (script, _) = try run([.next, .back, .next, .next])
    let again = script.written.filter { !$0.contains("\u{1B}[2K") }
    #expect(again.count == 2)
    #expect(again[0].contains("Scores, as they come"))
    #expect(again[1].contains("Both ways, side by side"))
  }

  @Test func noPromptAfterLeaving() throws {
    let (script, _) = try run([.quit])
    #expect(script.hasLeft)
  }

  @Test func keysMatchThePrompt() {
    #expect(StepKey(UInt8(ascii: " ")) == .next)
    #expect(StepKey(UInt8(ascii: "\n")) == .next)
    #expect(StepKey(UInt8(ascii: "b")) == .back)
    #expect(StepKey(UInt8(ascii: "F")) == .figure)
    #expect(StepKey(UInt8(ascii: "q")) == .quit)
    #expect(StepKey(UInt8(ascii: "x")) == nil)
  }
}
