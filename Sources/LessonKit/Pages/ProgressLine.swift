import Foundation
import SystemSupport

/// The progress line of a step on standard error.
///
/// At a terminal it is a bar with the remaining time. It appears when a step takes longer than a
/// second. If the step reports no progress, it shows the elapsed time, and the remaining time if
/// the step's time in an earlier run is known. Elsewhere it is one line at the start and one at the
/// end. A timer draws it, so a report costs only a lock.
package final class ProgressLine: @unchecked Sendable {
  private let lock = NSLock()
  private let style: TerminalStyle
  private let isAnimated: Bool
  private let write: (String) -> Void
  private var title: String?
  private var began = ContinuousClock.now
  private var expectedSeconds: Double?
  /// The first report of the step; the speed is measured from it.
  private var first: (moment: ContinuousClock.Instant, done: Int)?
  private var last: StepProgress?
  private var isDrawn = false
  private var isClosed = false
  private var timer: (any DispatchSourceTimer)?

  package init(
    style: TerminalStyle, isAnimated: Bool, write: @escaping @Sendable (String) -> Void
  ) {
    self.style = style
    self.isAnimated = isAnimated
    self.write = write
  }

  package func begin(_ title: String, expectedSeconds: Double? = nil) {
    lock.withLock {
      self.title = title.terminalLine
      self.expectedSeconds = expectedSeconds
      began = .now
      (first, last) = (nil, nil)
    }
    if isAnimated { startTimer() } else { tell("start: \(title.terminalLine)\n") }
  }

  package func update(_ progress: StepProgress) {
    lock.withLock {
      // A step that trains several models reports each of them from zero.
      if progress.done < last?.done ?? 0 { first = nil }
      if first == nil { first = (.now, progress.done) }
      last = progress
    }
  }

  package func end(_ outcome: String) {
    timer?.cancel()
    timer = nil
    clear()
    let title = lock.withLock {
      defer { self.title = nil }
      return self.title
    }
    if !isAnimated, let title { tell("\(outcome): \(title), \(elapsedText)\n") }
  }

  private func tell(_ text: String) {
    lock.withLock { if !isClosed { write(text) } }
  }

  /// Erases the bar before other text is written to the screen.
  package func clear() {
    lock.withLock {
      if isDrawn, !isClosed { write("\r\u{1B}[2K") }
      isDrawn = false
    }
  }

  /// Erases the bar; nothing is written afterwards.
  package func close() {
    clear()
    lock.withLock { isClosed = true }
  }

  private var elapsedText: String { Quantity.seconds.text(seconds(since: began)) }

  private func startTimer() {
    let timer = DispatchSource.makeTimerSource(queue: .global(qos: .userInteractive))
    timer.schedule(deadline: .now() + 1, repeating: 0.25)
    timer.setEventHandler { [weak self] in self?.draw() }
    timer.resume()
    self.timer = timer
  }

  private func draw() {
    lock.withLock {
      guard title != nil, !isClosed else { return }
      write("\r\u{1B}[2K" + line(now: .now))
      isDrawn = true
    }
  }

  /// The text of the line: bar, percentage, detail, remaining time.
  private func line(now: ContinuousClock.Instant) -> String {
    guard let last, let first else { return waiting }
    let cells = max(8, min(24, style.width - 50))
    let full = Int((last.fraction * Double(cells)).rounded(.down))
    let bar =
      String(repeating: "█", count: full) + String(repeating: "░", count: cells - full)
    let share = "\(Int(last.fraction * 100)) %"
    let parts = [bar, share, last.detail, timeLeft(last, since: first)].filter { !$0.isEmpty }
    return ("  " + parts.joined(separator: "  ")).terminalLine.prefix(columns: style.width - 1)
  }

  /// The line of a step that reports no progress.
  private var waiting: String {
    guard let expectedSeconds, expectedSeconds > seconds(since: began) else {
      return "  \(elapsedText) …"
    }
    let left = expectedSeconds - seconds(since: began)
    return "  \(elapsedText) …  about \(roundedTime(left)) left, as in the run before"
  }

  private func timeLeft(
    _ progress: StepProgress, since first: (moment: ContinuousClock.Instant, done: Int)
  ) -> String {
    let worked = progress.done - first.done
    guard worked > 0, progress.total > progress.done else { return "" }
    let each = seconds(since: first.moment) / Double(worked)
    let left = each * Double(progress.total - progress.done)
    return left < 1 ? "less than 1 s left" : "\(roundedTime(left)) left"
  }

  private func roundedTime(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded(.up))
    return whole < 100 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
  }
}
