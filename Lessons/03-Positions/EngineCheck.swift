import Autograd
import SmallTransformer
import TensorCore

/// The engine's RoPE and ALiBi held against the textbook forms, and RoPE's law of offsets.
struct EngineCheck {
  /// Largest difference of an attention probability.
  var rotaryDifference = 0.0
  var alibiDifference = 0.0
  /// Largest change of a probability when queries and keys move together.
  var shiftDifference = 0.0

  private static let length = 24
  private static let headDim = 16

  init(_ backend: any Backend, seed: UInt64) {
    var generator = SeededGenerator(seed: seed, stream: "engine check")
    let rows = (0..<Self.length).map { _ in
      (0..<3 * Self.headDim).map { _ in generator.normal() }
    }
    let queries = rows.map { $0.prefix(Self.headDim).map(Double.init) }
    let keys = rows.map { $0[Self.headDim..<2 * Self.headDim].map(Double.init) }
    let slope = ALiBi.slopes(headCount: 8)[2]
    let frequencies = Rotary().frequencies(headDim: Self.headDim)
    let turned = { (vectors: [[Double]], shift: Int) in
      vectors.enumerated().map { index, vector in
        NaiveVersions.turned(vector, position: index + shift, frequencies: frequencies)
      }
    }

    alibiDifference = Self.largest(
      Self.engineMap(backend, rows, slope: slope, turnedFrom: nil),
      NaiveVersions.probabilities(queries: queries, keys: keys, slope: Double(slope)))
    rotaryDifference = Self.largest(
      Self.engineMap(backend, rows, slope: 0, turnedFrom: 0),
      NaiveVersions.probabilities(queries: turned(queries, 0), keys: turned(keys, 0), slope: 0))
    // Probabilities of the same tokens, standing far from the start: the same, by the law.
    let (near, far) = (
      Self.engineMap(backend, rows, slope: 0, turnedFrom: 0),
      Self.engineMap(backend, rows, slope: 0, turnedFrom: 1000)
    )
    shiftDifference = zip(near, far).reduce(0) { max($0, Double(abs($1.0 - $1.1))) }
  }

  /// Attention probabilities of one head as the engine computes them, `[length, length]`.
  private static func engineMap(
    _ backend: any Backend, _ rows: [[Float]], slope: Float, turnedFrom first: Int?
  ) -> [Float] {
    let tape = Tape(backend, isRecording: false)
    var packed = Variable(
      backend.tensor(rows.flatMap { $0 }, [1, length, 3 * headDim], .workspace))
    if let first,
      let angles = Rotary().rotation(length: first + length, headDim: headDim)
    {
      let shape: Shape = [first + length, headDim / 2]
      packed = tape.rotate(
        packed,
        by: RotationTable(
          cosines: backend.tensor(angles.cosines, shape, .workspace),
          sines: backend.tensor(angles.sines, shape, .workspace), pairing: angles.pairing),
        rotatedHeads: 2, headDim: headDim, firstPosition: first)
    }
    let problem = AttentionProblem(
      batchCount: 1, queryLength: length, keyLength: length, headCount: 1, headDim: headDim,
      slopes: [slope])
    let views = PackedHeads(packed.value, problem)
    let map = backend.empty([1, 1, length, length], .workspace)
    backend.attentionMap(queries: views.queries, keys: views.keys, into: map, problem)
    return backend.read(map)
  }

  private static func largest(_ actual: [Float], _ expected: [[Double]]) -> Double {
    zip(actual, expected.flatMap { $0 }).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
  }
}
