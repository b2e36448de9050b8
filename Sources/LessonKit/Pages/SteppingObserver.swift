import Synchronization

/// Shows a run on the whole terminal, page by page, and waits for a key after each step.
///
/// While a step runs, its title and what leads to it are on the screen. Steps inside a step have no
/// page of their own.
package final class SteppingObserver: RunObserver {
  private let pager: StepPager
  private let line: ProgressLine
  private let firstStep: Int
  private let expected: [String: Double]
  private let quit: () -> Void
  private var reader = PagePartReader()
  private var step: Step?
  private var depth = 0
  private var begunStepCount = 0
  /// Whether the reader still presses keys. When the input has ended, the run goes on.
  private var hasKeys = true
  /// Whether the last page of the pager is not complete.
  private var isOpen = false
  /// What the first page begins with; nil after the first page.
  private var opening: RunRecord?
  private let waits = Mutex(Waits())

  /// A run can be interrupted, from another thread, while it waits.
  private struct Waits {
    var seconds = 0.0
    var start: ContinuousClock.Instant?
  }

  /// - Parameters:
  ///   - pager: Shows the pages.
  ///   - progress: The progress line; it is drawn over the last row.
  ///   - firstStep: The first step that is shown, counted from 1; nil for the whole page.
  ///   - expected: Seconds of each step in an earlier run, by the step's identifier.
  ///   - quit: Called when the reader quits.
  package init(
    _ pager: StepPager, progress: ProgressLine, firstStep: Int? = nil,
    expected: [String: Double] = [:], quit: @escaping () -> Void
  ) {
    self.pager = pager
    line = progress
    self.firstStep = firstStep ?? 0
    self.expected = expected
    self.quit = quit
  }

  package func runBegan(_ record: RunRecord) {
    opening = record
    pager.add(StepPager.Page(openingOf: record))
    pager.showRunning()
    isOpen = true
  }

  package func stepBegan(_ step: Step) {
    depth += 1
    begunStepCount += 1
    guard depth == 1 else { return line.begin(step.title, expectedSeconds: expected[step.id]) }
    self.step = step
    add(Cell(id: step.id, content: .step(step)))
    if !isHidden { pager.showRunning() }
    line.begin(step.title, expectedSeconds: expected[step.id])
  }

  package func stepPrinted(_ text: String) {
    guard var step else { return }
    step.output += text + "\n"
    self.step = step
    reader.update(step)
    show(reader.part)
    line.clear()
    if !isHidden { pager.showRunning() }
  }

  package func progressed(_ progress: StepProgress) { line.update(progress) }

  package func stepEnded(_ step: Step) {
    depth -= 1
    line.end(step.outcome)
    guard depth == 0 else { return }
    self.step = nil
    reader.update(step)
    show(reader.part)
  }

  package func added(_ cell: Cell) { add(cell) }

  package func runEnded(_ record: RunRecord, in folder: RunFolder) {
    if let part = reader.close() { complete(part) }
    guard hasKeys else { return }
    pager.add(StepPager.Page(closingOf: record))
    wait()
  }

  package var waitedSeconds: Double {
    waits.withLock { $0.seconds + ($0.start.map { seconds(since: $0) } ?? 0) }
  }

  private var isHidden: Bool { begunStepCount < firstStep }

  private func add(_ cell: Cell) {
    if let part = reader.add(cell) { complete(part) }
    show(reader.part)
  }

  /// Makes a part the last page.
  private func show(_ part: PagePart) {
    guard !isHidden, !part.isEmpty else { return }
    let page = opening.map { StepPager.Page(openingOf: $0, part) } ?? StepPager.Page(part)
    if isOpen { pager.replaceLast(page) } else { pager.add(page) }
    isOpen = true
  }

  /// The last page is complete: the reader sees it.
  private func complete(_ part: PagePart) {
    guard isOpen, !isHidden else { return }
    // With `firstStep`, the first page is only what is known before the run.
    if opening == nil || firstStep < 2 { show(part) }
    (isOpen, opening) = (false, nil)
    wait()
  }

  private func wait() {
    guard hasKeys else { return }
    waits.withLock { $0.start = .now }
    defer {
      waits.withLock {
        $0.seconds += $0.start.map { seconds(since: $0) } ?? 0
        $0.start = nil
      }
    }
    switch pager.wait(from: pager.pages.count - 1) {
    case .seen: break
    case .inputEnded: hasKeys = false
    case .quit: quit()
    }
  }
}

extension Step {
  /// A word for the progress line.
  var outcome: String { origin != .ran ? "reused" : status == .finished ? "done" : "failed" }
}
