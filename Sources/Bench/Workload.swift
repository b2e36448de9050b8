import TensorCore

/// The resource that bounds the speed of a workload.
public enum WorkLimit: String, Codable, Sendable {
  /// The multiply-add peak of the machine.
  case multiplyAdd
  /// The read bandwidth of its memory.
  case bandwidth
}

/// Work that is timed: its amount, how to prepare it, and the same work as a request to the peer.
public protocol Workload: Sendable {
  var limit: WorkLimit { get }
  /// FLOPs of one run; a multiply-add is 2 FLOPs.
  var flops: Double { get }
  /// Bytes that one run must read or write in memory; nil unless the limit is bandwidth.
  var byteCount: Double? { get }
  /// Tiles of query-key pairs that are computed, for attention; see `AttentionProblem.tileCount`.
  var tileCount: Int? { get }
  /// The same work as a request to the peer's script; nil if the peer cannot do it.
  var peerRequest: [String: Int]? { get }
  /// Makes all tensors. The result can be run repeatedly.
  func prepare(on backend: any Backend) -> PreparedWork
}

extension Workload {
  public var limit: WorkLimit { .multiplyAdd }
  public var byteCount: Double? { nil }
  public var tileCount: Int? { nil }
}

/// A workload with its tensors.
public struct PreparedWork {
  /// Runs the work once; a training step returns its loss.
  public let run: () -> Double?
  /// The parameters of a model, to be compared with the peer's; nil if it is not a model.
  public let parameterCount: Int?

  public init(parameterCount: Int? = nil, run: @escaping () -> Double?) {
    self.run = run
    self.parameterCount = parameterCount
  }
}

extension Backend {
  /// A tensor of uniform random values with mean 0 and standard deviation 1.
  ///
  /// It is written in chunks, so that there is never a second copy of a large tensor.
  func noise(_ shape: Shape, stream: String) -> Tensor {
    var generator = SeededGenerator(seed: 1, stream: stream)
    let result = empty(shape, .workspace)
    let flat = result.reshaped([shape.count])
    let width = 2 * Float(3).squareRoot()
    for start in stride(from: 0, to: shape.count, by: 1 << 20) {
      let chunk = flat.slice(start..<min(shape.count, start + 1 << 20))
      write((0..<chunk.count).map { _ in (generator.uniform() - 0.5) * width }, to: chunk)
    }
    return result
  }
}
