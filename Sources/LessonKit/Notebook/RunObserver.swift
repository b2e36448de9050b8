/// Receives the events of a run: the terminal, or a test.
package protocol RunObserver: AnyObject {
  func runBegan(_ record: RunRecord)
  func stepBegan(_ step: Step)
  /// One line that a step printed.
  func stepPrinted(_ line: String)
  func progressed(_ progress: StepProgress)
  func stepEnded(_ step: Step)
  /// Another complete cell was added.
  func added(_ cell: Cell)
  func runEnded(_ record: RunRecord, in folder: RunFolder)
  /// Seconds so far in which the run waited for its reader. They are not part of its time.
  var waitedSeconds: Double { get }
}

extension RunObserver {
  package var waitedSeconds: Double { 0 }
}

/// The progress of a step.
package struct StepProgress: Equatable, Sendable {
  package var done: Int
  package var total: Int
  /// Additional text, such as the loss.
  package var detail: String

  package init(done: Int, total: Int, detail: String = "") {
    self.done = done
    self.total = total
    self.detail = detail
  }

  package var fraction: Double {
    total > 0 ? min(1, max(0, Double(done) / Double(total))) : 0
  }
}

/// Ignores all events.
package final class SilentObserver: RunObserver {
  package init() {}
  package func runBegan(_ record: RunRecord) {}
  package func stepBegan(_ step: Step) {}
  package func stepPrinted(_ line: String) {}
  package func progressed(_ progress: StepProgress) {}
  package func stepEnded(_ step: Step) {}
  package func added(_ cell: Cell) {}
  package func runEnded(_ record: RunRecord, in folder: RunFolder) {}
}
