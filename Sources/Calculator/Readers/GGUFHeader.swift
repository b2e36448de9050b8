import Foundation
import ModelFiles

/// Reads the sizes of a model from the header of a GGUF file: metadata, and the shape and type of each
/// tensor. The weights themselves are not read.
public struct GGUFHeader {
  private let file: GGUFFile
  private var path: String { file.path }
  private var values: [String: GGUFFile.Value] { file.values }
  private var tensors: [GGUFFile.Tensor] { file.tensors }

  /// - Throws: `ModelFileError`.
  public static func model(
    at path: String
  ) throws(ModelFileError) -> (model: ModelShape, format: WeightFormat) {
    try model(GGUFFile(at: path))
  }

  /// The model in these bytes.
  /// - Throws: `ModelFileError`.
  public static func model(
    _ bytes: Data, path: String
  ) throws(ModelFileError) -> (model: ModelShape, format: WeightFormat) {
    try model(GGUFFile(bytes, path: path))
  }

  /// The model of a header that was already read.
  /// - Throws: `ModelFileError`.
  public static func model(
    _ file: GGUFFile
  ) throws(ModelFileError) -> (model: ModelShape, format: WeightFormat) {
    let header = GGUFHeader(file: file)
    return (try header.model(), header.format)
  }

  // MARK: The model

  private func failure(_ reason: String) -> ModelFileError {
    ModelFileError(path: path, reason: reason)
  }

  private func value(_ key: String) -> GGUFFile.Value? { values["\(architecture).\(key)"] }

  private var architecture: String {
    if case .text(let name) = values["general.architecture"] {
      String(name.prefix(100))
    } else {
      ""
    }
  }

  private func whole(_ number: Double, _ key: String) throws(ModelFileError) -> Int {
    guard number == number.rounded(), (0...1e12).contains(number) else {
      throw failure("'\(key)' is \(number), not a whole number of a usable size")
    }
    return Int(number)
  }

  private func number(_ key: String) throws(ModelFileError) -> Int? {
    switch value(key) {
    case .number(let number): try whole(number, key)
    case nil: nil
    default: throw failure("'\(key)' is not a number")
    }
  }

  private func required(_ key: String) throws(ModelFileError) -> Int {
    guard let found = try number(key) else { throw failure("it has no '\(architecture).\(key)'") }
    return found
  }

  /// One number per layer, or the same for all.
  private func perLayer(_ key: String, _ count: Int) throws(ModelFileError) -> [Int]? {
    switch value(key) {
    case .number(let number): return [Int](repeating: try whole(number, key), count: count)
    case .array(let length, let numbers):
      guard length == count, numbers.count == count else {
        throw failure("'\(key)' has \(length) numbers for \(count) layers")
      }
      var all: [Int] = []
      for number in numbers { all.append(try whole(number, key)) }
      return all
    case nil: return nil
    default: throw failure("'\(key)' is not a number")
    }
  }

  private func model() throws(ModelFileError) -> ModelShape {
    guard !architecture.isEmpty else { throw failure("it names no architecture") }
    let layerCount = try required("block_count")
    guard (1...ModelShape.mostLayers).contains(layerCount) else {
      throw failure("it has \(layerCount) layers; from 1 to \(ModelShape.mostLayers)")
    }
    let names = Set(tensors.map(\.name))
    guard !names.contains(where: { $0.contains(".ssm_") }) else {
      throw failure("some of its layers keep a state instead of keys and values")
    }
    let width = try required("embedding_length")
    let attentions = try attentions(layerCount, width: width, names)
    let feedForwards = try feedForwards(layerCount, names)
    let first = "blk.0."
    let normCount = names.count {
      $0.hasPrefix(first) && $0.hasSuffix("norm.weight")
        && ["attn_norm", "ffn_norm", "post_attention_norm", "post_ffw_norm"]
          .contains(String($0.dropFirst(first.count).dropLast(".weight".count)))
    }
    let layers = (0..<layerCount).map { index in
      Layer(attentions[index], feedForwards[index], normCount: tensors.isEmpty ? 2 : normCount)
    }
    var model = ModelShape(
      name: modelName, modelDim: width, vocabularyCount: try vocabulary(), layers: layers,
      norm: names.contains(first + "attn_norm.bias") ? .layerNorm : .rmsNorm,
      tiesEmbedding: !tensors.isEmpty && !names.contains("output.weight"),
      learnedPositionCount: tensors.first { $0.name == "position_embd.weight" }?.dimensions.last
        ?? 0,
      trainedContext: try number("context_length"),
      source: Self.known.contains(architecture)
        ? path : "\(path), read like Llama's: the architecture '\(architecture)' is not known")
    if let objection = model.objection { throw failure(objection) }
    // What the sizes do not describe, for instance factors of rotary positions.
    let counted = tensors.reduce(0.0) { $0 + Double($1.count) }
    guard counted < 1e15 else { throw failure("it has \(counted) weights") }
    if counted > 0 {
      let other = counted - Double(model.parameterCount)
      guard other > -0.02 * counted else {
        throw failure(
          "its tensors have \(Int(counted)) weights, but its sizes give \(model.parameterCount); "
            + "if it is one part of a split model, join the parts first")
      }
      if other > 0 { model.otherParameterCount = Int(other) }
    }
    return model
  }

  /// Architectures whose fields are known.
  private static let known: Set<String> = [
    "llama", "gpt2", "phi2", "phi3", "mpt", "olmo", "olmo2", "qwen2", "qwen2moe", "qwen3",
    "qwen3moe", "gemma", "gemma2", "gemma3", "deepseek2", "gpt-oss", "smollm3",
  ]

  private var modelName: String {
    if case .text(let name) = values["general.name"], !name.isEmpty {
      return String(name.prefix(100))
    }
    return URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
  }

  private func vocabulary() throws(ModelFileError) -> Int {
    if let found = try number("vocab_size") { return found }
    if case .array(let count, _) = values["tokenizer.ggml.tokens"] { return count }
    if let table = tensors.first(where: { $0.name == "token_embd.weight" }),
      let rows = table.dimensions.last
    {
      return rows
    }
    throw failure("it has neither 'vocab_size' nor a vocabulary")
  }

  private func attentions(
    _ layerCount: Int, width: Int, _ names: Set<String>
  ) throws(ModelFileError) -> [Attention] {
    guard let heads = try perLayer("attention.head_count", layerCount) else {
      throw failure("it has no '\(architecture).attention.head_count'")
    }
    let kvHeads = try perLayer("attention.head_count_kv", layerCount) ?? heads
    guard let least = heads.min(), least > 0 else { throw failure("a layer has no heads") }
    let keyDim = try number("attention.key_length") ?? width / heads[0]
    let valueDim = try number("attention.value_length") ?? keyDim
    let first = "blk.0."
    let hasBiases = names.contains(first + "attn_q.bias") || names.contains(first + "attn_qkv.bias")
    let normRows = tensors.first { $0.name == first + "attn_q_norm.weight" }.map(\.count)
    let windows = try windows(layerCount)
    var all: [Attention] = []
    for index in 0..<layerCount {
      var attention = Attention(
        heads: heads[index], kvHeads: kvHeads[index], headDim: keyDim, valueHeadDim: valueDim,
        window: windows[index],
        biases: !hasBiases ? .none : names.contains(first + "attn_output.bias") ? .all : .inputs,
        queryKeyNorm: normRows == nil ? .none : normRows == keyDim ? .perHead : .allHeads,
        hasSinks: names.contains(first + "attn_sinks.weight"))
      if let rank = try number("attention.kv_lora_rank") {
        let rotary = try number("rope.dimension_count") ?? 64
        attention.latent = Attention.Latent(
          rank: rank, rotaryDim: rotary, queryRank: try number("attention.q_lora_rank"))
        // Files for absorbed projections state the widths of one latent head.
        attention.headDim = try number("attention.key_length_mla") ?? keyDim
        attention.valueHeadDim = try number("attention.value_length_mla") ?? valueDim
        attention.kvHeadCount = attention.headCount
      }
      all.append(attention)
    }
    return all
  }

  private func windows(_ layerCount: Int) throws(ModelFileError) -> [Int?] {
    guard let window = try number("attention.sliding_window"), window > 0 else {
      return [Int?](repeating: nil, count: layerCount)
    }
    if case .array(let count, let flags) = value("attention.sliding_window_pattern"),
      count == layerCount, flags.count == layerCount
    {
      return flags.map { $0 == 0 ? nil : window }
    }
    let every: Int
    switch architecture {
    case "gemma2", "gpt-oss": every = 2
    case "gemma3": every = 6
    default: every = 0
    }
    return (0..<layerCount).map { every > 0 && ($0 + 1) % every == 0 ? nil : window }
  }

  private func feedForwards(
    _ layerCount: Int, _ names: Set<String>
  ) throws(ModelFileError) -> [FeedForward] {
    let hidden = try perLayer("feed_forward_length", layerCount)
    let experts = try number("expert_count") ?? 0
    let firstDense = try number("leading_dense_block_count") ?? 0
    let one = try number("expert_feed_forward_length")
    var shared = try number("expert_shared_feed_forward_length") ?? 0
    if let count = try number("expert_shared_count"), let one, shared == 0 {
      guard count <= 1000, one <= ModelShape.largestSize else {
        throw failure("it has \(count) shared experts of \(one)")
      }
      shared = count * one
    }
    guard experts <= 100_000 else { throw failure("it has \(experts) experts") }
    var all: [FeedForward] = []
    for index in 0..<layerCount {
      let layer = "blk.\(index)."
      let isGated =
        tensors.isEmpty || names.contains(layer + "ffn_gate.weight")
        || names.contains(layer + "ffn_gate_exps.weight")
        || names.contains(layer + "ffn_gate.0.weight") || architecture.hasPrefix("phi3")
      let isRouted =
        tensors.isEmpty ? index >= firstDense : names.contains(layer + "ffn_gate_inp.weight")
      if experts > 0, isRouted {
        guard let width = one ?? hidden?[index] else { throw failure("its experts have no width") }
        let corrections = names.contains(layer + "exp_probs_b.bias") ? experts : 0
        let biases = names.contains(layer + "ffn_gate_inp.bias") ? experts : 0
        all.append(
          FeedForward(
            width, isGated: isGated, hasBiases: names.contains(layer + "ffn_down_exps.bias"),
            experts: FeedForward.Experts(
              total: experts, active: try required("expert_used_count"), sharedDim: shared,
              otherWeights: corrections + biases)))
      } else {
        guard let width = hidden?[index] else {
          throw failure("it has no '\(architecture).feed_forward_length'")
        }
        all.append(
          FeedForward(
            width, isGated: isGated, hasBiases: names.contains(layer + "ffn_up.bias")))
      }
    }
    return all
  }

  /// Bits per weight of this file, by the types of its tensors: the average over all.
  private var format: WeightFormat {
    let count = tensors.reduce(0.0) { $0 + Double($1.count) }
    let bytes = tensors.reduce(0.0) { $0 + $1.bytes }
    guard count > 0 else { return .float16 }
    var sizes: [String: Double] = [:]
    for tensor in tensors { sizes[tensor.type.name, default: 0] += tensor.bytes }
    let largest = sizes.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
    return WeightFormat(
      name: "this file, mostly \(largest)", bitsPerWeight: 8 * bytes / count,
      source: "\(tensors.count) tensors of \(path)")
  }
}
