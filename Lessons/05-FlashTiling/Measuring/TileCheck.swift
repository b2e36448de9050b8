import LessonKit
import TensorCore

/// One head of random numbers with its reference, and the largest absolute differences to it.
struct TileCheck {
  private let head: HeadNumbers
  private let reference: HeadReference
  private let gradients: (queries: [Double], keys: [Double], values: [Double])
  private let isCausal: Bool

  init(_ experiment: Experiment, seed: UInt64, isCausal: Bool) {
    self.isCausal = isCausal
    head = HeadNumbers(
      length: experiment.checkedLength, headDim: experiment.checkedHeadDim, seed: seed)
    reference = HeadReference(
      queries: head.queries, keys: head.keys, values: head.values, isCausal: isCausal)
    gradients = reference.gradients(outputGradient: head.outputGradient)
  }

  /// `learners` has the functions that are called in place of the lesson's.
  func forward(
    _ tiles: TileSizes, _ learners: LearnersTiles
  ) throws -> (tiles: TileSizes, result: TiledAttention.Result, difference: Double) {
    let attention = TiledAttention(tiles, isCausal: isCausal, headDim: head.queries.columns)
    let (queries, keys, values) = (head.queries, head.keys, head.values)
    let result: TiledAttention.Result
    if isCausal, let tiled = learners.tiled {
      result = try attention.forward(queries: queries, keys: keys, values: values, by: tiled)
    } else if let merge = learners.merge {
      result = try attention.forward(queries: queries, keys: keys, values: values, merging: merge)
    } else {
      result = attention.forward(queries: queries, keys: keys, values: values)
    }
    return (tiles, result, result.output.largestDifference(to: reference.output))
  }

  func backward(_ tiles: TileSizes, _ learners: LearnersTiles) throws -> Double {
    let attention = TiledAttention(tiles, isCausal: isCausal, headDim: head.queries.columns)
    let saved = attention.forward(queries: head.queries, keys: head.keys, values: head.values)
    let found =
      try learners.gradients.map {
        try TiledAttention.gradients(
          outputGradient: head.outputGradient, queries: head.queries, keys: head.keys,
          values: head.values, saved: saved, by: $0)
      }
      ?? attention.backward(
        outputGradient: head.outputGradient, queries: head.queries, keys: head.keys,
        values: head.values, saved: saved)
    return max(
      found.queries.largestDifference(to: gradients.queries),
      found.keys.largestDifference(to: gradients.keys),
      found.values.largestDifference(to: gradients.values))
  }

  func engine(_ backend: any Backend) -> (forward: Double, backward: Double) {
    let tensors = HeadTensors(backend, head, isCausal: isCausal)
    let method = TiledMethod()
    let saved = method.forward(tensors, on: backend)
    method.backward(tensors, saved: saved, on: backend)
    func difference(_ tensor: Tensor, _ expected: [Double]) -> Double {
      Matrix(rows: tensor.shape[0], columns: tensor.shape[1], values: backend.read(tensor))
        .largestDifference(to: expected)
    }
    return (
      difference(tensors.output, reference.output),
      max(
        difference(tensors.queryGradient, gradients.queries),
        difference(tensors.keyGradient, gradients.keys),
        difference(tensors.valueGradient, gradients.values))
    )
  }
}
