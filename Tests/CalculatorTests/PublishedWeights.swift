/// Numbers of weights. A tied output projection counts once.
enum PublishedWeights {
  typealias Count = (name: String, count: Int, source: String)

  /// Exact numbers.
  static let counts: [Count] =
    rows(kerasHub, inKerasHub) + rows(hub, onHub) + rows(index, inIndices) + rows(gguf, inGGUF)
    + rows(pyllama, inPyllama) + rows(loram, inPapers) + rows(textbook, inTextbook) + gemma3
    + rows(computed, onlyComputed)

  private static func rows(_ source: String, _ rows: [(String, Int)]) -> [Count] {
    rows.map { ($0.0, $0.1, source) }
  }

  // MARK: Printed by others

  private static let kerasHub = "keras-team/keras-hub, 'params' of its presets at commit 71453d0"
  private static let inKerasHub = [
    ("GPT-2", 124_439_808), ("GPT-2 Medium", 354_823_168), ("GPT-2 Large", 774_030_080),
    ("GPT-2 XL", 1_557_611_200), ("Llama 2 7B", 6_738_415_616), ("Llama 3 8B", 8_030_261_248),
    ("Llama 3.1 8B", 8_030_261_248), ("Mistral 7B", 7_241_732_096),
    ("Mistral 7B v0.3", 7_248_023_552),
    // Magistral Small 2506.
    ("Mistral Small 3 24B", 23_572_403_200),
    // Qwen2.5-Math.
    ("Qwen2.5 1.5B", 1_543_714_304),
    ("Qwen2.5 0.5B", 494_032_768), ("Qwen2.5 3B", 3_085_938_688), ("Qwen2.5 32B", 32_763_876_352),
    ("Qwen2.5 72B", 72_706_203_648), ("Qwen3 0.6B", 596_049_920), ("Qwen3 1.7B", 1_720_574_976),
    ("Qwen3 4B", 4_022_468_096), ("Qwen3 8B", 8_190_735_360), ("Qwen3 14B", 14_768_307_200),
    ("Qwen3 32B", 32_762_123_264), ("Gemma 2B", 2_506_172_416), ("Gemma 7B", 8_537_680_896),
    ("Gemma 2 2B", 2_614_341_888), ("Gemma 2 9B", 9_241_705_984), ("Gemma 2 27B", 27_227_128_320),
    ("Gemma 3 1B", 999_885_952), ("Phi-3-mini", 3_821_079_552), ("Mixtral 8x7B", 46_702_792_704),
    ("Qwen1.5-MoE-A2.7B", 14_315_784_192), ("Qwen3 30B-A3B", 30_532_122_624),
    ("Qwen3 235B-A22B", 235_093_634_560), ("gpt-oss-20b", 20_914_757_184),
    ("gpt-oss-120b", 116_829_156_672),
  ]

  private static let hub = "Hugging Face, 'safetensors.total', as public code quotes it"
  private static let onHub = [
    ("Llama 3.1 70B", 70_553_706_496), ("Llama 3.1 405B", 405_853_388_800),
    ("Llama 3.2 3B", 3_212_749_824), ("Llama 3.3 70B", 70_553_706_496),
    ("TinyLlama 1.1B", 1_100_048_384), ("Phi-2", 2_779_683_840), ("SmolLM2-135M", 134_515_008),
    ("SmolLM2-360M", 361_821_120), ("SmolLM3-3B", 3_075_098_624),
    ("OLMo 2 7B", 7_298_617_344), ("OLMo 2 13B", 13_716_198_400), ("Yi-34B", 34_388_917_248),
    ("Mixtral 8x22B", 140_620_634_112), ("DeepSeek-V2", 235_741_434_880),
  ]

  private static let index =
    "half of 'total_size' in the index of the files, as public documents quote it"
  private static let inIndices = [
    ("MPT-7B-StoryWriter", 13_298_573_312 / 2), ("Llama 3.1 70B", 141_107_412_992 / 2),
    ("Llama 3.1 8B", 16_060_522_496 / 2), ("Mistral 7B", 14_483_464_192 / 2),
    ("Mistral 7B v0.3", 14_496_047_104 / 2), ("Mistral Nemo 12B", 24_495_564_800 / 2),
    ("Qwen2.5 7B", 15_231_233_024 / 2), ("Qwen3 8B", 16_381_470_720 / 2),
    ("Phi-4", 29_319_014_400 / 2), ("DeepSeek-V2-Lite", 31_412_968_448 / 2),
  ]

  private static let gguf = "'general.parameter_count' of Ollama's files, as public code quotes it"
  private static let inGGUF = [("Qwen2.5 14B", 14_770_033_664), ("SmolLM2-1.7B", 1_711_376_384)]

  private static let pyllama =
    "juncongmoo/pyllama, docs/quant/README.md, 'Number of parameters' and 'trainable_params'"
  private static let inPyllama = [
    ("LLaMA 13B", 13_015_864_320), ("LLaMA 33B", 32_528_943_616), ("LLaMA 65B", 65_285_660_672),
  ]

  private static let loram = "Zhang et al., 2025, Train Small, Infer Large, '#Orig. Params'"
  private static let inPapers = [("Llama 2 13B", 13_015_864_320), ("Llama 2 70B", 68_976_648_192)]

  private static let textbook =
    "rasbt/LLMs-from-scratch, notebooks in ch05, 'Total number of (unique) parameters'"
  private static let inTextbook = [
    ("Llama 2 7B", 6_738_415_616), ("Llama 3 8B", 8_030_261_248), ("Llama 3.2 1B", 1_235_814_400),
    ("Qwen3 0.6B", 596_049_920), ("Qwen3 30B-A3B", 30_532_122_624),
  ]

  /// The text models have 262,144 words; the files have 64 more.
  private static let gemma3 = rows(
    "\(kerasHub), and 64 words",
    [
      ("Gemma 3 4B", 3_880_099_328 + 64 * 2560), ("Gemma 3 12B", 11_765_788_416 + 64 * 3840),
      ("Gemma 3 27B", 27_009_002_240 + 64 * 5376),
    ])

  // MARK: Computed

  private static let computed = "computed from config.json"
  private static let onlyComputed = [
    ("LLaMA 7B", 6_738_415_616), ("Llama 3 70B", 70_553_706_496),
    ("Mistral Large 2 123B", 122_610_069_504), ("Phi-3-medium", 13_960_238_080),
    ("DeepSeek-V3", 671_026_419_200), ("Kimi K2", 1_026_408_232_448),
  ]

  // MARK: Rounded

  /// What llama.cpp prints as 'model params', in billions, to that many digits.
  static let logged: [(name: String, billions: Double, digits: Int, source: String)] = [
    ("Llama 2 13B", 13.016, 5, "ikawrakow/ik_llama.cpp pull request 328"),
    ("Llama 3.1 8B", 8.030, 4, "ikawrakow/ik_llama.cpp issue 103"),
    ("Llama 3.1 70B", 70.55, 4, "ollama/ollama pull request 6279"),
    ("TinyLlama 1.1B", 1.10, 3, "ggml-org/llama.cpp issue 3018"),
    ("Mistral 7B", 7.24, 3, "intel/ipex-llm, docs/mddocs/Quickstart/llama_cpp_quickstart.md"),
    ("Mistral Large 2 123B", 122.61, 5, "LostRuins/koboldcpp issue 1528"),
    ("Qwen2.5 7B", 7.62, 3, "abetlen/llama-cpp-python issue 1945"),
    ("Qwen3 30B-A3B", 30.532, 5, "ikawrakow/ik_llama.cpp issue 380"),
    ("Qwen3 32B", 32.762, 5, "ikawrakow/ik_llama.cpp issue 503"),
    ("Qwen3 235B-A22B", 235.094, 6, "ikawrakow/ik_llama.cpp discussion 357"),
    ("Gemma 3 27B", 27.009, 5, "ikawrakow/ik_llama.cpp issue 539"),
    ("Phi-2", 2.78, 3, "ggml-org/llama.cpp issue 4437"),
    ("DeepSeek-V2-Lite", 15.706, 5, "ikawrakow/ik_llama.cpp issue 230, of DeepSeek-Coder-V2-Lite"),
    ("DeepSeek-V2", 235.741, 6, "ikawrakow/ik_llama.cpp pull request 386, of DeepSeek-V2.5"),
    ("DeepSeek-V3", 671.026, 6, "ikawrakow/ik_llama.cpp issue 485"),
    ("DeepSeek-R1", 671.026, 6, "ikawrakow/ik_llama.cpp issue 271"),
    ("Kimi K2", 1026, 4, "ikawrakow/ik_llama.cpp pull request 616: 1.026 T"),
    ("gpt-oss-20b", 20.91, 4, "ikawrakow/ik_llama.cpp issue 822"),
  ]

  /// Model cards and reports that round: billions in all, and active.
  static let rounded: [(name: String, total: Double, active: Double, source: String)] = [
    ("Mixtral 8x7B", 46.7, 12.9, "Mistral AI, 2023, Mixtral of experts, announcement"),
    ("Mixtral 8x22B", 141, 39, "Mistral AI, 2024, Cheaper, Better, Faster, Stronger"),
    ("Qwen1.5-MoE-A2.7B", 14.3, 2.7, "Qwen Team, 2024, model card"),
    ("Qwen3 30B-A3B", 30.5, 3.3, "Qwen Team, 2025, model card"),
    ("Qwen3 235B-A22B", 235, 22, "Qwen Team, 2025, model card"),
    ("DeepSeek-V2", 236, 21, "DeepSeek-AI, 2024, DeepSeek-V2, abstract"),
    ("DeepSeek-V3", 671, 37, "DeepSeek-AI, 2024, DeepSeek-V3, abstract"),
    ("gpt-oss-20b", 20.91, 3.61, "OpenAI, 2025, model card, table 1"),
    ("gpt-oss-120b", 116.83, 5.13, "OpenAI, 2025, model card, table 1"),
  ]
}
