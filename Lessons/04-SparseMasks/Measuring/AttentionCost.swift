import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// The time and memory of one attention call: median seconds, and bytes as the backend's meter
/// counts them.
struct AttentionCost: Codable {
  let mask: Mask
  let name: String
  let length: Int
  /// Median of `workSeconds`, which excludes other work on the machine.
  let seconds: Double
  /// Output, log-sum-exp and the kernel's workspace: everything beyond queries, keys and values.
  let peakBytes: Int
  /// The list of blocks with the masks of the cut ones; 0 for a kernel without a list.
  let listBytes: Int
  let pairCount: Int
  /// Blocks of 64 × 64 pairs that the kernel enters; nil without a list.
  let keptBlocks: Int?

  private init(_ call: AttentionCall, seconds: Double, peakBytes: Int) {
    mask = call.mask
    name = call.pattern.name
    length = call.operands.length
    self.seconds = seconds
    self.peakBytes = peakBytes
    listBytes = call.blocks?.byteCount ?? 0
    pairCount =
      call.pattern.pairCount(length: length) ?? call.pattern.countedPairs(length: length)
    keptBlocks = call.blocks?.keptCount
  }

  /// Measures several calls in interleaved rounds, so that they can be compared.
  static func measure(
    _ calls: [AttentionCall], rounds: Int, on backend: any Backend,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) -> [AttentionCost] {
    let before = backend.meter.current.totalBytes
    let samples = interleaved(calls, rounds: rounds, progress: progress) { call in
      let (seconds, peak) = backend.meter.scope {
        call.operands.run(call.problem, on: backend).seconds
      }
      return (seconds: seconds, bytes: peak.totalBytes - before)
    }
    return zip(calls, samples).map { call, samples in
      AttentionCost(
        call, seconds: median(samples.map(\.seconds)), peakBytes: samples.last?.bytes ?? 0)
    }
  }
}

/// One mask over one text, ready to run.
struct AttentionCall {
  let mask: Mask
  let pattern: any SparsePattern
  let operands: RandomHeads
  /// Nil for a pattern that the kernel computes from its window alone.
  let blocks: BlockList?

  var problem: AttentionProblem {
    operands.problem(window: blocks == nil ? pattern.window : nil, blocks: blocks)
  }
}

extension Mask {
  /// Its color in figures.
  var concept: Concept {
    switch self {
    case .causal: .standardAttention
    case .window: .window
    case .dilated: .dilated
    case .strided: .strided
    case .fixed: .fixedPattern
    case .global: .globalTokens
    case .randomBlocks: .randomBlocks
    case .blockSparse: .tiledAttention
    case .sinks: .sinks
    }
  }
}
