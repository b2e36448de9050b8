import LessonKit

/// The exercise whose function this lesson can call in place of its own.
extension ConditionalComputationLesson {
  public static var runsWith: [String] { [causalThreshold.exercise] }

  static let causalThreshold = LearnerFunction<ThresholdCall, [Int]>("causal-threshold")
}

/// The scores of one layer. The answer has the indices of the chosen ones.
struct ThresholdCall: Encodable {
  let scores: [Float]
  let past: [Float]
  let capacity: Double
}

extension LearnersCode where Call == ThresholdCall, Answer == [Int] {
  /// The threshold behind the learner's choice: the router passes scores above it, so it is just
  /// below the lowest chosen score.
  func threshold(for capacity: Double, of scores: [Float]) throws -> Float {
    guard !scores.isEmpty else { return .infinity }
    let chosen = try self(ThresholdCall(scores: scores, past: scores, capacity: capacity)) {
      $0.allSatisfy(scores.indices.contains)
    }
    return chosen.map { scores[$0] }.min()?.nextDown ?? .infinity
  }
}
