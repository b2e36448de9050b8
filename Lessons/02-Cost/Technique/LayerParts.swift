import TensorCore

/// A part of a layer's forward pass that multiplies matrices.
package enum Part: String, CaseIterable, Codable {
  case projections, attention, output, up, down

  /// The name in legends and tables.
  package var name: String {
    switch self {
    case .projections: "queries, keys, values"
    case .attention: "scores and weighted sums"
    case .output: "output projection"
    case .up: "feed-forward, up"
    case .down: "feed-forward, down"
    }
  }

  /// FLOPs by formula, for n tokens of width d; a multiply-add is 2 FLOPs.
  package func flops(n: Int, d: Int, isCausal: Bool = false) -> Double {
    let (n, d) = (Double(n), Double(d))
    switch self {
    case .projections: return 6 * n * d * d
    case .attention: return isCausal ? 2 * n * (n + 1) * d : 4 * n * n * d
    case .output: return 2 * n * d * d
    case .up, .down: return 8 * n * d * d
    }
  }

  var isLinear: Bool { self != .attention }
}

/// The matrix products of one layer, each of which can run alone: n tokens of width d, one head, a
/// feed-forward layer of width 4d.
package struct LayerParts {
  package let n: Int
  package let d: Int
  private let backend: any Backend
  private let x, packed, mixed, hidden, logSumExp: Tensor
  private let packedWeight, outputWeight, upWeight, downWeight: Tensor
  private let problem: AttentionProblem

  package init(n: Int, d: Int, isCausal: Bool = false, seed: UInt64, on backend: any Backend) {
    self.n = n
    self.d = d
    self.backend = backend
    var generator = SeededGenerator(seed: seed, stream: "layer")
    func random(_ shape: Shape) -> Tensor {
      backend.tensor(
        (0..<shape.count).map { _ in generator.normal() * 0.1 }, shape, .workspace)
    }
    x = random([1, n, d])
    packed = random([1, n, 3 * d])
    mixed = backend.full(0, [1, n, d], .workspace)
    hidden = random([1, n, 4 * d])
    logSumExp = backend.empty([1, 1, n], .workspace)
    packedWeight = random([d, 3 * d])
    outputWeight = random([d, d])
    upWeight = random([d, 4 * d])
    downWeight = random([4 * d, d])
    problem = AttentionProblem(
      batchCount: 1, queryLength: n, keyLength: n, headCount: 1, headDim: d, isCausal: isCausal)
  }

  /// Runs one part. On an asynchronous backend it may not be finished when this returns.
  package func run(_ part: Part) {
    switch part {
    case .projections: product(x, packedWeight, into: packed)
    case .attention:
      backend.attention(
        AttentionOperands(
          queries: HeadView(packed: packed, headDim: d),
          keys: HeadView(packed: packed, firstHead: 1, headDim: d),
          values: HeadView(packed: packed, firstHead: 2, headDim: d),
          output: HeadView(packed: mixed, headDim: d), logSumExp: logSumExp), problem)
    case .output: product(mixed, outputWeight, into: x)
    case .up: product(x, upWeight, into: hidden)
    case .down: product(hidden, downWeight, into: x)
    }
  }

  private func product(_ a: Tensor, _ b: Tensor, into c: Tensor) {
    backend.multiply(a, transposed: false, b, transposed: false, into: c, accumulate: false)
  }
}
