import Foundation
import ModelFiles

/// The configuration of a Hugging Face `config.json`. Whatever would make another model is refused
/// by its name.
extension LlamaConfiguration {
  /// - Throws: `ModelFileError`.
  init(json data: Data, path: String) throws(ModelFileError) {
    guard let fields = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] else {
      throw ModelFileError(path: path, reason: "it is not a JSON object")
    }
    let json = JSONFields(path: path, fields: fields.filter { !($0.value is NSNull) })
    try json.requireLlama()
    let heads = try json.required("num_attention_heads")
    self.init(
      vocabularyCount: try json.required("vocab_size"),
      modelDim: try json.required("hidden_size"),
      layerCount: try json.required("num_hidden_layers"), headCount: heads,
      kvHeadCount: try json.whole("num_key_value_heads") ?? heads,
      feedForwardDim: try json.required("intermediate_size"),
      normEpsilon: Float(json.number("rms_norm_eps") ?? 1e-6), ropeBase: json.ropeBase,
      pairing: .halves, trainedContext: try json.required("max_position_embeddings"),
      tiesEmbedding: json.fields["tie_word_embeddings"] as? Bool ?? false)
    try check(path: path)
    if let found = try json.whole("head_dim"), found != headDim {
      throw ModelFileError(
        path: path, reason: "'head_dim' is \(found), but its width gives heads of \(headDim)")
    }
  }
}

/// The fields of a `config.json` that are not null.
private struct JSONFields {
  let path: String
  let fields: [String: Any]

  private func failure(_ reason: String) -> ModelFileError {
    ModelFileError(path: path, reason: reason)
  }

  func number(_ key: String) -> Double? { (fields[key] as? NSNumber)?.doubleValue }

  func whole(_ key: String) throws(ModelFileError) -> Int? {
    guard fields[key] != nil else { return nil }
    guard let number = number(key), let whole = Int(exactly: number), whole >= 0 else {
      throw failure("'\(key)' is not a whole number of a usable size")
    }
    return whole
  }

  func required(_ key: String) throws(ModelFileError) -> Int {
    guard let found = try whole(key) else { throw failure("it has no '\(key)'") }
    return found
  }

  private var ropeParameters: [String: Any] {
    fields["rope_parameters"] as? [String: Any] ?? fields["rope_scaling"] as? [String: Any] ?? [:]
  }

  var ropeBase: Double {
    number("rope_theta") ?? (ropeParameters["rope_theta"] as? NSNumber)?.doubleValue ?? 10_000
  }

  /// Refuses what is not the plain block of the family.
  func requireLlama() throws(ModelFileError) {
    let type = fields["model_type"] as? String ?? "none"
    guard ["llama", "mistral"].contains(type) else {
      throw failure("its type is '\(type.prefix(60))'; only 'llama' and 'mistral' can be run")
    }
    let activation = fields["hidden_act"] as? String ?? "silu"
    guard activation == "silu" else {
      throw failure("its activation is '\(activation.prefix(60))'; only 'silu' can be run")
    }
    for key in ["attention_bias", "mlp_bias"] where fields[key] as? Bool == true {
      throw failure("it has biases ('\(key)'), which are not supported here")
    }
    for key in ["sliding_window", "quantization_config", "num_local_experts"]
    where fields[key] != nil {
      throw failure("it has a '\(key)', which is not supported here")
    }
    if let factor = number("partial_rotary_factor"), factor != 1 {
      throw failure("it rotates a part of each head ('partial_rotary_factor' \(factor))")
    }
    let scaling =
      ropeParameters["rope_type"] as? String ?? ropeParameters["type"] as? String ?? "default"
    guard scaling == "default" else {
      throw failure("its positions are scaled ('\(scaling.prefix(40))')")
    }
  }
}
