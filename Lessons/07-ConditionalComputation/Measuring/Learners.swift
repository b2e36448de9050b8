import Autograd
import Foundation
import LessonKit
import SmallTransformer
import TensorCore

/// The exercises whose functions this lesson can call in place of its own or beside it.
extension ConditionalComputationLesson {
  public static var runsWith: [String] { [topKRouting.exercise, causalThreshold.exercise] }

  static let topKRouting = LearnerFunction<RoutingCall, [Float]>("top-k-routing")

  static let causalThreshold = LearnerFunction<ThresholdCall, [Int]>("causal-threshold")

  /// Routes a text with the learner's function, if the run has it, and compares it with the router
  /// of the trained model.
  func routeWithLearners(
    _ notebook: Notebook, _ text: [Int32], _ model: Transformer, _ recorder: RoutingRecorder
  ) throws {
    guard let learners = notebook.learners(Self.topKRouting) else { return }
    notebook.say(
      """
      Your `routed` gets the scores that the trained routers give to \(text.count) bytes, and \
      decides which of them take the layer. With a token of 0, and a block that gives 1, its \
      answer is the gate.
      """)
    notebook.showLearners(Self.topKRouting)
    let found = try notebook.step("learners-routing", "Route the text with your function") {
      recorder.routings = []
      _ = model.logits(text, batch: 1, tape: Tape(model.backend, isRecording: false))
      return try recorder.routings.map { routing in
        let gates = try learners(RoutingCall(scores: routing.scores, k: routing.rows.count)) {
          $0.count == text.count
        }
        let chosen = gates.indices.filter { gates[$0] != 0 }
        // By their scores: of two tokens with the same score, either may be chosen.
        let (yours, own) = (
          chosen.map { routing.scores[$0] }, routing.rows.map { routing.scores[Int($0)] }
        )
        let isSame = yours.sorted() == own.sorted()
        return LearnersRouting(
          otherCount: isSame
            ? 0 : max(1, Set(chosen).symmetricDifference(routing.rows.map(Int.init)).count),
          gateDifference: largestAbsoluteDifference(
            chosen.map { gates[$0] }, yours.map { 1 / (1 + exp(-$0)) }))
      }
    }
    notebook.claim(
      "learners-routing-differs", "Bytes that your function routes in another way than the router",
      Double(found.reduce(0) { $0 + $1.otherCount }), equals: 0, from: .smoke, as: .count)
    notebook.claim(
      "learners-gates-differ", "Your gates differ by at most {} from the sigmoid of the scores",
      found.map(\.gateDifference).max(), atMost: 1e-6, from: .smoke, kind: .exact)
  }
}

/// How the learner's routing of one layer differs from the router's.
private struct LearnersRouting: Codable {
  let otherCount: Int
  let gateDifference: Double
}

/// The scores of one layer. The answer has the gate of each token, 0 for those that skip the layer.
struct RoutingCall: Encodable {
  let scores: [Float]
  let k: Int
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
