import TensorCore

/// A group of rows, for `lab bench --only`.
public enum BenchGroup: String, CaseIterable, Codable, Sendable {
  case product, attention, decode, training, long
  /// Sizes for a GPU; measured only on request.
  case large
}

/// A workload with its place in the speed table.
public struct BenchCase: Sendable {
  public var group: BenchGroup
  /// The heading of its rows.
  public var section: String
  public var name: String
  public var workload: any Workload

  public init(group: BenchGroup, section: String, name: String, workload: any Workload) {
    self.group = group
    self.section = section
    self.name = name
    self.workload = workload
  }
}

/// All cases of the speed table, in its order.
public enum BenchSuite {
  public static var all: [BenchCase] { products + attention + decoding + training + [long] }

  /// The products of the standard model: width 128, 16 sequences of 256 tokens.
  static var products: [BenchCase] {
    let (tokens, width) = (16 * 256, 128)
    let hidden = 4 * width
    let shapes: [(String, ProductWorkload)] = [
      ("qkv", ProductWorkload(m: tokens, k: width, n: 3 * width)),
      ("output", ProductWorkload(m: tokens, k: width, n: width)),
      ("up", ProductWorkload(m: tokens, k: width, n: hidden)),
      ("down", ProductWorkload(m: tokens, k: hidden, n: width)),
      ("up, dx", ProductWorkload(m: tokens, k: hidden, n: width, bTransposed: true)),
      ("up, dW", ProductWorkload(m: width, k: tokens, n: hidden, aTransposed: true)),
      ("head", ProductWorkload(m: tokens, k: width, n: 256)),
      ("square", ProductWorkload(m: 1024, k: 1024, n: 1024)),
    ]
    return shapes.map { label, product in
      BenchCase(
        group: .product, section: "product, m×k×n",
        name: "\(label) \(product.m)×\(product.k)×\(product.n)", workload: product)
    }
  }

  static var attention: [BenchCase] {
    [64, 32].flatMap { headDim in
      [1024, 4096].flatMap { length in attention(headDim: headDim, length: length) }
    }
  }

  /// Four heads, one sequence; the window is an eighth of the length; blocks of 64.
  private static func attention(headDim: Int, length: Int) -> [BenchCase] {
    func problem(causal: Bool, window: Int? = nil, blocks: BlockList? = nil) -> AttentionProblem {
      AttentionProblem(
        batchCount: 1, queryLength: length, keyLength: length, headCount: 4, headDim: headDim,
        isCausal: causal, window: window, blocks: blocks)
    }
    let blocks = keptBlocks(length: length, blockSize: 64)
    let window = problem(causal: true, window: length / 8)
    let works: [(String, AttentionWorkload)] = [
      ("full", AttentionWorkload(problem(causal: false))),
      ("causal", AttentionWorkload(problem(causal: true))),
      ("causal + backward", AttentionWorkload(problem(causal: true), hasBackward: true)),
      ("window \(length / 8)", AttentionWorkload(window)),
      ("window + backward", AttentionWorkload(window, hasBackward: true)),
      ("blocks", AttentionWorkload(problem(causal: false, blocks: blocks))),
      (
        "blocks + backward",
        AttentionWorkload(problem(causal: false, blocks: blocks), hasBackward: true)
      ),
    ]
    return works.map { name, work in
      BenchCase(
        group: .attention, section: "attention, head \(headDim), n \(length)", name: name,
        workload: work)
    }
  }

  /// Each block of queries keeps its own block, the neighbors, the first block and two random ones
  /// (Zaheer et al., 2020, section 2). Not causal.
  static func keptBlocks(length: Int, blockSize: Int) -> BlockList {
    let count = (length + blockSize - 1) / blockSize
    var generator = SeededGenerator(seed: 1, stream: "kept blocks")
    let rows = (0..<count).map { row in
      let random = (0..<2).map { _ in generator.integer(below: count) }
      return Set([0, max(0, row - 1), row, min(count - 1, row + 1)] + random).sorted()
    }
    return BlockList(blockSize: blockSize, keptKeyBlocks: rows)
  }

  /// Eight query heads of 64. The number of layers is chosen so that keys and values take 256 MB.
  static var decoding: [BenchCase] {
    [8, 2, 1].map { kvHeads in
      BenchCase(
        group: .decode, section: "decode, 65,536 keys, 8 heads of 64",
        name: kvHeads == 1 ? "1 kv head" : "\(kvHeads) kv heads",
        workload: DecodeWorkload(
          keyLength: 65_536, headCount: 8, kvHeadCount: kvHeads, headDim: 64,
          layerCount: 8 / kvHeads))
    }
  }

  static var training: [BenchCase] {
    let steps = [
      TrainingWorkload(batchCount: 16, length: 256, modelDim: 128, headCount: 4, layerCount: 4),
      TrainingWorkload(batchCount: 8, length: 256, modelDim: 256, headCount: 8, layerCount: 6),
      TrainingWorkload(batchCount: 1, length: 8192, modelDim: 128, headCount: 4, layerCount: 4),
    ]
    return steps.map {
      BenchCase(
        group: .training, section: "training step, batch×length, width×layers",
        name: "\($0.batchCount)×\($0.length), \($0.modelDim)×\($0.layerCount)", workload: $0)
    }
  }

  /// Sizes for a GPU: 16 heads of 64, a model of width 512, and 100,000 tokens. `small` chooses
  /// small sizes, as a test on a machine without a GPU.
  public static func large(small: Bool) -> [BenchCase] {
    let (length, longLength) = small ? (512, 2048) : (16_384, 100_000)
    func attention(_ length: Int, heads: Int, causal: Bool, backward: Bool) -> AttentionWorkload {
      AttentionWorkload(
        AttentionProblem(
          batchCount: 1, queryLength: length, keyLength: length, headCount: heads, headDim: 64,
          isCausal: causal), hasBackward: backward)
    }
    let step = TrainingWorkload(
      batchCount: small ? 1 : 8, length: small ? 64 : 1024, modelDim: small ? 64 : 512,
      headCount: small ? 1 : 8, layerCount: 6)
    let heads = small ? 2 : 16
    let works: [(String, any Workload)] = [
      ("full", attention(length, heads: heads, causal: false, backward: false)),
      ("full + backward", attention(length, heads: heads, causal: false, backward: true)),
      ("causal", attention(length, heads: heads, causal: true, backward: false)),
      ("causal + backward", attention(length, heads: heads, causal: true, backward: true)),
      ("training step", step),
      ("long, causal", attention(longLength, heads: small ? 1 : 4, causal: true, backward: false)),
    ]
    return works.map { name, work in
      BenchCase(
        group: .large, section: "for a GPU\(small ? ", small" : "")", name: name, workload: work)
    }
  }

  /// Causal attention over 100,000 tokens, 4 heads of 64.
  public static var long: BenchCase {
    let length = 100_000
    return BenchCase(
      group: .long, section: "100,000 tokens, 4 heads of 64", name: "causal",
      workload: AttentionWorkload(
        AttentionProblem(
          batchCount: 1, queryLength: length, keyLength: length, headCount: 4, headDim: 64)))
  }
}
