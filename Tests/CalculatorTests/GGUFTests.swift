import Calculator
import Foundation
import ModelFiles
import Testing

/// Models from headers of GGUF files.
@Suite struct GGUFTests {
  /// A header of a model with these sizes, as llama.cpp's converter writes it.
  static func header(_ model: ModelShape, type: Int = 12, layersInFile: Int? = nil) -> Data {
    var bytes = GGUFBytes()
    let (attention, hidden) = (model.layer.attention, model.layer.feedForward.hiddenDim)
    let (d, queries) = (model.modelDim, attention.queryDim)
    let kv = attention.kvHeadCount * attention.headDim
    var tensors: [(String, [Int], Int)] = [
      ("token_embd.weight", [d, model.vocabularyCount], type), ("output_norm.weight", [d], 0),
    ]
    if !model.tiesEmbedding { tensors.append(("output.weight", [d, model.vocabularyCount], 14)) }
    for layer in 0..<(layersInFile ?? model.layerCount) {
      let blk = "blk.\(layer)."
      tensors += [
        (blk + "attn_norm.weight", [d], 0), (blk + "ffn_norm.weight", [d], 0),
        (blk + "attn_q.weight", [d, queries], type), (blk + "attn_k.weight", [d, kv], type),
        (blk + "attn_v.weight", [d, kv], type), (blk + "attn_output.weight", [queries, d], type),
        (blk + "ffn_gate.weight", [d, hidden], type), (blk + "ffn_up.weight", [d, hidden], type),
        (blk + "ffn_down.weight", [hidden, d], type),
      ]
    }
    bytes.text("GGUF", counted: false)
    bytes.integer(3, 4)
    bytes.integer(tensors.count, 8)
    bytes.integer(10, 8)
    bytes.entry("general.architecture", "llama")
    bytes.entry("general.name", "a test")
    bytes.entry("llama.block_count", model.layerCount)
    bytes.entry("llama.context_length", 8192)
    bytes.entry("llama.embedding_length", d)
    bytes.entry("llama.feed_forward_length", hidden)
    bytes.entry("llama.attention.head_count", attention.headCount)
    bytes.entry("llama.attention.head_count_kv", attention.kvHeadCount)
    bytes.text("tokenizer.ggml.tokens")
    bytes.integer(9, 4)
    bytes.integer(8, 4)
    bytes.integer(model.vocabularyCount, 8)
    for token in 0..<model.vocabularyCount { bytes.text("\(token)") }
    bytes.text("tokenizer.ggml.scores")
    bytes.integer(9, 4)
    bytes.integer(6, 4)
    bytes.integer(3, 8)
    for _ in 0..<3 { bytes.integer(0, 4) }
    for (name, dimensions, type) in tensors {
      bytes.text(name)
      bytes.integer(dimensions.count, 4)
      for size in dimensions { bytes.integer(size, 8) }
      bytes.integer(type, 4)
      bytes.integer(0, 8)
    }
    return bytes.data
  }

  @Test func headersOfGGUFFiles() throws {
    for name in ["SmolLM2-135M", "TinyLlama 1.1B"] {
      let known = try ModelShape.named(name)
      let (read, format) = try GGUFHeader.model(Self.header(known), path: "model.gguf")
      #expect(read.parameterCount == known.parameterCount && read.name == "a test")
      #expect(read.groups == known.groups && read.tiesEmbedding == known.tiesEmbedding)
      #expect((4.5..<5.1).contains(format.bitsPerWeight), "\(format)")
    }
  }

  /// Headers with the tensors and the values that llama.cpp's converter writes for three models.
  @Test(arguments: ["Gemma 3 27B", "DeepSeek-V2", "gpt-oss-20b"])
  func headersOfOtherArchitectures(name: String) throws {
    let known = try ModelShape.named(name)
    let header =
      switch name {
      case "Gemma 3 27B": Self.gemma3
      case "DeepSeek-V2": Self.deepSeek2
      default: Self.gptOss
      }
    let (read, format) = try GGUFHeader.model(header.data, path: "model.gguf")
    #expect(read.parameterCount == known.parameterCount)
    #expect(read.activeParameterCount == known.activeParameterCount)
    #expect(read.cacheBytes(tokens: 100_000) == known.cacheBytes(tokens: 100_000))
    #expect(Set(read.groups.map(\.count)) == Set(known.groups.map(\.count)))
    #expect((4.2..<5.5).contains(format.bitsPerWeight), "\(format)")
  }

  /// Types of tensors: 32 bits, Q8_0, Q4_K and MXFP4.
  private static let (f32, q8, q4, mxfp4) = (0, 8, 12, 39)

  private static var gemma3: GGUFBytes {
    let (d, heads, kvHeads, headDim, hidden, vocabulary) = (5376, 32, 16, 128, 21_504, 262_208)
    var tensors: [GGUFBytes.Tensor] = [
      ("token_embd", [d, vocabulary], q4), ("output_norm", [d], f32),
    ]
    for layer in 0..<62 {
      let blk = "blk.\(layer)."
      for norm in ["attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm"] {
        tensors.append((blk + norm, [d], f32))
      }
      tensors += [
        (blk + "attn_q_norm", [headDim], f32), (blk + "attn_k_norm", [headDim], f32),
        (blk + "attn_q", [d, heads * headDim], q4), (blk + "attn_k", [d, kvHeads * headDim], q4),
        (blk + "attn_v", [d, kvHeads * headDim], q4),
        (blk + "attn_output", [heads * headDim, d], q4), (blk + "ffn_gate", [d, hidden], q4),
        (blk + "ffn_up", [d, hidden], q4), (blk + "ffn_down", [hidden, d], q4),
      ]
    }
    return GGUFBytes(
      "gemma3",
      [
        ("embedding_length", d), ("block_count", 62), ("feed_forward_length", hidden),
        ("attention.head_count", heads), ("attention.head_count_kv", kvHeads),
        ("attention.key_length", headDim), ("attention.value_length", headDim),
        ("attention.sliding_window", 1024), ("vocab_size", vocabulary),
      ], tensors)
  }

  /// With the widths of one latent head, as in files since 2025.
  private static var deepSeek2: GGUFBytes {
    let (d, heads, rank, queryRank, hidden, vocabulary) = (5120, 128, 512, 1536, 12_288, 102_400)
    let (experts, expert) = (160, 1536)
    var tensors: [GGUFBytes.Tensor] = [
      ("token_embd", [d, vocabulary], q4), ("output", [d, vocabulary], q4),
      ("output_norm", [d], f32),
    ]
    for layer in 0..<60 {
      let blk = "blk.\(layer)."
      tensors += [
        (blk + "attn_norm", [d], f32), (blk + "ffn_norm", [d], f32),
        (blk + "attn_q_a", [d, queryRank], q4), (blk + "attn_q_a_norm", [queryRank], f32),
        (blk + "attn_q_b", [queryRank, heads * 192], q4), (blk + "attn_kv_a_mqa", [d, 576], q4),
        (blk + "attn_kv_a_norm", [rank], f32), (blk + "attn_k_b", [128, rank, heads], q8),
        (blk + "attn_v_b", [rank, 128, heads], q8), (blk + "attn_output", [heads * 128, d], q4),
      ]
      for part in ["gate", "up", "down"] {
        if layer == 0 {
          tensors.append((blk + "ffn_" + part, [d, hidden], q4))
        } else {
          tensors.append((blk + "ffn_\(part)_exps", [d, expert, experts], q4))
          tensors.append((blk + "ffn_\(part)_shexp", [d, 2 * expert], q4))
        }
      }
      if layer > 0 { tensors.append((blk + "ffn_gate_inp", [d, experts], f32)) }
    }
    return GGUFBytes(
      "deepseek2",
      [
        ("embedding_length", d), ("block_count", 60), ("feed_forward_length", hidden),
        ("attention.head_count", heads), ("attention.head_count_kv", 1),
        ("attention.kv_lora_rank", rank), ("attention.q_lora_rank", queryRank),
        ("attention.key_length", 576), ("attention.value_length", 512),
        ("attention.key_length_mla", 192), ("attention.value_length_mla", 128),
        ("rope.dimension_count", 64), ("expert_count", experts), ("expert_used_count", 6),
        ("expert_shared_count", 2), ("expert_feed_forward_length", expert),
        ("leading_dense_block_count", 1), ("vocab_size", vocabulary),
      ], tensors)
  }

  private static var gptOss: GGUFBytes {
    let (d, heads, kvHeads, headDim, hidden, vocabulary) = (2880, 64, 8, 64, 2880, 201_088)
    let experts = 32
    var tensors: [GGUFBytes.Tensor] = [
      ("token_embd", [d, vocabulary], q8), ("output", [d, vocabulary], q8),
      ("output_norm", [d], f32),
    ]
    for layer in 0..<24 {
      let blk = "blk.\(layer)."
      tensors += [
        (blk + "attn_norm", [d], f32), (blk + "post_attention_norm", [d], f32),
        (blk + "attn_sinks", [heads], f32), (blk + "attn_output", [heads * headDim, d], q8),
        (blk + "ffn_gate_inp", [d, experts], f32),
      ]
      for (part, count) in [("q", heads), ("k", kvHeads), ("v", kvHeads)] {
        tensors.append((blk + "attn_" + part, [d, count * headDim], q8))
        tensors.append((blk + "attn_\(part).bias", [count * headDim], f32))
      }
      tensors.append((blk + "attn_output.bias", [d], f32))
      tensors.append((blk + "ffn_gate_inp.bias", [experts], f32))
      for part in ["gate", "up", "down"] {
        tensors.append((blk + "ffn_\(part)_exps", [d, hidden, experts], mxfp4))
        tensors.append((blk + "ffn_\(part)_exps.bias", [hidden, experts], f32))
      }
    }
    return GGUFBytes(
      "gpt-oss",
      [
        ("embedding_length", d), ("block_count", 24), ("feed_forward_length", hidden),
        ("attention.head_count", heads), ("attention.head_count_kv", kvHeads),
        ("attention.key_length", headDim), ("attention.value_length", headDim),
        ("attention.sliding_window", 128), ("expert_count", experts), ("expert_used_count", 4),
        ("expert_feed_forward_length", hidden), ("vocab_size", vocabulary),
      ], tensors)
  }

  @Test func partsOfASplitModel() {
    do throws(ModelFileError) {
      _ = try GGUFHeader.model(Self.header(Self.small, layersInFile: 1), path: "model.gguf")
      Issue.record("no error")
    } catch {
      #expect(error.description.contains("join the parts"), "\(error)")
    }
  }

  static let small = ModelShape(
    name: "small", layerCount: 2, modelDim: 256, headCount: 4, kvHeadCount: 2,
    feedForwardDim: 512, vocabularyCount: 20, source: "test")

  /// A header that ends early gives a sentence, wherever it ends.
  @Test func truncatedHeaders() {
    let whole = Self.header(Self.small)
    for length in 0..<whole.count {
      #expect(throws: ModelFileError.self) {
        try GGUFHeader.model(whole.prefix(length), path: "model.gguf")
      }
    }
  }

  /// Headers with absurd numbers: the sentence names what is wrong.
  @Test(
    arguments: [
      ("has 9 dimensions", [9], 1), ("unknown type 77", [4], 77),
      ("rows of a tensor", [1 << 50], 0), ("elements", [1 << 40, 1 << 40], 0),
      ("weights", [1 << 25, 1 << 24], 0),
    ] as [(String, [Int], Int)])
  func absurdTensors(part: String, sizes: [Int], type: Int) {
    var bytes = GGUFBytes()
    bytes.text("GGUF", counted: false)
    bytes.integer(3, 4)
    bytes.integer(2, 8)
    bytes.integer(6, 8)
    bytes.entry("general.architecture", "llama")
    for (key, value) in [
      ("block_count", 1), ("embedding_length", 8), ("attention.head_count", 2),
      ("feed_forward_length", 8), ("vocab_size", 8),
    ] {
      bytes.entry("llama." + key, value)
    }
    for name in ["output.weight", "other.weight"] {
      bytes.text(name)
      bytes.integer(sizes == [9] ? 9 : sizes.count, 4)
      for size in sizes { bytes.integer(size, 8) }
      bytes.integer(type, 4)
      bytes.integer(0, 8)
    }
    do throws(ModelFileError) {
      _ = try GGUFHeader.model(bytes.data, path: "model.gguf")
      Issue.record("no error for \(part)")
    } catch {
      #expect(error.description.contains(part), "\(error)")
    }
  }

  /// Any byte may be anything: the reader gives a model or a sentence, and the model can be
  /// calculated with.
  @Test func changedHeaders() {
    let whole = Self.header(Self.small)
    var generator = SplitMix(state: 7)
    for _ in 0..<3000 {
      var changed = whole
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        changed[Int.random(in: 0..<changed.count, using: &generator)] =
          [0, 1, 0x7f, 0x80, 0xff, UInt8.random(in: 0...255, using: &generator)].randomElement()
          ?? 0
      }
      guard let read = try? GGUFHeader.model(changed, path: "model.gguf") else { continue }
      #expect(MemoryPlan(model: read.model).estimate.total > 0)
    }
  }

  /// Of a file of weights the header is read, through a link too.
  @Test func headerOfALargeFile() throws {
    let folder = FileManager.default.temporaryDirectory
    let file = folder.appendingPathComponent(UUID().uuidString)
    let link = folder.appendingPathComponent(UUID().uuidString)
    defer { for url in [link, file] { try? FileManager.default.removeItem(at: url) } }
    let known = try ModelShape.named("SmolLM2-135M")
    try Self.header(known).write(to: file)
    try #require(truncate(file.path, 1 << 40) == 0)
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
    #expect(try GGUFHeader.model(at: link.path).model.parameterCount == known.parameterCount)
  }

  /// Numbers in arrays are kept for as many as a model may have layers; longer arrays are skipped.
  @Test func longArraysAreSkipped() {
    var bytes = GGUFBytes()
    bytes.text("GGUF", counted: false)
    bytes.integer(3, 4)
    bytes.integer(0, 8)
    bytes.integer(1, 8)
    bytes.text("scores")
    bytes.integer(9, 4)
    bytes.integer(0, 4)
    bytes.integer(50_000_000, 8)
    bytes.data.append(Data(count: 50_000_000))
    let time = ContinuousClock().measure {
      #expect(throws: ModelFileError.self) { try GGUFHeader.model(bytes.data, path: "a.gguf") }
    }
    #expect(time < .seconds(10))
  }
}

/// Bytes of a GGUF header.
private struct GGUFBytes {
  typealias Tensor = (name: String, sizes: [Int], type: Int)

  var data = Data()

  init() {}

  /// A whole header. A tensor that is no bias gets the suffix ".weight".
  init(_ architecture: String, _ values: [(String, Int)], _ tensors: [Tensor]) {
    text("GGUF", counted: false)
    integer(3, 4)
    integer(tensors.count, 8)
    integer(1 + values.count, 8)
    entry("general.architecture", architecture)
    for (key, value) in values { entry(architecture + "." + key, value) }
    for (name, sizes, type) in tensors {
      text(name.hasSuffix(".bias") ? name : name + ".weight")
      integer(sizes.count, 4)
      for size in sizes { integer(size, 8) }
      integer(type, 4)
      integer(0, 8)
    }
  }

  mutating func integer(_ value: Int, _ size: Int) {
    for index in 0..<size { data.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
  }

  mutating func text(_ text: String, counted: Bool = true) {
    if counted { integer(text.utf8.count, 8) }
    data.append(contentsOf: text.utf8)
  }

  mutating func entry(_ key: String, _ value: String) {
    text(key)
    integer(8, 4)
    text(value)
  }

  mutating func entry(_ key: String, _ value: Int) {
    text(key)
    integer(4, 4)
    integer(value, 4)
  }
}
