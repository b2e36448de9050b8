/// Numbers of weights in the files that the authors publish (the metadata of their safetensors
/// files, or the model card where it is exact). A tied output projection counts once.
enum PublishedWeights {
  static let counts: [(name: String, count: Int)] = [
    ("GPT-2", 124_439_808), ("GPT-2 Medium", 354_823_168), ("GPT-2 Large", 774_030_080),
    ("GPT-2 XL", 1_557_611_200), ("MPT-7B-StoryWriter", 6_649_286_656),
    ("LLaMA 7B", 6_738_415_616), ("LLaMA 13B", 13_015_864_320), ("LLaMA 33B", 32_528_943_616),
    ("LLaMA 65B", 65_285_660_672), ("Llama 2 7B", 6_738_415_616),
    ("Llama 2 13B", 13_015_864_320), ("Llama 2 70B", 68_976_648_192),
    ("Llama 3 8B", 8_030_261_248), ("Llama 3 70B", 70_553_706_496),
    ("Llama 3.1 405B", 405_853_388_800), ("Llama 3.2 1B", 1_235_814_400),
    ("Llama 3.2 3B", 3_212_749_824), ("TinyLlama 1.1B", 1_100_048_384),
    ("Mistral 7B", 7_241_732_096), ("Mistral 7B v0.3", 7_248_023_552),
    ("Mistral Nemo 12B", 12_247_782_400), ("Mistral Small 3 24B", 23_572_403_200),
    ("Mistral Large 2 123B", 122_610_069_504),
    ("Qwen2.5 0.5B", 494_032_768), ("Qwen2.5 1.5B", 1_543_714_304),
    ("Qwen2.5 3B", 3_085_938_688), ("Qwen2.5 7B", 7_615_616_512),
    ("Qwen2.5 14B", 14_770_033_664), ("Qwen2.5 32B", 32_763_876_352),
    ("Qwen2.5 72B", 72_706_203_648),
    ("Qwen3 0.6B", 596_049_920), ("Qwen3 1.7B", 1_720_574_976), ("Qwen3 4B", 4_022_468_096),
    ("Qwen3 8B", 8_190_735_360), ("Qwen3 14B", 14_768_307_200), ("Qwen3 32B", 32_762_123_264),
    ("Gemma 2B", 2_506_172_416), ("Gemma 7B", 8_537_680_896), ("Gemma 2 2B", 2_614_341_888),
    ("Gemma 2 9B", 9_241_705_984), ("Gemma 2 27B", 27_227_128_320),
    ("Gemma 3 1B", 999_885_952), ("Gemma 3 4B", 3_880_263_168),
    ("Gemma 3 12B", 11_766_034_176), ("Gemma 3 27B", 27_009_346_304),
    ("Phi-2", 2_779_683_840), ("Phi-3-mini", 3_821_079_552), ("Phi-3-medium", 13_960_238_080),
    ("Phi-4", 14_659_507_200), ("SmolLM2-135M", 134_515_008), ("SmolLM2-360M", 361_821_120),
    ("SmolLM2-1.7B", 1_711_376_384), ("SmolLM3-3B", 3_075_098_624),
    ("OLMo 2 7B", 7_298_617_344), ("OLMo 2 13B", 13_716_198_400), ("Yi-34B", 34_388_917_248),
    ("Mixtral 8x7B", 46_702_792_704), ("Mixtral 8x22B", 140_620_634_112),
    ("Qwen1.5-MoE-A2.7B", 14_315_784_192),
    ("Qwen3 30B-A3B", 30_532_122_624), ("Qwen3 235B-A22B", 235_093_634_560),
    ("DeepSeek-V2-Lite", 15_706_484_224), ("DeepSeek-V2", 235_741_434_880),
    ("gpt-oss-20b", 20_914_757_184), ("gpt-oss-120b", 116_829_156_672),
  ]

  /// Model cards that round: billions in all, and active.
  static let rounded: [(name: String, total: Double, active: Double, digits: Int)] = [
    ("Mixtral 8x7B", 46.7, 12.9, 3), ("Qwen3 30B-A3B", 30.5, 3.3, 2),
    ("Qwen3 235B-A22B", 235, 22, 2), ("DeepSeek-V2", 236, 21, 2), ("DeepSeek-V3", 671, 37, 2),
    ("gpt-oss-20b", 20.9, 3.6, 2), ("gpt-oss-120b", 116.8, 5.1, 2), ("Mixtral 8x22B", 141, 39, 2),
  ]
}
