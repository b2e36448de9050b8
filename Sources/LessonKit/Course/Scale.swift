/// How much work a run may be: from a test to the closest that a small machine comes to the paper.
public enum Scale: String, CaseIterable, Codable, Comparable, Sendable {
  /// Seconds: for tests. Shows that everything runs, proves little.
  case smoke
  /// Minutes: for a reader and for a workshop.
  case standard
  /// Tens of minutes: the closest to the paper.
  case full

  /// One value for each scale, side by side, so that a reader sees what changes.
  public func pick<Value>(smoke: Value, standard: Value, full: Value) -> Value {
    switch self {
    case .smoke: smoke
    case .standard: standard
    case .full: full
    }
  }

  public static func < (left: Scale, right: Scale) -> Bool { left.rank < right.rank }

  private var rank: Int { pick(smoke: 0, standard: 1, full: 2) }
}
