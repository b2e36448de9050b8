import Foundation
import SmallTransformer
import TensorCore

/// What one attention call costs on this machine: the median of some tries, and bytes by the meter.
struct AttentionCost: Codable {
  let name: String
  let length: Int
  /// By `workSeconds`: what else runs on the machine does not count.
  let seconds: Double
  /// Output, one number a row, and what the kernel needs beside its operands.
  let peakBytes: Int
  /// The list of blocks and the masks of the cut ones; 0 where the kernel needs none.
  let listBytes: Int
  let pairCount: Int
  /// Blocks of 64 × 64 that the kernel enters, as its list has them; nil without a list.
  let keptBlocks: Int?

  private init(
    _ pattern: any SparsePattern, _ operands: AttentionOperands, blocks: BlockList?,
    seconds: Double, peakBytes: Int
  ) {
    name = pattern.name
    length = operands.length
    self.seconds = seconds
    self.peakBytes = peakBytes
    listBytes = blocks?.byteCount ?? 0
    pairCount = pattern.pairCount(length: length) ?? pattern.countedPairs(length: length)
    keptBlocks = blocks?.keptCount
  }

  /// Several calls, to be compared: each runs once in every round, so that a machine that changes its
  /// speed changes it for all. The first round does not count; the median of the others does.
  static func byTurns(
    _ calls: [AttentionCall], rounds: Int, on backend: any Backend,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) -> [AttentionCost] {
    let held = backend.meter.current.totalBytes
    var times = [[Double]](repeating: [], count: calls.count)
    var peaks = [Int](repeating: 0, count: calls.count)
    for round in 0...rounds {
      for (index, call) in calls.enumerated() {
        let (time, peak) = backend.meter.scope { call.operands.run(call.problem, on: backend) }
        if round > 0 { times[index].append(time) }
        peaks[index] = peak.totalBytes - held
        progress(round * calls.count + index + 1, (rounds + 1) * calls.count)
      }
    }
    return calls.indices.map { index in
      AttentionCost(
        calls[index].pattern, calls[index].operands, blocks: calls[index].blocks,
        seconds: times[index].sorted()[rounds / 2], peakBytes: peaks[index])
    }
  }
}

/// One pattern over one text, ready to run.
struct AttentionCall {
  let pattern: any SparsePattern
  let operands: AttentionOperands
  /// Without a list of blocks the pattern's window is all there is.
  let blocks: BlockList?

  var problem: AttentionProblem {
    AttentionProblem(
      batchCount: 1, queryLength: operands.length, keyLength: operands.length,
      headCount: operands.headCount, headDim: operands.headDim,
      window: blocks == nil ? pattern.window : nil, blocks: blocks)
  }
}

/// Random queries, keys and values of one text.
struct AttentionOperands {
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

  /// The seconds of one forward pass, by the backend's own clock.
  func run(_ problem: AttentionProblem, on backend: any Backend) -> Double {
    let output = backend.empty([1, length, headCount * headDim], .activations)
    let logSumExp = backend.empty([1, headCount, length], .activations)
    return backend.workSeconds {
      backend.attention(
        queries: view(0), keys: view(1), values: view(2),
        output: HeadView(packed: output, headDim: headDim), logSumExp: logSumExp, problem)
    }
  }

  /// Peak bytes where the probabilities of all pairs are stored, which the plain way must.
  func matrixBytes(on backend: any Backend) -> Int {
    let held = backend.meter.current.totalBytes
    let ((), peak) = backend.meter.scope {
      let map = backend.empty([1, headCount, length, length], .activations)
      backend.attentionMap(
        queries: view(0), keys: view(1), into: map,
        AttentionProblem(
          batchCount: 1, queryLength: length, keyLength: length, headCount: headCount,
          headDim: headDim))
    }
    return peak.totalBytes - held
  }

  private func view(_ part: Int) -> HeadView {
    HeadView(packed: packed, firstHead: part * headCount, headDim: headDim)
  }
}

extension AttentionOperands {
  /// What the engine's kernel gives for one pattern, row by row.
  func output(_ pattern: any SparsePattern, on backend: any Backend) -> [[Float]] {
    let output = backend.empty([1, length, headCount * headDim], .workspace)
    backend.attention(
      queries: view(0), keys: view(1), values: view(2),
      output: HeadView(packed: output, headDim: headDim),
      logSumExp: backend.empty([1, headCount, length], .workspace),
      AttentionProblem(
        batchCount: 1, queryLength: length, keyLength: length, headCount: headCount,
        headDim: headDim, window: pattern.window, blocks: pattern.blocks(length: length)))
    let numbers = backend.read(output)
    let width = headCount * headDim
    return (0..<length).map { Array(numbers[$0 * width..<($0 + 1) * width]) }
  }

  /// Queries, keys and values of the only head, for the plain version.
  func rows(on backend: any Backend) -> (queries: [[Double]], keys: [[Double]], values: [[Double]])
  {
    let numbers = backend.read(packed)
    let width = 3 * headCount * headDim
    func part(_ which: Int) -> [[Double]] {
      (0..<length).map { token in
        let start = token * width + which * headCount * headDim
        return numbers[start..<start + headDim].map(Double.init)
      }
    }
    return (part(0), part(1), part(2))
  }
}
