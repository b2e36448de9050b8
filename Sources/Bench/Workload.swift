import TensorCore

/// What bounds a piece of work from below, if nothing else does.
public enum WorkLimit: String, Codable, Sendable {
  /// The multiply-adds that the machine can do.
  case multiplyAdd
  /// The bytes that it can read from memory.
  case bandwidth
}

/// A piece of work that is timed: how much it is, how it is made ready, and how the peer is asked
/// for the same.
public protocol Workload: Sendable {
  var limit: WorkLimit { get }
  /// Floating-point operations of one run; a multiply-add is two.
  var flops: Double { get }
  /// Bytes that one run must read or write in memory, where that is what bounds it.
  var byteCount: Double? { get }
  /// Tiles of pairs that take part, where a mask leaves some out; see `AttentionProblem.tileCount`.
  var tileCount: Int? { get }
  /// The same work as the peer's script names it; nil where the peer has nothing of the kind.
  var peerRequest: [String: Int]? { get }
  /// Makes all tensors; the result can be run again and again.
  func prepare(on backend: any Backend) -> PreparedWork
}

extension Workload {
  public var limit: WorkLimit { .multiplyAdd }
  public var byteCount: Double? { nil }
  public var tileCount: Int? { nil }
}

/// Work whose tensors exist.
public struct PreparedWork {
  /// Once through; a training step gives its loss.
  public let run: () -> Double?
  /// Numbers that a model holds, to be compared with the peer's.
  public let parameterCount: Int?

  public init(parameterCount: Int? = nil, run: @escaping () -> Double?) {
    self.run = run
    self.parameterCount = parameterCount
  }
}

extension Backend {
  /// A tensor of uniform numbers with mean 0 and deviation 1, the same for the same stream.
  ///
  /// Written in pieces, so that no second copy of a large tensor is ever held.
  func noise(_ shape: Shape, stream: String) -> Tensor {
    var generator = SeededGenerator(seed: 1, stream: stream)
    let result = empty(shape, .workspace)
    let flat = result.reshaped([shape.count])
    let width = 2 * Float(3).squareRoot()
    for start in stride(from: 0, to: shape.count, by: 1 << 20) {
      let piece = flat.slice(start..<min(shape.count, start + 1 << 20))
      write((0..<piece.count).map { _ in (generator.uniform() - 0.5) * width }, to: piece)
    }
    return result
  }
}
