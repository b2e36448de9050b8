import Autograd
import Foundation
import LessonKit
import SmallTransformer
import TensorCore

/// The engine's RoPE and ALiBi compared with the reference, and RoPE's law of offsets.
struct EngineCheck: Codable {
  /// Largest difference of an attention probability.
  let ropeDifference: Double
  let alibiDifference: Double
  /// Largest change of a probability when queries and keys move by the same distance.
  let shiftDifference: Double

  /// `bias` and `rotation` are the learner's functions, in place of the formulas.
  init(
    _ backend: any Backend, seed: UInt64, bias: LearnersCode<BiasCall, [[Float]]>? = nil,
    rotation: LearnersCode<RotationCall, [[Double]]>? = nil
  ) throws {
    let heads = Heads(length: 24, headDim: 16, seed: seed)
    // The third of eight heads: neither the steepest slope nor the flattest.
    let slope = ALiBi.slopes(headCount: 8)[2]
    let frequencies = Rotary().frequencies(headDim: heads.headDim)
    func rotated(_ vectors: [[Float]]) throws -> [Float] {
      if let rotation {
        return try rotation.rotated(
          vectors.map { $0.map(Double.init) }, positions: Array(vectors.indices)
        ).flatMap { $0.map(Float.init) }
      }
      return vectors.enumerated().flatMap { position, vector in
        TextbookRotation.rotated(vector, position: position, frequencies: frequencies)
      }
    }

    let expected =
      try bias.map {
        heads.probabilities(bias: try $0.bias(length: heads.length, head: 2, headCount: 8))
      }
      ?? ReferenceAttention.probabilities(
        queries: heads.queries.flatMap { $0 }, keys: heads.keys.flatMap { $0 },
        heads.problem(slope: slope)
      ).map
    alibiDifference = largestAbsoluteDifference(
      heads.engineMap(backend, slope: slope, rotatedFrom: nil), expected)
    let near = heads.engineMap(backend, slope: 0, rotatedFrom: 0)
    ropeDifference = largestAbsoluteDifference(
      near,
      ReferenceAttention.probabilities(
        queries: try rotated(heads.queries), keys: try rotated(heads.keys), heads.problem(slope: 0)
      ).map)
    // The law: the same tokens at positions 1000, 1001, … have the same probabilities.
    let far = heads.engineMap(backend, slope: 0, rotatedFrom: 1000)
    shiftDifference = largestAbsoluteDifference(near, far)
  }
}

/// Random queries, keys and values of one head.
private struct Heads {
  let length: Int
  let headDim: Int
  /// Query, key and value of each token, `[length][3 · headDim]`.
  private let rows: [[Float]]

  var queries: [[Float]] { rows.map { Array($0[..<headDim]) } }
  var keys: [[Float]] { rows.map { Array($0[headDim..<2 * headDim]) } }

  init(length: Int, headDim: Int, seed: UInt64) {
    self.length = length
    self.headDim = headDim
    var generator = SeededGenerator(seed: seed, stream: "engine check")
    rows = (0..<length).map { _ in (0..<3 * headDim).map { _ in generator.normal() } }
  }

  /// Attention probabilities of the formula with a given bias, `[length, length]`.
  func probabilities(bias: [[Float]]) -> [Double] {
    (0..<length).flatMap { i -> [Double] in
      let scores = (0..<length).map { j -> Double in
        let product = zip(queries[i], keys[j]).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        return product / Double(headDim).squareRoot() + Double(bias[i][j])
      }
      let top = scores.max() ?? 0
      let weights = scores.map { exp($0 - top) }
      let sum = weights.reduce(0, +)
      return weights.map { $0 / sum }
    }
  }

  func problem(slope: Float) -> AttentionProblem {
    AttentionProblem(
      batchCount: 1, queryLength: length, keyLength: length, headCount: 1, headDim: headDim,
      slopes: [slope])
  }

  /// Attention probabilities as the engine computes them, `[length, length]`, with queries and keys
  /// rotated to the positions `first`, `first + 1`, …; not rotated where `first` is nil.
  func engineMap(_ backend: any Backend, slope: Float, rotatedFrom first: Int?) -> [Float] {
    let tape = Tape(backend, isRecording: false)
    var packed = Variable(
      backend.tensor(rows.flatMap { $0 }, [1, length, 3 * headDim], .workspace))
    if let first, let angles = Rotary().rotation(length: first + length, headDim: headDim) {
      let shape: Shape = [first + length, headDim / 2]
      packed = tape.rotate(
        packed,
        by: RotationTable(
          cosines: backend.tensor(angles.cosines, shape, .workspace),
          sines: backend.tensor(angles.sines, shape, .workspace), pairing: angles.pairing),
        rotatedHeads: 2, headDim: headDim, firstPosition: first)
    }
    let views = PackedHeads(packed.value, problem(slope: slope))
    let map = backend.empty([1, 1, length, length], .workspace)
    backend.attentionMap(
      queries: views.queries, keys: views.keys, into: map, problem(slope: slope))
    return backend.read(map)
  }
}
