import Autograd
import Corpora
import LessonKit
import SmallTransformer
import TensorCore

/// The exercises whose functions this lesson can call in place of its own.
extension SparseMasksLesson {
  public static var runsWith: [String] {
    [windowMask.exercise, stridedKeys.exercise, blockList.exercise]
  }

  static let windowMask = LearnerFunction<WindowCall, [[Bool]]>("window-mask")
  static let stridedKeys = LearnerFunction<StrideCall, [[Int]]>("strided-mask")
  static let blockList = LearnerFunction<BlocksCall, [[Int]]>("block-list")

  /// The patterns of the lesson, with the learner's window and the learner's stride in place of the
  /// lesson's if the run has them; for texts of `length` tokens.
  func withLearners(
    _ patterns: Keyed<Mask, any SparsePattern>, _ notebook: Notebook, length: Int
  ) throws -> Keyed<Mask, any SparsePattern> {
    let window = notebook.learners(Self.windowMask)
    let stride = notebook.learners(Self.stridedKeys)
    return try patterns.mapValues { mask, pattern in
      if let window, let call = WindowCall(pattern, length: length) {
        let rows = try window(call) {
          $0.count == length && $0.allSatisfy { $0.count == length }
        }
        return LearnersPattern(
          pattern.name, keys: rows.map { row in row.indices.filter { row[$0] } })
      }
      if let stride, let own = pattern as? Strided {
        let keys = try stride(StrideCall(length: length, stride: own.stride)) {
          $0.count == length && $0.allSatisfy { $0.allSatisfy { (0..<length).contains($0) } }
        }
        return LearnersPattern(own.name, keys: keys)
      }
      return pattern
    }
  }
}

extension SparseMasksLesson {
  /// Attends only in the blocks that the learner's function chooses by the attention of the trained
  /// model, if the run has it.
  func attendWithLearners(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ model: Transformer
  ) throws {
    guard let learners = notebook.learners(Self.blockList) else { return }
    let (length, blockSize, count) = (experiment.textSchedule.length, 16, 3)
    notebook.heading("Your block list")
    notebook.say(
      """
      The model with full attention reads \(length) bytes of held-out text. The attention of its \
      last layer, averaged over the heads, are the scores. Your `keptBlocks` chooses \(count) \
      blocks of \(blockSize) × \(blockSize) pairs for each row of blocks, and the engine's kernel \
      attends in these blocks only. A window of as many blocks is the same for every text.
      """)
    notebook.showLearners(Self.blockList)
    let tokens = Array(
      try notebook.heldOutWindows(book, length: length, tokenCount: length)[0].prefix(length))
    let found = try notebook.step(
      "learners-blocks", "Choose blocks with your function, and attend in them"
    ) {
      let heads = LayerHeads(
        model.heads(of: tokens, layer: model.configuration.layerCount - 1))
      let scores = heads.meanAttention(on: notebook.backend)
      let rowCount = (length + blockSize - 1) / blockSize
      let kept = try learners(
        BlocksCall(scores: scores, blockSize: blockSize, count: count)
      ) { rows in
        rows.count == rowCount
          && rows.enumerated().allSatisfy { row, blocks in
            zip(blocks, blocks.dropFirst()).allSatisfy(<)
              && blocks.allSatisfy((0...row).contains) && blocks.last == row
          }
      }
      let window = (0..<rowCount).map { Array(max(0, $0 + 1 - count)...$0) }
      let lists = [kept, window].map { BlockList(blockSize: blockSize, keptKeyBlocks: $0) }
      return LearnersBlocks(
        shares: lists.map { list in
          let pairs = scores.indices.map { query in
            (0...query).reduce(Float(0)) {
              list.keeps(query: query, key: $1) ? $0 + scores[query][$1] : $0
            }
          }
          return Double(pairs.reduce(0, +)) / Double(length)
        },
        difference: heads.largestDifference(in: lists[0], on: notebook.backend))
    }
    notebook.measure(
      "learners-blocks-share", "Share of the attention that your blocks keep", found.shares[0],
      .percent)
    notebook.measure(
      "window-blocks-share", "Share that a window of as many blocks keeps", found.shares[1],
      .percent)
    notebook.claim(
      "learners-blocks-difference",
      "With your blocks, the kernel's output differs by at most {} from the reference",
      found.difference, atMost: 1e-4, from: .smoke, kind: .exact)
  }
}

/// The share of the attention in the learner's blocks and in a window, and the largest difference
/// of an output between kernel and reference in the learner's blocks.
private struct LearnersBlocks: Codable {
  let shares: [Double]
  let difference: Double
}

/// A sliding window, with sinks or without, for the last tokens of a text. The answer is the mask,
/// `[query][key]`.
struct WindowCall: Encodable {
  let queryCount: Int
  let keyCount: Int
  let window: Int
  let sinkCount: Int

  /// For all tokens of a text; nil if the pattern is another one.
  init?(_ pattern: any SparsePattern, length: Int) {
    switch pattern {
    case let pattern as SlidingWindow: (window, sinkCount) = (pattern.length, 0)
    case let pattern as SinksAndWindow:
      (window, sinkCount) = (pattern.windowLength, pattern.sinkCount)
    default: return nil
    }
    (queryCount, keyCount) = (length, length)
  }
}

/// A strided mask. The answer has the keys of each query.
struct StrideCall: Encodable {
  let length: Int
  let stride: Int
}

/// A pattern from the keys of each query, as the learner's function gave them.
struct LearnersPattern: SparsePattern {
  let name: String
  private let ranges: [[Range<Int>]]

  init(_ name: String, keys: [[Int]]) {
    self.name = name + ", yours"
    ranges = keys.map { joinedRanges($0.map { $0..<$0 + 1 }) }
  }

  var identity: String { "learner's \(ranges)" }

  func keys(of query: Int) -> [Range<Int>] { ranges[query] }
}

/// The scores of a text, `[query][key]`. The answer has the kept blocks of each row of blocks.
struct BlocksCall: Encodable {
  let scores: [[Float]]
  let blockSize: Int
  let count: Int
}

/// Queries, keys and values of one layer for a text.
private struct LayerHeads {
  let views: PackedHeads
  let problem: AttentionProblem

  init(_ heads: (views: PackedHeads, problem: AttentionProblem)) {
    (views, problem) = heads
  }

  /// The attention of each query to each key, the mean of the heads.
  func meanAttention(on backend: any Backend) -> [[Float]] {
    let (length, heads) = (problem.queryLength, problem.headCount)
    let map = backend.empty([1, heads, length, length], .workspace)
    backend.attentionMap(queries: views.queries, keys: views.keys, into: map, problem)
    let all = backend.read(map)
    return (0..<length).map { query in
      (0..<length).map { key in
        (0..<heads).reduce(Float(0)) { $0 + all[($1 * length + query) * length + key] }
          / Float(heads)
      }
    }
  }

  /// The largest difference of an output between the kernel and the reference in these blocks.
  func largestDifference(in blocks: BlockList, on backend: any Backend) -> Double {
    var problem = problem
    problem.blocks = blocks
    let (length, heads, width) = (problem.queryLength, problem.headCount, problem.headDim)
    let output = backend.empty([1, heads, length, width], .workspace)
    backend.attention(
      AttentionOperands(
        queries: views.queries, keys: views.keys, values: views.values,
        output: HeadView(headMajor: output),
        logSumExp: backend.empty([1, heads, length], .workspace)), problem)
    func read(_ view: HeadView, _ count: Int) -> [Float] {
      view.rows(length: length, headCount: count, headDim: width, on: backend).joined()
        .flatMap { $0 }
    }
    let map = ReferenceAttention.probabilities(
      queries: read(views.queries, heads), keys: read(views.keys, problem.kvHeadCount), problem
    ).map
    return largestAbsoluteDifference(
      backend.read(output),
      ReferenceAttention.output(
        map: map, values: read(views.values, problem.kvHeadCount), problem))
  }
}
