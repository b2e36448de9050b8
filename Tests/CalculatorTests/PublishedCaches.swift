import Calculator

/// Sizes of KV caches: bytes per token in 16 bits by each model's published sizes, and what
/// programs print.
enum PublishedCaches {
  /// Bytes per token: 4 · layers · key/value heads · head width, worked out from the configuration
  /// files. DeepSeek-V3, Qwen2.5 72B and Llama 3.1 405B are printed in Zhao et al., 2025, Insights
  /// into DeepSeek-V3, table 1 (70.272, 327.680 and 516.096 KB).
  static let perToken: [(name: String, bytes: Int)] = [
    ("Llama 2 7B", 524_288), ("Llama 2 13B", 819_200), ("Llama 2 70B", 327_680),
    ("Llama 3 8B", 131_072), ("Llama 3 70B", 327_680), ("Llama 3.1 405B", 516_096),
    ("Llama 3.2 1B", 32_768), ("Llama 3.2 3B", 114_688), ("TinyLlama 1.1B", 22_528),
    ("Mistral 7B v0.3", 131_072), ("Mistral Nemo 12B", 163_840),
    ("Mistral Small 3 24B", 163_840), ("Mistral Large 2 123B", 360_448),
    ("Qwen2.5 0.5B", 12_288), ("Qwen2.5 1.5B", 28_672), ("Qwen2.5 3B", 36_864),
    ("Qwen2.5 7B", 57_344), ("Qwen2.5 14B", 196_608), ("Qwen2.5 32B", 262_144),
    ("Qwen2.5 72B", 327_680), ("Qwen3 0.6B", 114_688), ("Qwen3 1.7B", 114_688),
    ("Qwen3 4B", 147_456), ("Qwen3 8B", 147_456), ("Qwen3 14B", 163_840),
    ("Qwen3 32B", 262_144), ("Qwen3 30B-A3B", 98_304), ("Qwen3 235B-A22B", 192_512),
    ("Gemma 2B", 18_432), ("Gemma 7B", 458_752), ("Phi-2", 327_680),
    ("Phi-3-medium", 204_800), ("Phi-4", 204_800), ("SmolLM2-135M", 23_040),
    ("SmolLM2-360M", 40_960), ("SmolLM2-1.7B", 196_608), ("SmolLM3-3B", 73_728),
    ("Mixtral 8x7B", 131_072), ("Mixtral 8x22B", 229_376), ("DeepSeek-V2", 69_120),
    ("DeepSeek-V2-Lite", 31_104), ("DeepSeek-V3", 70_272), ("GPT-2", 36_864),
  ]

  /// What a program prints for one device.
  struct Printed: Sendable {
    let model: String
    let tokens: Int
    let format: String
    /// In MiB, to the digits that are printed.
    let mebibytes: Double
    var tensor = 1
    /// Whether only the keys are printed.
    var isKeysOnly = false
    let source: String
  }

  static let printed: [Printed] = [
    Printed(
      model: "LLaMA 33B", tokens: 512, format: "32", mebibytes: 1560,
      source: "abetlen/llama-cpp-python issue 66, 'kv self size'"),
    Printed(
      model: "Qwen2.5 7B", tokens: 2048, format: "16", mebibytes: 112,
      source: "JamePeng/llama-cpp-python pull request 1, 'KV self size'"),
    Printed(
      model: "Qwen2.5 32B", tokens: 32_768, format: "q8_0", mebibytes: 4352,
      source: "ggml-org/llama.cpp issue 11200, 'KV self size'"),
    Printed(
      model: "DeepSeek-V3", tokens: 32_768, format: "q8_0", mebibytes: 1166.62,
      source: "ikawrakow/ik_llama.cpp pull request 259, 'c^KV (q8_0)'"),
    Printed(
      model: "Llama 3.1 8B", tokens: 128_000, format: "16", mebibytes: 15.625 * 1024,
      source: "Hugging Face blog, Llama 3.1: 15.62 GB"),
    Printed(
      model: "Llama 3.1 70B", tokens: 128_000, format: "16", mebibytes: 39.0625 * 1024,
      source: "Hugging Face blog, Llama 3.1: 39.06 GB"),
    Printed(
      model: "Qwen3 235B-A22B", tokens: 367_404, format: "16", mebibytes: 8.23 * 1024, tensor: 4,
      isKeysOnly: true, source: "vllm-project/vllm issue 21348, SGLang on 4 devices: K size"),
  ]

  /// Layers of several kinds: bytes of one sequence, 16 bits.
  static let interleaved: [(name: String, tokens: Int, bytes: Double)] = [
    ("Gemma 3 27B", 131_072, 11_173_625_856), ("gpt-oss-20b", 131_072, 3_224_371_200),
    ("gpt-oss-120b", 131_072, 4_836_556_800), ("Gemma 2 9B", 8192, 2_113_929_216),
    ("Mistral 7B", 100_000, 536_870_912),
  ]
}
