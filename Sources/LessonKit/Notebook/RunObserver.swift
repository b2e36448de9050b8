/// Watches a run as it goes: the terminal page, or a test.
public protocol RunObserver: AnyObject {
  func runBegan(_ record: RunRecord)
  func stepBegan(_ step: Step)
  /// One line that a step printed.
  func stepPrinted(_ line: String)
  func progressed(_ progress: StepProgress)
  func stepEnded(_ step: Step)
  /// Any other cell, once it is complete.
  func added(_ cell: Cell)
  func runEnded(_ record: RunRecord, in folder: RunFolder)
}

/// How far a long step has come.
public struct StepProgress: Equatable, Sendable {
  public var done: Int
  public var total: Int
  /// What else is known, such as the loss.
  public var detail: String

  public init(done: Int, total: Int, detail: String = "") {
    self.done = done
    self.total = total
    self.detail = detail
  }

  public var fraction: Double {
    total > 0 ? min(1, max(0, Double(done) / Double(total))) : 0
  }
}

/// Watches nothing.
public final class SilentObserver: RunObserver {
  public init() {}
  public func runBegan(_ record: RunRecord) {}
  public func stepBegan(_ step: Step) {}
  public func stepPrinted(_ line: String) {}
  public func progressed(_ progress: StepProgress) {}
  public func stepEnded(_ step: Step) {}
  public func added(_ cell: Cell) {}
  public func runEnded(_ record: RunRecord, in folder: RunFolder) {}
}
