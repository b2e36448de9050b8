import Calculator

/// Sizes of KV caches: bytes per token in 16 bits by each model's published sizes, and what
/// programs print.
enum PublishedCaches {
  /// Bytes per token, computed from config.json: 4 · layers · key/value heads · head width.
  /// Zhao et al., 2025, Insights into DeepSeek-V3, table 1, prints those of DeepSeek-V3, Qwen2.5
  /// 72B and Llama 3.1 405B (70.272, 327.680 and 516.096 KB).
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

  /// What a program prints for one device: llama.cpp as 'KV self size' if nothing else is said.
  struct Printed: Sendable {
    let model: String
    let tokens: Int
    let format: String
    /// In MiB, to the digits that are printed.
    let mebibytes: Double
    var tensor = 1
    /// Whether only the keys are printed.
    var isKeysOnly = false
    /// Whether the program keeps all tokens in layers with a window.
    var ignoresWindows = false
    let source: String
  }

  static let printed: [Printed] = [
    Printed(
      model: "LLaMA 33B", tokens: 512, format: "32", mebibytes: 1560,
      source: "abetlen/llama-cpp-python issue 66"),
    Printed(
      model: "Llama 2 7B", tokens: 2048, format: "16", mebibytes: 1024,
      source: "utilityai/llama-cpp-rs, README.md"),
    Printed(
      model: "Llama 2 7B", tokens: 4096, format: "16", mebibytes: 2048,
      source: "LlamaEdge/LlamaEdge, llama-simple/README.md"),
    Printed(
      model: "Llama 2 13B", tokens: 512, format: "16", mebibytes: 400,
      source: "ikawrakow/ik_llama.cpp pull request 328"),
    Printed(
      model: "Llama 3.1 8B", tokens: 4096, format: "16", mebibytes: 512,
      source: "ikawrakow/ik_llama.cpp issue 437"),
    Printed(
      model: "Mistral 7B", tokens: 64, format: "16", mebibytes: 8,
      source: "abetlen/llama-cpp-python, examples/notebooks/Batching.ipynb"),
    Printed(
      model: "Mistral 7B", tokens: 1024, format: "16", mebibytes: 128,
      source: "intel/ipex-llm, docs/mddocs/Quickstart/llama_cpp_quickstart.md"),
    Printed(
      model: "Qwen2.5 7B", tokens: 2048, format: "16", mebibytes: 112,
      source: "JamePeng/llama-cpp-python pull request 1"),
    Printed(
      model: "Qwen2.5 7B", tokens: 2528, format: "16", mebibytes: 138.25,
      source: """
        intel/ipex-llm, docs/mddocs/Quickstart/llamacpp_portable_zip_gpu_quickstart.md, of \
        DeepSeek-R1-Distill-Qwen-7B
        """),
    Printed(
      model: "Qwen2.5 32B", tokens: 32_768, format: "q8_0", mebibytes: 4352,
      source: "ggml-org/llama.cpp issue 11200"),
    Printed(
      model: "Qwen3 0.6B", tokens: 4096, format: "16", mebibytes: 448,
      source: "ikawrakow/ik_llama.cpp issue 575"),
    Printed(
      model: "Qwen3 0.6B", tokens: 1024, format: "q8_0", mebibytes: 59.5,
      source: "ikawrakow/ik_llama.cpp, docs/parameters.md"),
    Printed(
      model: "Qwen3 14B", tokens: 16_896, format: "16", mebibytes: 2640,
      source: "ikawrakow/ik_llama.cpp pull request 563"),
    Printed(
      model: "Qwen3 32B", tokens: 8192, format: "16", mebibytes: 2048,
      source: "ikawrakow/ik_llama.cpp discussion 397"),
    Printed(
      model: "Qwen3 32B", tokens: 40_960, format: "16", mebibytes: 10_240,
      source: "ikawrakow/ik_llama.cpp issue 539"),
    Printed(
      model: "Qwen3 32B", tokens: 16_896, format: "q8_0", mebibytes: 2244,
      source: "ikawrakow/ik_llama.cpp issue 503"),
    Printed(
      model: "Qwen3 30B-A3B", tokens: 4096, format: "16", mebibytes: 384,
      source: "ikawrakow/ik_llama.cpp issue 380"),
    Printed(
      model: "Qwen3 30B-A3B", tokens: 16_384, format: "16", mebibytes: 1536,
      source: "ikawrakow/ik_llama.cpp issue 514"),
    Printed(
      model: "Qwen3 30B-A3B", tokens: 32_768, format: "16", mebibytes: 3072,
      source: "ikawrakow/ik_llama.cpp issue 398"),
    Printed(
      model: "Qwen3 30B-A3B", tokens: 64_000, format: "q8_0", mebibytes: 1593.75, isKeysOnly: true,
      source: "ikawrakow/ik_llama.cpp, docs/build.md, keys"),
    Printed(
      model: "Qwen3 235B-A22B", tokens: 8192, format: "16", mebibytes: 1504,
      source: "ikawrakow/ik_llama.cpp discussion 384"),
    Printed(
      model: "Qwen3 235B-A22B", tokens: 32_768, format: "16", mebibytes: 6016,
      source: "ikawrakow/ik_llama.cpp discussion 357"),
    Printed(
      model: "Qwen3 235B-A22B", tokens: 4096, format: "q8_0", mebibytes: 399.5,
      source: "ikawrakow/ik_llama.cpp issue 530"),
    Printed(
      model: "Qwen3 235B-A22B", tokens: 40_960, format: "q8_0", mebibytes: 3995,
      source: "ikawrakow/ik_llama.cpp issue 514"),
    Printed(
      model: "Qwen3 235B-A22B", tokens: 65_536, format: "q8_0", mebibytes: 6392,
      source: "ikawrakow/ik_llama.cpp issue 437"),
    Printed(
      model: "Qwen3 235B-A22B", tokens: 32_768, format: "q4_0", mebibytes: 1692,
      source: "ikawrakow/ik_llama.cpp issue 425"),
    Printed(
      model: "DeepSeek-V2", tokens: 32_768, format: "16", mebibytes: 2160,
      source: "ikawrakow/ik_llama.cpp pull request 386, of DeepSeek-V2.5"),
    Printed(
      model: "DeepSeek-V2", tokens: 32_768, format: "q8_0", mebibytes: 1147.5,
      source: "ikawrakow/ik_llama.cpp pull request 400, of DeepSeek-V2.5"),
    Printed(
      model: "DeepSeek-V3", tokens: 8192, format: "16", mebibytes: 549,
      source: "ikawrakow/ik_llama.cpp issue 305"),
    Printed(
      model: "DeepSeek-V3", tokens: 32_768, format: "q8_0", mebibytes: 1166.62,
      source: "ikawrakow/ik_llama.cpp pull request 259, 'c^KV (q8_0)'"),
    Printed(
      model: "DeepSeek-V3", tokens: 131_072, format: "q8_0", mebibytes: 4666.5,
      source: "ikawrakow/ik_llama.cpp issue 485"),
    Printed(
      model: "DeepSeek-R1", tokens: 2048, format: "16", mebibytes: 137.25,
      source: "ikawrakow/ik_llama.cpp issue 245"),
    Printed(
      model: "DeepSeek-R1", tokens: 16_384, format: "16", mebibytes: 1098,
      source: "ikawrakow/ik_llama.cpp issue 596"),
    Printed(
      model: "DeepSeek-R1", tokens: 163_840, format: "16", mebibytes: 10_980,
      source: "ikawrakow/ik_llama.cpp pull request 237"),
    Printed(
      model: "DeepSeek-R1", tokens: 65_536, format: "q8_0", mebibytes: 2333.25,
      source: "ikawrakow/ik_llama.cpp issue 437"),
    Printed(
      model: "Kimi K2", tokens: 512, format: "16", mebibytes: 34.31,
      source: "ikawrakow/ik_llama.cpp pull request 616"),
    Printed(
      model: "Kimi K2", tokens: 2048, format: "q8_0", mebibytes: 72.91,
      source: "ikawrakow/ik_llama.cpp pull request 616"),
    Printed(
      model: "Phi-3-mini", tokens: 131_328, format: "16", mebibytes: 49_248, ignoresWindows: true,
      source: "ggml-org/llama.cpp issue 6849, of the 128K version"),
    Printed(
      model: "Gemma 3 27B", tokens: 32_768, format: "16", mebibytes: 15_872, ignoresWindows: true,
      source: "ikawrakow/ik_llama.cpp discussion 334"),
    Printed(
      model: "Gemma 3 27B", tokens: 131_072, format: "16", mebibytes: 63_488, ignoresWindows: true,
      source: "ikawrakow/ik_llama.cpp issue 539"),
    Printed(
      model: "Llama 3.1 8B", tokens: 128_000, format: "16", mebibytes: 15.625 * 1024,
      source: "Hugging Face blog, Llama 3.1: 15.62 GB"),
    Printed(
      model: "Llama 3.1 70B", tokens: 128_000, format: "16", mebibytes: 39.0625 * 1024,
      source: "Hugging Face blog, Llama 3.1: 39.06 GB"),
    Printed(
      model: "Qwen3 8B", tokens: 1000, format: "16", mebibytes: 0.1373 * 1024,
      source: "LMCache/LMCache pull request 1769, table of the FAQ: 0.1373 GB"),
    Printed(
      model: "Qwen3 32B", tokens: 1000, format: "16", mebibytes: 0.2441 * 1024,
      source: "LMCache/LMCache pull request 1769, table of the FAQ: 0.2441 GB"),
    Printed(
      model: "Llama 3.1 70B", tokens: 1000, format: "16", mebibytes: 0.3052 * 1024,
      source: "LMCache/LMCache pull request 1769, table of the FAQ: 0.3052 GB"),
    Printed(
      model: "Mistral Small 3 24B", tokens: 184_832, format: "16", mebibytes: 28.20 * 1024,
      source: """
        llm-d-incubation/llm-d-planner, docs/empirical-vllm-memory-results.md, vLLM's log of \
        Mistral Small 3.2: 28.20 GiB
        """),
    Printed(
      model: "Qwen3 235B-A22B", tokens: 367_404, format: "16", mebibytes: 8.23 * 1024, tensor: 4,
      isKeysOnly: true,
      source: "vllm-project/vllm issue 21348, SGLang on 4 devices: K size"),
  ]

  /// The cache of the layers with a window, or of those without, as a program prints it.
  struct Part: Sendable {
    let model: String
    let hasWindow: Bool
    let layers: Int
    let tokens: Int
    let mebibytes: Double
    let source: String
  }

  static let parts = [
    Part(
      model: "gpt-oss-20b", hasWindow: false, layers: 12, tokens: 131_072, mebibytes: 3072,
      source: "ikawrakow/ik_llama.cpp issue 822, llama.cpp"),
    Part(
      model: "gpt-oss-20b", hasWindow: true, layers: 12, tokens: 768, mebibytes: 18,
      source: "ikawrakow/ik_llama.cpp issue 822, llama.cpp"),
  ]

  /// Layers of several kinds: bytes of one sequence, 16 bits, computed from config.json.
  static let interleaved: [(name: String, tokens: Int, bytes: Double)] = [
    ("Gemma 3 27B", 131_072, 11_173_625_856), ("gpt-oss-20b", 131_072, 3_224_371_200),
    ("gpt-oss-120b", 131_072, 4_836_556_800), ("Gemma 2 9B", 8192, 2_113_929_216),
    ("Mistral 7B", 100_000, 536_870_912),
  ]
}
