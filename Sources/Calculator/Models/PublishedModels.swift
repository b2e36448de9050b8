extension ModelShape {
  /// Published models, with the source of their sizes. A test compares the number of weights that
  /// the sizes give with the number in the published files.
  public static let published: [ModelShape] =
    gptModels + llamaModels + mistralModels + qwenModels + gemmaModels + otherModels
    + expertModels

  // MARK: Families

  private static let gptModels: [ModelShape] =
    [
      ("GPT-2", 12, 768, 12), ("GPT-2 Medium", 24, 1024, 16), ("GPT-2 Large", 36, 1280, 20),
      ("GPT-2 XL", 48, 1600, 25),
    ].map { name, layers, width, heads in
      ModelShape(
        name: name, layerCount: layers, modelDim: width, headCount: heads,
        feedForwardDim: 4 * width, vocabularyCount: 50_257, block: .gpt, tiesEmbedding: true,
        learnedPositionCount: 1024, trainedContext: 1024,
        source: "Radford et al., 2019, table 2 and section 2.3")
    } + [
      ModelShape(
        name: "MPT-7B-StoryWriter", layerCount: 32, modelDim: 4096, headCount: 32,
        feedForwardDim: 16_384, vocabularyCount: 50_432, block: .gpt, norm: .biaslessLayerNorm,
        hasBiases: false, tiesEmbedding: true, publishedParameterCount: 6.7e9,
        trainedContext: 65_536, source: "MosaicML, 2023, model card and configuration file")
    ]

  private static let llamaModels: [ModelShape] = [
    dense(
      "LLaMA 7B", 32, 4096, 32, 32, 11_008, 32_000, n: 6.7e9, context: 2048, source: llama1),
    dense(
      "LLaMA 13B", 40, 5120, 40, 40, 13_824, 32_000, n: 13.0e9, context: 2048, source: llama1),
    dense(
      "LLaMA 33B", 60, 6656, 52, 52, 17_920, 32_000, n: 32.5e9, context: 2048, source: llama1),
    dense(
      "LLaMA 65B", 80, 8192, 64, 64, 22_016, 32_000, n: 65.2e9, context: 2048, source: llama1),
    dense("Llama 2 7B", 32, 4096, 32, 32, 11_008, 32_000, context: 4096, source: llama2),
    dense("Llama 2 13B", 40, 5120, 40, 40, 13_824, 32_000, context: 4096, source: llama2),
    dense("Llama 2 70B", 80, 8192, 64, 8, 28_672, 32_000, n: 70e9, context: 4096, source: llama2),
    dense("Llama 3 8B", 32, 4096, 32, 8, 14_336, 128_256, n: 8.0e9, context: 8192, source: llama3),
    dense("Llama 3 70B", 80, 8192, 64, 8, 28_672, 128_256, context: 8192, source: llama3),
    dense("Llama 3.1 8B", 32, 4096, 32, 8, 14_336, 128_256, context: 131_072, source: llama3),
    dense("Llama 3.1 70B", 80, 8192, 64, 8, 28_672, 128_256, context: 131_072, source: llama3),
    dense("Llama 3.1 405B", 126, 16_384, 128, 8, 53_248, 128_256, context: 131_072, source: llama3),
    dense(
      "Llama 3.2 1B", 16, 2048, 32, 8, 8192, 128_256, headDim: 64, tied: true, context: 131_072,
      source: "Meta, 2024, configuration file"),
    dense(
      "Llama 3.2 3B", 28, 3072, 24, 8, 8192, 128_256, tied: true, context: 131_072,
      source: "Meta, 2024, configuration file"),
    dense(
      "Llama 3.3 70B", 80, 8192, 64, 8, 28_672, 128_256, context: 131_072,
      source: "Meta, 2024, configuration file: the sizes of Llama 3.1 70B"),
    dense(
      "TinyLlama 1.1B", 22, 2048, 32, 4, 5632, 32_000, context: 2048,
      source: "Zhang et al., 2024, table 2"),
  ]
  private static let llama1 = "Touvron et al., 2023, LLaMA, table 2"
  private static let llama2 = "Touvron et al., 2023, Llama 2, table 1 and its configuration file"
  private static let llama3 = "Llama Team, 2024, table 3 and configuration files"

  private static let mistralModels: [ModelShape] = [
    dense(
      "Mistral 7B", 32, 4096, 32, 8, 14_336, 32_000, window: 4096, context: 8192,
      source: "Jiang et al., 2023, table 1: version 0.1, a window of 4,096"),
    dense(
      "Mistral 7B v0.3", 32, 4096, 32, 8, 14_336, 32_768, context: 32_768,
      source: "Mistral AI, 2024, configuration file: no window"),
    dense(
      "Mistral Nemo 12B", 40, 5120, 32, 8, 14_336, 131_072, headDim: 128, context: 131_072,
      source: "Mistral AI, 2024, configuration file"),
    dense(
      "Mistral Small 3 24B", 40, 5120, 32, 8, 32_768, 131_072, headDim: 128, context: 32_768,
      source: "Mistral AI, 2025, configuration file"),
    dense(
      "Mistral Large 2 123B", 88, 12_288, 96, 8, 28_672, 32_768, context: 131_072,
      source: "Mistral AI, 2024, configuration file"),
  ]

  private static let qwenModels: [ModelShape] =
    [
      ("Qwen2.5 0.5B", 24, 896, 14, 2, 4864, 151_936, true),
      ("Qwen2.5 1.5B", 28, 1536, 12, 2, 8960, 151_936, true),
      ("Qwen2.5 3B", 36, 2048, 16, 2, 11_008, 151_936, true),
      ("Qwen2.5 7B", 28, 3584, 28, 4, 18_944, 152_064, false),
      ("Qwen2.5 14B", 48, 5120, 40, 8, 13_824, 152_064, false),
      ("Qwen2.5 32B", 64, 5120, 40, 8, 27_648, 152_064, false),
      ("Qwen2.5 72B", 80, 8192, 64, 8, 29_568, 152_064, false),
    ].map { name, layers, width, heads, kvHeads, hidden, vocabulary, tied in
      dense(
        name, layers, width, heads, kvHeads, hidden, vocabulary, biases: .inputs, tied: tied,
        context: tied ? 32_768 : 131_072,
        source: "Qwen Team, 2024, Qwen2.5, table 1 and configuration files")
    }
    + [
      ("Qwen3 0.6B", 28, 1024, 16, 3072, true), ("Qwen3 1.7B", 28, 2048, 16, 6144, true),
      ("Qwen3 4B", 36, 2560, 32, 9728, true), ("Qwen3 8B", 36, 4096, 32, 12_288, false),
      ("Qwen3 14B", 40, 5120, 40, 17_408, false), ("Qwen3 32B", 64, 5120, 64, 25_600, false),
    ].map { name, layers, width, heads, hidden, tied in
      dense(
        name, layers, width, heads, 8, hidden, 151_936, headDim: 128, queryKeyNorm: .perHead,
        tied: tied, context: 40_960,
        source: "Qwen Team, 2025, Qwen3, table 1 and configuration files")
    }

  private static let gemmaModels: [ModelShape] = [
    dense(
      "Gemma 2B", 18, 2048, 8, 1, 16_384, 256_000, headDim: 256, tied: true, context: 8192,
      source: gemma1),
    dense(
      "Gemma 7B", 28, 3072, 16, 16, 24_576, 256_000, headDim: 256, tied: true, context: 8192,
      source: gemma1),
    gemma2("Gemma 2 2B", 26, 2304, 8, 4, 256, 9216),
    gemma2("Gemma 2 9B", 42, 3584, 16, 8, 256, 14_336),
    gemma2("Gemma 2 27B", 46, 4608, 32, 16, 128, 36_864),
    gemma3("Gemma 3 1B", 26, 1152, 4, 1, 256, 6912, window: 512, context: 32_768),
    gemma3("Gemma 3 4B", 34, 2560, 8, 4, 256, 10_240),
    gemma3("Gemma 3 12B", 48, 3840, 16, 8, 256, 15_360),
    gemma3("Gemma 3 27B", 62, 5376, 32, 16, 128, 21_504),
  ]
  private static let gemma1 = "Gemma Team, 2024, table 1"

  private static let otherModels: [ModelShape] = [
    ModelShape(
      name: "Phi-2", modelDim: 2560, vocabularyCount: 51_200,
      groups: [
        LayerGroup(
          32,
          Layer(
            Attention(heads: 32, headDim: 80, biases: .all),
            FeedForward(10_240, isGated: false, hasBiases: true), normCount: 1))
      ], norm: .layerNorm, otherParameterCount: 51_200, trainedContext: 2048,
      source: "Microsoft, 2023, configuration file: one norm for both parts, a bias of the output"),
    dense(
      "Phi-3-mini", 32, 3072, 32, 32, 8192, 32_064, window: 2047, context: 4096,
      source: "Abdin et al., 2024, and its configuration file (4K), a window of 2,047"),
    dense(
      "Phi-3-medium", 40, 5120, 40, 10, 17_920, 32_064, context: 131_072,
      source: "Abdin et al., 2024, and its configuration file (128K)"),
    dense(
      "Phi-4", 40, 5120, 40, 10, 17_920, 100_352, context: 16_384,
      source: "Abdin et al., 2024, Phi-4, configuration file"),
    dense(
      "SmolLM2-135M", 30, 576, 9, 3, 1536, 49_152, tied: true, context: 8192, source: smol2),
    dense("SmolLM2-360M", 32, 960, 15, 5, 2560, 49_152, tied: true, context: 8192, source: smol2),
    dense("SmolLM2-1.7B", 24, 2048, 32, 32, 8192, 49_152, tied: true, context: 8192, source: smol2),
    dense(
      "SmolLM3-3B", 36, 2048, 16, 4, 11_008, 128_256, tied: true, context: 65_536,
      source: "Hugging Face, 2025, configuration file"),
    dense(
      "OLMo 2 7B", 32, 4096, 32, 32, 11_008, 100_352, queryKeyNorm: .allHeads, context: 4096,
      source: "OLMo Team, 2025, table 2 and configuration file"),
    dense(
      "OLMo 2 13B", 40, 5120, 40, 40, 13_824, 100_352, queryKeyNorm: .allHeads, context: 4096,
      source: "OLMo Team, 2025, table 2 and configuration file"),
    dense(
      "Yi-34B", 60, 7168, 56, 8, 20_480, 64_000, context: 4096,
      source: "01.AI, 2024, table 1 and configuration file"),
  ]
  private static let smol2 = "Allal et al., 2025, configuration file"

  /// Mixtures of experts.
  private static let expertModels: [ModelShape] = [
    mixture(
      "Mixtral 8x7B", 32, 4096, Attention(heads: 32, kvHeads: 8, headDim: 128), 14_336, 8, 2, 0,
      32_000, context: 32_768, source: "Jiang et al., 2024, table 1"),
    mixture(
      "Mixtral 8x22B", 56, 6144, Attention(heads: 48, kvHeads: 8, headDim: 128), 16_384, 8, 2, 0,
      32_000, context: 65_536,
      source: """
        Mistral AI, 2024, configuration file of version 0.1; that of the instruct version has \
        32,768 words
        """),
    mixture(
      "Qwen1.5-MoE-A2.7B", 24, 2048, Attention(heads: 16, headDim: 128, biases: .inputs), 1408, 60,
      4, 5632, 151_936, otherWeights: 2048, context: 8192,
      source: "Qwen Team, 2024, configuration file"),
    mixture(
      "Qwen3 30B-A3B", 48, 2048,
      Attention(heads: 32, kvHeads: 4, headDim: 128, queryKeyNorm: .perHead), 768, 128, 8, 0,
      151_936, context: 40_960, source: "Qwen Team, 2025, Qwen3, table 2 and configuration file"),
    mixture(
      "Qwen3 235B-A22B", 94, 4096,
      Attention(heads: 64, kvHeads: 4, headDim: 128, queryKeyNorm: .perHead), 1536, 128, 8, 0,
      151_936, context: 40_960, source: "Qwen Team, 2025, Qwen3, table 2 and configuration file"),
    mixture(
      "DeepSeek-V2-Lite", 27, 2048, latent(heads: 16, queryRank: nil), 1408, 64, 6, 2816, 102_400,
      denseLayers: 1, denseDim: 10_944, context: 163_840,
      source: "DeepSeek-AI, 2024, DeepSeek-V2, appendix B and configuration file"),
    mixture(
      "DeepSeek-V2", 60, 5120, latent(heads: 128, queryRank: 1536), 1536, 160, 6, 3072, 102_400,
      denseLayers: 1, denseDim: 12_288, context: 163_840,
      source: """
        DeepSeek-AI, 2024, DeepSeek-V2, section 3.1.2: 512 latent + 64 rotary, queries and keys of \
        128 + 64, values of 128
        """),
    deepSeekV3("DeepSeek-V3"), deepSeekV3("DeepSeek-R1"),
    mixture(
      "Kimi K2", 61, 7168, latent(heads: 64, queryRank: 1536), 2048, 384, 8, 2048, 163_840,
      otherWeights: 384, denseLayers: 1, denseDim: 18_432, context: 131_072,
      publishedFormat: .float8,
      source: "Moonshot AI, 2025, table 2 and configuration file"),
    gptOSS("gpt-oss-20b", 24, 32), gptOSS("gpt-oss-120b", 36, 128),
  ]

  // MARK: Parts

  private static func dense(
    _ name: String, _ layers: Int, _ width: Int, _ heads: Int, _ kvHeads: Int, _ hidden: Int,
    _ vocabulary: Int, headDim: Int? = nil, window: Int? = nil, biases: Attention.Biases = .none,
    queryKeyNorm: Attention.QueryKeyNorm = .none, tied: Bool = false, n: Double? = nil,
    context: Int, source: String
  ) -> ModelShape {
    let attention = Attention(
      heads: heads, kvHeads: kvHeads, headDim: headDim ?? width / heads, window: window,
      biases: biases, queryKeyNorm: queryKeyNorm)
    return ModelShape(
      name: name, modelDim: width, vocabularyCount: vocabulary,
      groups: [LayerGroup(layers, Layer(attention, FeedForward(hidden)))], tiesEmbedding: tied,
      publishedParameterCount: n, trainedContext: context, source: source)
  }

  /// Norms before and after each part; every second layer has a window of 4,096 tokens.
  private static func gemma2(
    _ name: String, _ layers: Int, _ width: Int, _ heads: Int, _ kvHeads: Int, _ headDim: Int,
    _ hidden: Int
  ) -> ModelShape {
    var attention = Attention(heads: heads, kvHeads: kvHeads, headDim: headDim)
    let global = Layer(attention, FeedForward(hidden), normCount: 4)
    attention.window = 4096
    let local = Layer(attention, FeedForward(hidden), normCount: 4)
    return ModelShape(
      name: name, modelDim: width, vocabularyCount: 256_000,
      layers: (0..<layers).map { $0 % 2 == 0 ? local : global },
      tiesEmbedding: true, trainedContext: 8192,
      source: "Gemma Team, 2024, Gemma 2, table 1: every second layer has a window of 4,096")
  }

  /// Norms before and after each part, and of queries and keys; five layers with a window for each
  /// one without.
  private static func gemma3(
    _ name: String, _ layers: Int, _ width: Int, _ heads: Int, _ kvHeads: Int, _ headDim: Int,
    _ hidden: Int, window: Int = 1024, context: Int = 131_072
  ) -> ModelShape {
    var attention = Attention(
      heads: heads, kvHeads: kvHeads, headDim: headDim, queryKeyNorm: .perHead)
    let global = Layer(attention, FeedForward(hidden), normCount: 4)
    attention.window = window
    let local = Layer(attention, FeedForward(hidden), normCount: 4)
    return ModelShape(
      name: name, modelDim: width,
      vocabularyCount: name.hasSuffix(" 1B") ? 262_144 : 262_208,
      layers: (1...layers).map { $0 % 6 == 0 ? global : local },
      tiesEmbedding: true, trainedContext: context,
      source: """
        Gemma Team, 2025, Gemma 3, section 2 and configuration file, language part: windows of \
        \(window), every sixth layer without
        """)
  }

  private static func latent(heads: Int, queryRank: Int?) -> Attention {
    Attention(
      heads: heads, headDim: 192, valueHeadDim: 128,
      latent: Attention.Latent(rank: 512, rotaryDim: 64, queryRank: queryRank))
  }

  private static func mixture(
    _ name: String, _ layers: Int, _ width: Int, _ attention: Attention, _ hidden: Int,
    _ experts: Int, _ active: Int, _ shared: Int, _ vocabulary: Int, otherWeights: Int = 0,
    denseLayers: Int = 0, denseDim: Int = 0, context: Int, publishedFormat: WeightFormat? = nil,
    source: String
  ) -> ModelShape {
    let routed = FeedForward(
      hidden,
      experts: FeedForward.Experts(
        total: experts, active: active, sharedDim: shared, otherWeights: otherWeights))
    let dense = Layer(attention, FeedForward(denseDim))
    var model = ModelShape(
      name: name, modelDim: width, vocabularyCount: vocabulary,
      layers: (0..<layers).map { $0 < denseLayers ? dense : Layer(attention, routed) },
      trainedContext: context, source: source)
    model.publishedFormat = publishedFormat
    return model
  }

  private static func deepSeekV3(_ name: String) -> ModelShape {
    mixture(
      name, 61, 7168, latent(heads: 128, queryRank: 1536), 2048, 256, 8, 2048, 129_280,
      otherWeights: 256, denseLayers: 3, denseDim: 18_432, context: 163_840,
      publishedFormat: .float8,
      source: "DeepSeek-AI, 2024, DeepSeek-V3, section 4.2, without the module for a second token")
  }

  /// Every second layer has a window of 128 tokens; every head has a sink.
  private static func gptOSS(_ name: String, _ layers: Int, _ experts: Int) -> ModelShape {
    let feedForward = FeedForward(
      2880, hasBiases: true,
      experts: FeedForward.Experts(total: experts, active: 4, otherWeights: experts))
    var attention = Attention(
      heads: 64, kvHeads: 8, headDim: 64, biases: .all, hasSinks: true)
    let global = Layer(attention, feedForward)
    attention.window = 128
    let local = Layer(attention, feedForward)
    var model = ModelShape(
      name: name, modelDim: 2880, vocabularyCount: 201_088,
      layers: (0..<layers).map { $0 % 2 == 0 ? local : global },
      trainedContext: 131_072,
      source: "OpenAI, 2025, gpt-oss model card, table 1 and configuration file")
    model.publishedFormat = .mxfp4
    return model
  }
}
