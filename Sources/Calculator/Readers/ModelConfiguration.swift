import Foundation
import ModelFiles
import SystemSupport

/// Reads the sizes of a model from a `config.json` of Hugging Face's transformers library.
///
/// Of a model with several parts (text and images) it reads the text part.
public struct ModelConfiguration {
  private let path: String
  private let values: [String: Any]

  /// Files above this size are no configuration.
  static let mostBytes = 16 << 20

  /// - Throws: `ModelFileError`.
  public static func model(at path: String) throws(ModelFileError) -> ModelShape {
    var file = URL(fileURLWithPath: path)
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      file.appendPathComponent("config.json")
    }
    let data: Data
    do {
      data = try RegularFile.read(file, byteLimit: mostBytes, links: .followed)
    } catch {
      throw ModelFileError(path: path, error)
    }
    return try model(data, path: path)
  }

  /// - Throws: `ModelFileError`.
  public static func model(_ data: Data, path: String) throws(ModelFileError) -> ModelShape {
    guard let object = try? JSONSerialization.jsonObject(with: data) else {
      throw ModelFileError(path: path, reason: "it is not JSON")
    }
    guard let values = object as? [String: Any] else {
      throw ModelFileError(path: path, reason: "it is not a JSON object")
    }
    return try ModelConfiguration(path: path, values: values).model()
  }

  private init(path: String, values: [String: Any]) {
    self.path = path
    // A model of text and images has its text part inside; what is missing there is outside.
    var merged = values
    for key in ["text_config", "language_config", "llm_config"] {
      if let inner = values[key] as? [String: Any] { merged.merge(inner) { $1 } }
    }
    let defaults = Self.defaults[merged["model_type"] as? String ?? ""] ?? [:]
    self.values = merged.merging(defaults) { given, _ in given }
  }

  /// Values that configuration files of these types leave out.
  private static let defaults: [String: [String: Any]] = [
    "gemma": ["num_attention_heads": 16, "num_key_value_heads": 16, "head_dim": 256],
    "gemma2": ["num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256],
    "gemma3_text": [
      "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256, "vocab_size": 262_208,
    ],
  ]

  // MARK: Values

  private func failure(_ reason: String) -> ModelFileError {
    ModelFileError(path: path, reason: reason)
  }

  /// The number under the first of these names; nil if there is none, or null.
  private func number(_ names: String...) throws(ModelFileError) -> Int? {
    for name in names {
      guard let value = values[name], !(value is NSNull) else { continue }
      guard let number = value as? NSNumber, !(value is String), !isBool(number) else {
        throw failure("'\(name)' is not a number")
      }
      let double = number.doubleValue
      guard double == double.rounded(), abs(double) < 1e12 else {
        throw failure("'\(name)' is \(number), not a whole number of a usable size")
      }
      return Int(double)
    }
    return nil
  }

  private func required(_ names: String...) throws(ModelFileError) -> Int {
    for name in names { if let found = try number(name) { return found } }
    throw failure("it has no '\(names[0])'")
  }

  private func isBool(_ number: NSNumber) -> Bool { isJSONBool(number) }

  private func flag(_ name: String) -> Bool? {
    guard let number = values[name] as? NSNumber, isBool(number) else { return nil }
    return number.boolValue
  }

  private func text(_ name: String) -> String? { values[name] as? String }

  private var type: String { text("model_type") ?? "" }

  // MARK: The model

  private static let unsupported: [String: String] = [
    "mamba": "its layers keep a state instead of keys and values",
    "mamba2": "its layers keep a state instead of keys and values",
    "jamba": "some of its layers keep a state instead of keys and values",
    "rwkv": "its layers keep a state instead of keys and values",
    "qwen3_next": "some of its layers have linear attention",
    "llama4": "its layers with experts alternate with others, in a way that is not read",
    "llama4_text": "its layers with experts alternate with others, in a way that is not read",
    "t5": "it has an encoder", "bart": "it has an encoder", "bert": "it is no language model",
  ]

  private func model() throws(ModelFileError) -> ModelShape {
    if let reason = Self.unsupported[type] {
      throw failure("'\(type)' is not supported: \(reason)")
    }
    let isGPT2 = type == "gpt2"
    let layerCount = try required("num_hidden_layers", "n_layer", "n_layers")
    let width = try required("hidden_size", "n_embd", "d_model")
    guard (1...ModelShape.mostLayers).contains(layerCount) else {
      throw failure(
        "'num_hidden_layers' is \(layerCount); it must be from 1 to \(ModelShape.mostLayers)")
    }
    guard (1...ModelShape.largestSize).contains(width) else {
      throw failure(
        "'hidden_size' is \(width); it must be from 1 to \(ModelShape.largestSize)")
    }
    let attention = try attention(width: width)
    let normCount = ["gemma2", "gemma3", "gemma3_text"].contains(type) ? 4 : type == "phi" ? 1 : 2
    let windows = try windows(layerCount: layerCount)
    let feedForwards = try feedForwards(layerCount: layerCount, width: width)
    let layers = (0..<layerCount).map { index in
      var own = attention
      own.window = windows[index]
      return Layer(own, feedForwards[index], normCount: normCount)
    }
    let isPhi = type == "phi"
    let vocabulary = try required("vocab_size")
    let tied = flag("tie_word_embeddings") ?? Self.tiedByDefault.contains(type)
    let stored = try storedFormat()
    let notes =
      [Self.known.contains(type) ? nil : "read like Llama's: \(unknownType)", stored.note]
      + [try furtherTokens()]
    var model = ModelShape(
      name: name, modelDim: width, vocabularyCount: vocabulary, layers: layers,
      norm: norm, tiesEmbedding: tied,
      learnedPositionCount: isGPT2 ? try number("n_positions", "n_ctx") ?? 1024 : 0,
      otherParameterCount: isPhi ? max(0, min(vocabulary, ModelShape.largestSize)) : 0,
      trainedContext: try number("max_position_embeddings", "n_positions", "max_seq_len"),
      source: ([path] + notes.compactMap { $0 }).joined(separator: ", "))
    model.publishedFormat = stored.format
    if let objection = model.objection { throw failure(objection) }
    return model
  }

  /// The format of the weights that 'quantization_config' states, or a note if it is not known.
  private func storedFormat() throws(ModelFileError) -> (format: WeightFormat?, note: String?) {
    guard let own = values["quantization_config"], !(own is NSNull) else { return (nil, nil) }
    guard var fields = own as? [String: Any] else {
      throw failure("'quantization_config' is not an object")
    }
    let method = fields["quant_method"] as? String ?? ""
    // compressed-tensors has groups of layers, each with its weights.
    if let groups = fields["config_groups"] as? [String: Any],
      let first = groups.min(by: { $0.key < $1.key })?.value as? [String: Any],
      let weights = first["weights"] as? [String: Any]
    {
      fields["bits"] = weights["num_bits"]
      fields["group_size"] = weights["group_size"]
      fields["type"] = weights["type"]
    }
    let bits = (fields["bits"] ?? fields["w_bit"]) as? Int
    let group = (fields["group_size"] ?? fields["q_group_size"]) as? Int
    switch method {
    case "fp8", "fbgemm_fp8": return (.float8, nil)
    case "mxfp4": return (.mxfp4, nil)
    case "bitsandbytes" where fields["load_in_4bit"] as? Bool == true: return (.nf4, nil)
    case "bitsandbytes" where fields["load_in_8bit"] as? Bool == true:
      return (.grouped("bitsandbytes", bits: 8, group: 4096), nil)
    case "compressed-tensors" where bits == 8 && fields["type"] as? String == "float":
      return (.float8, nil)
    case "awq", "gptq", "compressed-tensors":
      // One group per row has as good as no scales.
      let length = group.map { $0 > 0 ? $0 : 4096 } ?? (method == "compressed-tensors" ? 4096 : 128)
      guard let bits, [2, 3, 4, 8].contains(bits), (8...65_536).contains(length) else {
        throw failure("'quantization_config' has no usable 'bits' and 'group_size'")
      }
      return (.grouped(method, bits: bits, group: length), nil)
    default:
      let name = method.isEmpty ? "without a method" : "'\(method.prefix(100))'"
      return (nil, "its quantization \(name) is not known and counted as 16 bits")
    }
  }

  /// A note on modules that predict further tokens; nil if there are none.
  private func furtherTokens() throws(ModelFileError) -> String? {
    guard let count = try number("num_nextn_predict_layers"), count > 0 else { return nil }
    return "without its \(count == 1 ? "module" : "\(count) modules") for further tokens "
      + "(--multi-token \(count))"
  }

  /// Types whose configuration files leave the default, a tied embedding, out.
  private static let tiedByDefault: Set<String> = [
    "gpt2", "gemma", "gemma2", "gemma3", "gemma3_text", "mpt",
  ]

  /// Types whose fields are known. The files of many others have the same fields with the same
  /// meaning, so they are read as Llama's, and the source of the model says so.
  private static let known: Set<String> = [
    "gpt2", "phi", "mpt", "olmo", "llama", "mistral", "mixtral", "qwen2", "qwen2_moe", "qwen3",
    "qwen3_moe", "gemma", "gemma2", "gemma3", "gemma3_text", "phi3", "olmo2", "olmo3",
    "deepseek_v2", "deepseek_v3", "gpt_oss", "smollm3",
  ]

  private var unknownType: String {
    type.isEmpty ? "it names no type" : "the type '\(type.prefix(100))' is not known"
  }

  private var name: String {
    if let given = text("_name_or_path"), !given.isEmpty { return String(given.prefix(100)) }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().lastPathComponent
    return ["", ".", "/"].contains(folder) ? "the model of \(path)" : folder
  }

  private var norm: ModelShape.Norm {
    if type == "gpt2" || type == "phi" { return .layerNorm }
    if type == "mpt" { return flag("no_bias") == true ? .biaslessLayerNorm : .layerNorm }
    return type == "olmo" ? .weightless : .rmsNorm
  }

  private func attention(width: Int) throws(ModelFileError) -> Attention {
    let heads = try required("num_attention_heads", "n_head", "n_heads")
    guard (1...100_000).contains(heads) else {
      throw failure("'num_attention_heads' is \(heads); it must be from 1 to 100,000")
    }
    if let rank = try number("kv_lora_rank") {
      let rotary = try required("qk_rope_head_dim")
      let nope = try required("qk_nope_head_dim")
      guard (0...100_000).contains(rotary), (0...100_000).contains(nope) else {
        throw failure("'qk_rope_head_dim' or 'qk_nope_head_dim' is out of range")
      }
      return Attention(
        heads: heads, headDim: nope + rotary, valueHeadDim: try required("v_head_dim"),
        latent: Attention.Latent(
          rank: rank, rotaryDim: rotary, queryRank: try number("q_lora_rank")))
    }
    let given = try number("head_dim")
    if given == nil, width % heads != 0 {
      throw failure("\(heads) heads do not divide a width of \(width), and there is no 'head_dim'")
    }
    let biases: Attention.Biases
    switch type {
    case "gpt2", "phi": biases = .all
    case "qwen2", "qwen2_moe": biases = .inputs
    default: biases = flag("attention_bias") == true ? .all : .none
    }
    let queryKeyNorm: Attention.QueryKeyNorm
    switch type {
    case "qwen3", "qwen3_moe", "gemma3", "gemma3_text": queryKeyNorm = .perHead
    case "olmo2", "olmo3": queryKeyNorm = .allHeads
    default: queryKeyNorm = .none
    }
    return Attention(
      heads: heads, kvHeads: try number("num_key_value_heads", "n_head_kv"),
      headDim: given ?? width / heads, biases: biases, queryKeyNorm: queryKeyNorm,
      hasSinks: type == "gpt_oss")
  }

  /// Each layer's window; nil for a layer without one.
  private func windows(layerCount: Int) throws(ModelFileError) -> [Int?] {
    let types = try layerTypes(layerCount: layerCount)
    guard let window = try number("sliding_window"), flag("use_sliding_window") != false else {
      return [Int?](repeating: nil, count: layerCount)
    }
    guard window > 0 else { throw failure("'sliding_window' is \(window)") }
    if let types { return types.map { $0 == "full_attention" ? nil : window } }
    let every: Int
    switch type {
    case "gemma2", "gpt_oss": every = 2
    case "gemma3", "gemma3_text": every = try number("sliding_window_pattern") ?? 6
    default: every = try number("sliding_window_pattern") ?? 0
    }
    if let first = try number("max_window_layers"), type.hasPrefix("qwen2") {
      // The lower layers have full attention.
      return (0..<layerCount).map { $0 < first ? nil : window }
    }
    guard every > 0 else { return [Int?](repeating: window, count: layerCount) }
    return (0..<layerCount).map { ($0 + 1) % every == 0 ? nil : window }
  }

  /// The names of 'layer_types', which are known; nil if there are none.
  private func layerTypes(layerCount: Int) throws(ModelFileError) -> [String]? {
    guard let value = values["layer_types"], !(value is NSNull) else { return nil }
    guard let types = value as? [String], types.count == layerCount else {
      throw failure("'layer_types' does not name the \(layerCount) layers")
    }
    let known = ["full_attention", "sliding_attention", "chunked_attention"]
    if let other = types.first(where: { !known.contains($0) }) {
      throw failure("layers of the type '\(other.prefix(100))' are not supported")
    }
    return types
  }

  /// Each layer's feed-forward part.
  private func feedForwards(layerCount: Int, width: Int) throws(ModelFileError) -> [FeedForward] {
    let isGPT = type == "gpt2" || type == "phi" || type == "mpt"
    let given = try number("intermediate_size", "n_inner")
    let ratio = type == "mpt" ? try number("expansion_ratio") ?? 4 : 4
    guard (1...1000).contains(ratio) else { throw failure("'expansion_ratio' is \(ratio)") }
    guard let hidden = given ?? (isGPT ? ratio * width : nil) else {
      throw failure("it has no 'intermediate_size'")
    }
    let dense = FeedForward(
      hidden, isGated: !isGPT,
      hasBiases: type == "gpt2" || type == "phi" || flag("mlp_bias") == true
        || (type == "mpt" && flag("no_bias") != true))
    guard
      let total = try number("num_local_experts", "n_routed_experts", "num_experts"), total > 0
    else { return [FeedForward](repeating: dense, count: layerCount) }
    guard total <= 100_000 else { throw failure("it has \(total) experts") }
    let active = try required("num_experts_per_tok", "experts_per_token")
    let one = try number("moe_intermediate_size") ?? hidden
    var shared = try number("shared_expert_intermediate_size") ?? 0
    if let count = try number("n_shared_experts") {
      guard (0...1000).contains(count), (0...ModelShape.largestSize).contains(one) else {
        throw failure("'n_shared_experts' is \(count)")
      }
      shared = count * one
    }
    // The router's corrections, its biases, or the gate of the shared expert.
    let others =
      text("topk_method") == "noaux_tc" || type == "gpt_oss"
      ? total : type == "qwen2_moe" ? width : 0
    let routed = FeedForward(
      one, hasBiases: type == "gpt_oss",
      experts: FeedForward.Experts(
        total: total, active: active, sharedDim: shared, otherWeights: others))
    let firstDense = try number("first_k_dense_replace") ?? 0
    let step = max(1, try number("decoder_sparse_step") ?? 1)
    let onlyDense = Set((values["mlp_only_layers"] as? [Int]) ?? [])
    return (0..<layerCount).map { index in
      index < firstDense || onlyDense.contains(index) || (index + 1) % step != 0 ? dense : routed
    }
  }
}

/// Whether a JSON number is `true` or `false`.
private func isJSONBool(_ number: NSNumber) -> Bool {
  String(cString: number.objCType) == "c" || String(cString: number.objCType) == "B"
}
