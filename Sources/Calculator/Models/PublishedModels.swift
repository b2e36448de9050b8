extension ModelShape {
  /// Published models, with the source of their sizes.
  public static let published: [ModelShape] = [
    llama("LLaMA 7B", layers: 32, width: 4096, heads: 32, hidden: 11_008, billions: 6.7),
    llama("LLaMA 13B", layers: 40, width: 5120, heads: 40, hidden: 13_824, billions: 13.0),
    llama("LLaMA 33B", layers: 60, width: 6656, heads: 52, hidden: 17_920, billions: 32.5),
    llama("LLaMA 65B", layers: 80, width: 8192, heads: 64, hidden: 22_016, billions: 65.2),
    ModelShape(
      name: "Llama 2 70B", layerCount: 80, modelDim: 8192, headCount: 64, kvHeadCount: 8,
      feedForwardDim: 28_672, vocabularyCount: 32_000, publishedParameterCount: 70e9,
      source: "Touvron et al., 2023, Llama 2, table 1 and its configuration file"),
    ModelShape(
      name: "Llama 3 8B", layerCount: 32, modelDim: 4096, headCount: 32, kvHeadCount: 8,
      feedForwardDim: 14_336, vocabularyCount: 128_256, publishedParameterCount: 8.0e9,
      source: "Llama Team, 2024, table 3"),
    ModelShape(
      name: "Mistral 7B", layerCount: 32, modelDim: 4096, headCount: 32, kvHeadCount: 8,
      feedForwardDim: 14_336, vocabularyCount: 32_000, publishedParameterCount: 7.2e9,
      source: "Jiang et al., 2023, table 1"),
    ModelShape(
      name: "MPT-7B-StoryWriter", layerCount: 32, modelDim: 4096, headCount: 32,
      feedForwardDim: 16_384, vocabularyCount: 50_432, block: .gpt, norm: .biaslessLayerNorm,
      hasBiases: false, tiesEmbedding: true, publishedParameterCount: 6.7e9,
      source: "MosaicML, 2023, model card and configuration file"),
    ModelShape(
      name: "DeepSeek-V2", layerCount: 60, modelDim: 5120, headCount: 128, headDim: 192,
      valueHeadDim: 128, feedForwardDim: 12_288, vocabularyCount: 102_400,
      publishedParameterCount: 236e9, activeParameterCount: 21e9, latentCacheDim: 576,
      source: """
        DeepSeek-AI, 2024, section 3.1.2: 512 latent + 64 rotary, queries and keys of 128 + 64, \
        values of 128; 21 billion weights active
        """),
    ModelShape(
      name: "SmolLM2-135M", layerCount: 30, modelDim: 576, headCount: 9, kvHeadCount: 3,
      feedForwardDim: 1536, vocabularyCount: 49_152, tiesEmbedding: true,
      publishedParameterCount: 135e6, source: "Allal et al., 2025, configuration file"),
  ]

  private static func llama(
    _ name: String, layers: Int, width: Int, heads: Int, hidden: Int, billions: Double
  ) -> ModelShape {
    ModelShape(
      name: name, layerCount: layers, modelDim: width, headCount: heads, feedForwardDim: hidden,
      vocabularyCount: 32_000, publishedParameterCount: billions * 1e9,
      source: "Touvron et al., 2023, LLaMA, table 2")
  }

  /// The published model with this name.
  /// - Throws: `UnknownName` with a suggestion.
  public static func named(_ name: String) throws(UnknownName) -> ModelShape {
    if let found = published(name) { return found }
    throw UnknownName(kind: "model", name: name, known: published.map(\.name))
  }

  /// The published model with this name; nil if there is none. Case, spaces and hyphens do not
  /// matter.
  public static func published(_ name: String) -> ModelShape? {
    published.first { plain($0.name) == plain(name) }
  }

  /// A name in lower case, without spaces and hyphens.
  public static func plain(_ name: String) -> String {
    name.lowercased().filter { $0.isLetter || $0.isNumber || $0 == "." }
  }
}
