import Autograd
import SmallTransformer
import TensorCore

/// Random queries, keys and values of one text, packed as `[1, length, 3 · headCount · headDim]`.
struct RandomHeads {
  let length: Int
  let headCount: Int
  let headDim: Int
  private let packed: Tensor

  init(length: Int, headCount: Int, headDim: Int, seed: UInt64, on backend: any Backend) {
    (self.length, self.headCount, self.headDim) = (length, headCount, headDim)
    var generator = SeededGenerator(seed: seed, stream: "attention operands")
    let width = 3 * headCount * headDim
    packed = backend.tensor(
      (0..<length * width).map { _ in generator.uniform() * 2 - 1 }, [1, length, width], .workspace)
  }

  /// Full attention over all pairs unless a window or a list of blocks is given.
  func problem(window: Int? = nil, blocks: BlockList? = nil) -> AttentionProblem {
    AttentionProblem(
      batchCount: 1, queryLength: length, keyLength: length, headCount: headCount,
      headDim: headDim, window: window, blocks: blocks)
  }

  /// The output `[1, length, headCount · headDim]` and the seconds that it took, in `workSeconds` of
  /// the backend: of the kernel, or of `attend` in its place.
  func run(
    _ problem: AttentionProblem, purpose: MemoryPurpose = .activations, on backend: any Backend,
    attend: ((AttentionOperands) -> Void)? = nil
  ) -> (output: Tensor, seconds: Double) {
    let output = backend.empty([1, length, headCount * headDim], purpose)
    let operands = AttentionOperands(
      queries: view(.queries), keys: view(.keys), values: view(.values),
      output: HeadView(packed: output, headDim: headDim),
      logSumExp: backend.empty([1, headCount, length], purpose))
    let seconds = backend.workSeconds {
      if let attend { attend(operands) } else { backend.attention(operands, problem) }
    }
    return (output, seconds)
  }

  /// The blocks that a pattern chooses by these queries and keys.
  func blocks(of pattern: any ContentPattern, on backend: any Backend) -> BlockList {
    pattern.blocks(of: PackedHeads(packed, problem()), problem(), on: backend)
  }

  /// Peak bytes where the probabilities of all pairs are stored, as in naive attention.
  func matrixBytes(on backend: any Backend) -> Int {
    let before = backend.meter.current.totalBytes
    let ((), peak) = backend.meter.scope {
      let map = backend.empty([1, headCount, length, length], .activations)
      backend.attentionMap(queries: view(.queries), keys: view(.keys), into: map, problem())
    }
    return peak.totalBytes - before
  }

  private enum Part: Int {
    case queries, keys, values
  }

  private func view(_ part: Part) -> HeadView {
    HeadView(packed: packed, firstHead: part.rawValue * headCount, headDim: headDim)
  }
}

extension RandomHeads {
  /// The largest absolute difference between the kernel's output and the reference's.
  ///
  /// The kernel uses the pattern's window and blocks. The reference asks about each pair.
  /// - Precondition: one head.
  func largestDifference(_ pattern: any SparsePattern, on backend: any Backend) -> Double {
    precondition(headCount == 1, "comparison with the reference: \(headCount) heads, not one")
    let (queries, keys, values) = (
      read(.queries, backend), read(.keys, backend), read(.values, backend)
    )
    let problem = problem(window: pattern.window, blocks: pattern.blocks(length: length))
    let found = backend.read(run(problem, purpose: .workspace, on: backend).output)
    let map = ReferenceAttention.probabilities(queries: queries, keys: keys, problem) {
      $1 <= $0 && pattern.sees(query: $0, key: $1)
    }.map
    let expected = ReferenceAttention.output(map: map, values: values, problem)
    return largestAbsoluteDifference(found, expected)
  }

  /// Queries, keys or values of the only head, `[length, headDim]`.
  private func read(_ part: Part, _ backend: any Backend) -> [Float] {
    let elements = backend.read(packed)
    return (0..<length).flatMap { token in
      let start = (3 * token + part.rawValue) * headDim
      return elements[start..<start + headDim]
    }
  }
}
