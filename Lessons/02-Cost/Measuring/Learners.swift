import LessonKit
import TensorCore

/// The exercises whose functions this lesson compares with its counts.
extension CostLesson {
  public static var runsWith: [String] { [layerFLOPs.exercise, crossingLength.exercise] }

  static let layerFLOPs = LearnerFunction<LayersCall, [Double]>("layer-flops")
  static let crossingLength = LearnerFunction<CrossingsCall, [Int]>("crossing-length")

  /// Compares the learner's functions, if the run has them, with the counted layers and with the
  /// fits of their costs.
  func compareLearners(
    _ notebook: Notebook, counted: [(n: Int, d: Int, flops: Double)], _ fits: Keyed<Mask, CostFit>
  ) throws {
    if let learners = notebook.learners(Self.layerFLOPs) {
      notebook.showLearners(Self.layerFLOPs)
      let difference = try notebook.step(
        "learners-flops", "Compare your formula with the counted layers"
      ) {
        let call = LayersCall(
          layers: counted.map { LayerSizes(length: $0.n, modelDim: $0.d, feedForwardDim: 4 * $0.d) }
        )
        let found = try learners(call) { $0.count == counted.count }
        return largestAbsoluteDifference(found, counted.map(\.flops))
      }
      notebook.claim(
        "learners-flops-difference",
        "The FLOPs of your formula differ by at most {} from those of a layer",
        difference, equals: 0, from: .smoke, as: .count)
    }
    if let learners = notebook.learners(Self.crossingLength) {
      notebook.showLearners(Self.crossingLength)
      let widths = Set(counted.map(\.d)).sorted()
      let difference = try notebook.step(
        "learners-crossing", "Compare your crossing with that of the fit"
      ) {
        try [Mask.full, .causal].map { mask in
          let call = CrossingsCall(widths: widths, isCausal: mask == .causal)
          let found = try learners(call) { $0.count == widths.count }
          return largestAbsoluteDifference(
            found.map(Double.init), widths.map { Double($0) * fits[mask].crossing })
        }
      }
      notebook.claim(
        "learners-crossing-difference",
        "Your crossing lengths differ by at most {} tokens from those of the fit",
        difference.max(), atMost: 1, from: .smoke, as: .plain, kind: .exact)
    }
  }
}

/// Layers of several sizes. The answer has the FLOPs of each.
struct LayersCall: Encodable {
  let layers: [LayerSizes]
}

struct LayerSizes: Encodable {
  let length: Int
  let modelDim: Int
  let feedForwardDim: Int
}

/// Layers of several widths. The answer has the length of each at which attention costs as much as
/// the weights.
struct CrossingsCall: Encodable {
  let widths: [Int]
  let isCausal: Bool
}
