import ModelFiles

/// The configuration of a GGUF file. Whatever would make another model is refused by its name.
extension LlamaConfiguration {
  /// - Throws: `ModelFileError`.
  init(gguf file: GGUFFile, hasOutput: Bool) throws(ModelFileError) {
    let metadata = GGUFMetadata(file: file)
    let architecture = metadata.text("general.architecture") ?? "none"
    guard architecture == "llama" else {
      throw metadata.failure(
        "its architecture is '\(architecture.prefix(60))'; only 'llama' can be run")
    }
    for (key, name) in [
      ("llama.expert_count", "a mixture of experts"),
      ("llama.attention.sliding_window", "a sliding window"),
    ] where try metadata.whole(key) ?? 0 > 0 {
      throw metadata.failure("it has \(name) ('\(key)'), which is not supported here")
    }
    if let scaling = metadata.text("llama.rope.scaling.type"), scaling != "none" {
      throw metadata.failure("its positions are scaled ('\(scaling.prefix(40))')")
    }
    if let factor = metadata.number("llama.rope.scale_linear"), factor != 1 {
      throw metadata.failure("its positions are scaled by \(factor)")
    }
    let heads = try metadata.required("llama.attention.head_count")
    let tokenCount: Int
    switch file.values["tokenizer.ggml.tokens"] {
    case .texts(let tokens): tokenCount = tokens.count
    case .array(let count, _): tokenCount = count
    default: throw metadata.failure("it has no vocabulary")
    }
    self.init(
      vocabularyCount: tokenCount, modelDim: try metadata.required("llama.embedding_length"),
      layerCount: try metadata.required("llama.block_count"), headCount: heads,
      kvHeadCount: try metadata.whole("llama.attention.head_count_kv") ?? heads,
      feedForwardDim: try metadata.required("llama.feed_forward_length"),
      normEpsilon: Float(metadata.number("llama.attention.layer_norm_rms_epsilon") ?? 0),
      ropeBase: metadata.number("llama.rope.freq_base") ?? 10_000, pairing: .interleaved,
      trainedContext: try metadata.required("llama.context_length"), tiesEmbedding: !hasOutput)
    try check(path: file.path)
    for key in ["attention.key_length", "attention.value_length", "rope.dimension_count"] {
      guard let found = try metadata.whole("llama." + key), found != headDim else { continue }
      throw metadata.failure("'llama.\(key)' is \(found), but its heads have \(headDim) dimensions")
    }
  }
}

/// Values of a GGUF file by key.
struct GGUFMetadata {
  let file: GGUFFile

  func failure(_ reason: String) -> ModelFileError {
    ModelFileError(path: file.path, reason: reason)
  }

  func text(_ key: String) -> String? {
    if case .text(let text) = file.values[key] { text } else { nil }
  }

  func number(_ key: String) -> Double? {
    if case .number(let number) = file.values[key] { number } else { nil }
  }

  func texts(_ key: String) -> [String]? {
    if case .texts(let texts) = file.values[key] { texts } else { nil }
  }

  func numbers(_ key: String) -> [Double]? {
    if case .array(_, let numbers) = file.values[key] { numbers } else { nil }
  }

  /// A whole number; nil if there is no such key.
  func whole(_ key: String) throws(ModelFileError) -> Int? {
    guard let value = file.values[key] else { return nil }
    guard case .number(let number) = value, let whole = Int(exactly: number), whole >= 0 else {
      throw failure("'\(key)' is not a whole number of a usable size")
    }
    return whole
  }

  func required(_ key: String) throws(ModelFileError) -> Int {
    guard let found = try whole(key) else { throw failure("it has no '\(key)'") }
    return found
  }
}
