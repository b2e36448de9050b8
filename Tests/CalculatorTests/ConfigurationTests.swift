import Calculator
import Foundation
import ModelFiles
import Testing

/// Models from configuration files.
@Suite struct ConfigurationTests {
  /// The fields of published `config.json` files that sizes follow from.
  static let configurations: [(name: String, json: String)] = [
    (
      "GPT-2",
      """
      {"model_type": "gpt2", "n_ctx": 1024, "n_embd": 768, "n_head": 12, "n_layer": 12,
       "n_positions": 1024, "vocab_size": 50257}
      """
    ),
    (
      "Llama 3 8B",
      """
      {"model_type": "llama", "attention_bias": false, "hidden_size": 4096,
       "intermediate_size": 14336, "max_position_embeddings": 8192, "num_attention_heads": 32,
       "num_hidden_layers": 32, "num_key_value_heads": 8, "rope_scaling": null,
       "tie_word_embeddings": false, "vocab_size": 128256}
      """
    ),
    (
      "Llama 3.2 3B",
      """
      {"model_type": "llama", "head_dim": 128, "hidden_size": 3072, "intermediate_size": 8192,
       "num_attention_heads": 24, "num_hidden_layers": 28, "num_key_value_heads": 8,
       "mlp_bias": false, "tie_word_embeddings": true, "vocab_size": 128256}
      """
    ),
    (
      "Mistral 7B",
      """
      {"model_type": "mistral", "hidden_size": 4096, "intermediate_size": 14336,
       "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8,
       "sliding_window": 4096, "tie_word_embeddings": false, "vocab_size": 32000}
      """
    ),
    (
      "Mistral Nemo 12B",
      """
      {"model_type": "mistral", "head_dim": 128, "hidden_size": 5120, "intermediate_size": 14336,
       "num_attention_heads": 32, "num_hidden_layers": 40, "num_key_value_heads": 8,
       "sliding_window": null, "tie_word_embeddings": false, "vocab_size": 131072}
      """
    ),
    (
      "Qwen2.5 7B",
      """
      {"model_type": "qwen2", "hidden_size": 3584, "intermediate_size": 18944,
       "max_window_layers": 28, "num_attention_heads": 28, "num_hidden_layers": 28,
       "num_key_value_heads": 4, "sliding_window": 131072, "use_sliding_window": false,
       "tie_word_embeddings": false, "vocab_size": 152064}
      """
    ),
    (
      "Qwen3 0.6B",
      """
      {"model_type": "qwen3", "attention_bias": false, "head_dim": 128, "hidden_size": 1024,
       "intermediate_size": 3072, "max_window_layers": 28, "num_attention_heads": 16,
       "num_hidden_layers": 28, "num_key_value_heads": 8, "sliding_window": null,
       "tie_word_embeddings": true, "use_sliding_window": false, "vocab_size": 151936}
      """
    ),
    (
      "Qwen3 30B-A3B",
      """
      {"model_type": "qwen3_moe", "decoder_sparse_step": 1, "head_dim": 128, "hidden_size": 2048,
       "intermediate_size": 6144, "mlp_only_layers": [], "moe_intermediate_size": 768,
       "num_attention_heads": 32, "num_experts": 128, "num_experts_per_tok": 8,
       "num_hidden_layers": 48, "num_key_value_heads": 4, "sliding_window": null,
       "tie_word_embeddings": false, "use_sliding_window": false, "vocab_size": 151936}
      """
    ),
    (
      "Qwen1.5-MoE-A2.7B",
      """
      {"model_type": "qwen2_moe", "decoder_sparse_step": 1, "hidden_size": 2048,
       "intermediate_size": 5632, "max_window_layers": 21, "moe_intermediate_size": 1408,
       "num_attention_heads": 16, "num_experts": 60, "num_experts_per_tok": 4,
       "num_hidden_layers": 24, "num_key_value_heads": 16, "sliding_window": 32768,
       "shared_expert_intermediate_size": 5632, "tie_word_embeddings": false,
       "use_sliding_window": false, "vocab_size": 151936}
      """
    ),
    (
      "Gemma 2B",
      """
      {"model_type": "gemma", "head_dim": 256, "hidden_size": 2048, "intermediate_size": 16384,
       "num_attention_heads": 8, "num_hidden_layers": 18, "num_key_value_heads": 1,
       "vocab_size": 256000}
      """
    ),
    (
      "Gemma 2 9B",
      """
      {"model_type": "gemma2", "attention_bias": false, "head_dim": 256, "hidden_size": 3584,
       "intermediate_size": 14336, "num_attention_heads": 16, "num_hidden_layers": 42,
       "num_key_value_heads": 8, "sliding_window": 4096, "vocab_size": 256000}
      """
    ),
    (
      "Gemma 3 27B",
      """
      {"architectures": ["Gemma3ForConditionalGeneration"], "model_type": "gemma3",
       "text_config": {"head_dim": 128, "hidden_size": 5376, "intermediate_size": 21504,
         "model_type": "gemma3_text", "num_attention_heads": 32, "num_hidden_layers": 62,
         "num_key_value_heads": 16, "sliding_window": 1024, "vocab_size": 262208},
       "vision_config": {"hidden_size": 1152, "num_hidden_layers": 27}}
      """
    ),
    (
      "Gemma 3 4B",
      """
      {"model_type": "gemma3", "text_config": {"hidden_size": 2560, "intermediate_size": 10240,
         "model_type": "gemma3_text", "num_hidden_layers": 34, "sliding_window": 1024}}
      """
    ),
    (
      "Phi-2",
      """
      {"model_type": "phi", "hidden_size": 2560, "intermediate_size": 10240,
       "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 32,
       "tie_word_embeddings": false, "vocab_size": 51200}
      """
    ),
    (
      "Phi-3-mini",
      """
      {"model_type": "phi3", "attention_bias": false, "hidden_size": 3072,
       "intermediate_size": 8192, "num_attention_heads": 32, "num_hidden_layers": 32,
       "num_key_value_heads": 32, "sliding_window": 2047, "tie_word_embeddings": false,
       "vocab_size": 32064}
      """
    ),
    (
      "SmolLM2-135M",
      """
      {"model_type": "llama", "attention_bias": false, "hidden_size": 576,
       "intermediate_size": 1536, "num_attention_heads": 9, "num_hidden_layers": 30,
       "num_key_value_heads": 3, "tie_word_embeddings": true, "vocab_size": 49152}
      """
    ),
    (
      "OLMo 2 7B",
      """
      {"model_type": "olmo2", "hidden_size": 4096, "intermediate_size": 11008,
       "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 32,
       "tie_word_embeddings": false, "vocab_size": 100352}
      """
    ),
    (
      "Mixtral 8x7B",
      """
      {"model_type": "mixtral", "hidden_size": 4096, "intermediate_size": 14336,
       "num_attention_heads": 32, "num_experts_per_tok": 2, "num_hidden_layers": 32,
       "num_key_value_heads": 8, "num_local_experts": 8, "sliding_window": null,
       "tie_word_embeddings": false, "vocab_size": 32000}
      """
    ),
    (
      "DeepSeek-V2",
      """
      {"model_type": "deepseek_v2", "first_k_dense_replace": 1, "hidden_size": 5120,
       "intermediate_size": 12288, "kv_lora_rank": 512, "moe_intermediate_size": 1536,
       "moe_layer_freq": 1, "n_routed_experts": 160, "n_shared_experts": 2,
       "num_attention_heads": 128, "num_experts_per_tok": 6, "num_hidden_layers": 60,
       "num_key_value_heads": 128, "q_lora_rank": 1536, "qk_nope_head_dim": 128,
       "qk_rope_head_dim": 64, "tie_word_embeddings": false, "topk_method":
       "group_limited_greedy", "v_head_dim": 128, "vocab_size": 102400}
      """
    ),
    (
      "DeepSeek-V3",
      """
      {"model_type": "deepseek_v3", "first_k_dense_replace": 3, "hidden_size": 7168,
       "intermediate_size": 18432, "kv_lora_rank": 512, "moe_intermediate_size": 2048,
       "n_routed_experts": 256, "n_shared_experts": 1, "num_attention_heads": 128,
       "num_experts_per_tok": 8, "num_hidden_layers": 61, "num_nextn_predict_layers": 1,
       "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64,
       "tie_word_embeddings": false, "topk_method": "noaux_tc", "v_head_dim": 128,
       "vocab_size": 129280}
      """
    ),
    (
      "gpt-oss-20b",
      """
      {"model_type": "gpt_oss", "attention_bias": true, "head_dim": 64, "hidden_size": 2880,
       "intermediate_size": 2880, "layer_types": [\
      \(repeatElement("\"sliding_attention\", \"full_attention\"", count: 12).joined(separator: ","))\
      ], "num_attention_heads": 64, "num_experts_per_tok": 4, "num_hidden_layers": 24,
       "num_key_value_heads": 8, "num_local_experts": 32, "sliding_window": 128,
       "tie_word_embeddings": false, "vocab_size": 201088}
      """
    ),
  ]

  @Test(arguments: configurations) func configurationFiles(name: String, json: String) throws {
    let read = try ModelConfiguration.model(Data(json.utf8), path: "config.json")
    let known = try ModelShape.named(name)
    #expect(read.parameterCount == known.parameterCount)
    #expect(Set(read.groups) == Set(known.groups))
    #expect(read.norm == known.norm && read.tiesEmbedding == known.tiesEmbedding)
    for tokens in [100, 131_072] {
      #expect(read.cacheBytes(tokens: tokens) == known.cacheBytes(tokens: tokens))
    }
  }

  @Test(arguments: [
    ("", "it is not JSON"), ("{", "it is not JSON"), ("[]", "not a JSON object"),
    ("3", "not JSON"), ("{}", "no 'num_hidden_layers'"),
    (#"{"num_hidden_layers": 1}"#, "no 'hidden_size'"),
    (#"{"num_hidden_layers": "4"}"#, "is not a number"),
    (#"{"num_hidden_layers": true}"#, "is not a number"),
    (#"{"num_hidden_layers": 1.5}"#, "not a whole number"),
    (#"{"num_hidden_layers": 1e300}"#, "not a whole number"),
    (#"{"num_hidden_layers": 0, "hidden_size": 8}"#, "'num_hidden_layers' is 0"),
    (#"{"num_hidden_layers": -3, "hidden_size": 8}"#, "'num_hidden_layers' is -3"),
    (#"{"num_hidden_layers": 99999999, "hidden_size": 8}"#, "from 1 to 10000"),
    (#"{"num_hidden_layers": 2, "hidden_size": 99999999}"#, "from 1 to 10000000"),
    (#"{"num_hidden_layers": 2, "hidden_size": 8}"#, "no 'num_attention_heads'"),
    (#"{"model_type": "mamba"}"#, "keep a state"),
    (#"{"model_type": "llama4"}"#, "'llama4' is not supported"),
    (#"{"text_config": {"model_type": "llama4_text"}}"#, "'llama4_text' is not supported"),
    (#"{"num_hidden_layers": -1, "hidden_size": 8}"#, "it must be from 1 to 10000"),
    (#"{"num_hidden_layers": 2, "hidden_size": -8}"#, "it must be from 1 to"),
    (#"{"model_type": "qwen3_next"}"#, "linear attention"),
    (#"{"num_hidden_layers": 2, "hidden_size": 8, "num_attention_heads": 0}"#, "from 1 to"),
    (#"{"num_hidden_layers": 2, "hidden_size": 8, "num_attention_heads": 3}"#, "do not divide"),
    (#"{"num_hidden_layers": 2, "hidden_size": 8, "num_attention_heads": 2}"#, "intermediate_size"),
    (
      #"{"num_hidden_layers": 2, "hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 9}"#,
      "no 'vocab_size'"
    ),
    (
      """
      {"num_hidden_layers": 2, "hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 9,
       "vocab_size": -1}
      """, "vocabulary -1"
    ),
    (
      """
      {"num_hidden_layers": 2, "hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 9,
       "vocab_size": 9, "num_key_value_heads": 3}
      """, "cannot share 3"
    ),
    (
      """
      {"num_hidden_layers": 2, "hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 9,
       "vocab_size": 9, "num_experts": 4, "num_experts_per_tok": 5}
      """, "active experts 5"
    ),
    (
      """
      {"num_hidden_layers": 2, "hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 9,
       "vocab_size": 9, "sliding_window": 4, "layer_types": ["full_attention"]}
      """, "does not name the 2 layers"
    ),
    (
      """
      {"num_hidden_layers": 1, "hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 9,
       "vocab_size": 9, "layer_types": ["linear_attention"]}
      """, "'linear_attention' are not supported"
    ),
    (
      """
      {"num_hidden_layers": 1, "hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 9,
       "vocab_size": 9, "kv_lora_rank": 4}
      """, "no 'qk_rope_head_dim'"
    ),
  ])
  func wrongConfigurationsHaveASentence(json: String, part: String) {
    do throws(ModelFileError) {
      _ = try ModelConfiguration.model(Data(json.utf8), path: "config.json")
      Issue.record("no error for \(json)")
    } catch {
      #expect(error.description.contains(part), "\(error)")
    }
  }

  /// A type whose fields are not known is read as Llama's, and the source says so.
  @Test func unknownTypes() throws {
    let sizes = """
      "num_hidden_layers": 2, "hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 9,
      "vocab_size": 9}
      """
    for (type, part) in [
      (#""model_type": "new", "#, "'new' is not known"), ("", "it names no type"),
    ] {
      let model = try ModelConfiguration.model(Data(("{" + type + sizes).utf8), path: "a.json")
      #expect(model.source == "a.json, read like Llama's: the type \(part)" || type.isEmpty)
      #expect(model.source.contains(part))
      #expect(MemoryPlan(model: model).assumptions.contains { $0.contains(part) })
    }
  }

  private static func configuration(_ more: String) -> Data {
    Data(
      (#"{"model_type": "llama", "num_hidden_layers": 2, "hidden_size": 8, "#
        + #""num_attention_heads": 2, "intermediate_size": 9, "vocab_size": 9, "# + more + "}").utf8
    )
  }

  /// The format of stored weights: bits per weight of a layer's matrices, by hand.
  @Test(
    arguments: [
      (#"{"quant_method": "awq", "bits": 4, "group_size": 128}"#, 4 + 20.0 / 128),
      (#"{"quant_method": "gptq", "bits": 8, "group_size": 32}"#, 8 + 24.0 / 32),
      (#"{"quant_method": "gptq", "bits": 4, "group_size": -1}"#, 4 + 20.0 / 4096),
      (#"{"quant_method": "fp8", "weight_block_size": [128, 128]}"#, 8),
      (#"{"quant_method": "mxfp4"}"#, 4.25),
      (#"{"quant_method": "bitsandbytes", "load_in_4bit": true}"#, 4 + 0.125 + 32.0 / 16_384),
      (
        #"{"quant_method": "compressed-tensors", "config_groups": {"group_0": {"weights": "#
          + #"{"num_bits": 4, "group_size": 64, "type": "int"}}}}"#, 4 + 20.0 / 64
      ),
    ] as [(String, Double)])
  func storedFormats(json: String, bits: Double) throws {
    let model = try ModelConfiguration.model(
      Self.configuration("\"quantization_config\": " + json), path: "a.json")
    #expect(abs(try #require(model.publishedFormat).bitsPerWeight - bits) < 1e-12)
    #expect(model.source == "a.json")
  }

  /// What a configuration file says and the calculator does not count is in the source.
  @Test func whatIsNotReadIsSaid() throws {
    for (more, part) in [
      (#""num_nextn_predict_layers": 1"#, "without its module for further tokens (--multi-token"),
      (#""quantization_config": {"quant_method": "aqlm"}"#, "its quantization 'aqlm' is not known"),
      (#""quantization_config": {}"#, "its quantization without a method is not known"),
    ] {
      let model = try ModelConfiguration.model(Self.configuration(more), path: "a.json")
      #expect(model.source.contains(part), "\(model.source)")
      #expect(model.publishedFormat == nil)
    }
    #expect(throws: ModelFileError.self) {
      try ModelConfiguration.model(
        Self.configuration(#""quantization_config": {"quant_method": "awq", "bits": 5}"#),
        path: "a.json")
    }
  }

  @Test func filesThatAreNone() throws {
    let pipe = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try #require(mkfifo(pipe.path, 0o600) == 0)
    let sparse = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    FileManager.default.createFile(atPath: sparse.path, contents: nil)
    try #require(truncate(sparse.path, 1 << 40) == 0)
    defer { for file in [pipe, sparse] { try? FileManager.default.removeItem(at: file) } }
    for path in ["/nowhere/config.json", "/dev/zero", "/tmp", pipe.path, sparse.path] {
      #expect(throws: ModelFileError.self) { try ModelConfiguration.model(at: path) }
      #expect(throws: ModelFileError.self) { try GGUFHeader.model(at: path) }
    }
  }

  @Test func changedConfigurations() {
    var generator = SplitMix(state: 7)
    for (_, json) in Self.configurations {
      let whole = Data(json.utf8)
      for _ in 0..<200 {
        var changed = whole
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
          changed[Int.random(in: 0..<changed.count, using: &generator)] =
            Array("0123456789-{}[]\",:ex.".utf8).randomElement() ?? 0
        }
        guard let read = try? ModelConfiguration.model(changed, path: "config.json") else {
          continue
        }
        for use in MemoryPlan.Use.allCases {
          #expect(MemoryPlan(model: read, use: use).estimate.total > 0)
        }
      }
    }
  }
}

/// The same numbers in every run (Steele et al., 2014).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
