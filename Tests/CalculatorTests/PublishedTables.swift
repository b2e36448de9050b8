/// Tables that papers publish, or that follow from their formulas.
enum PublishedTables {
  /// Keys and values of 100,000 tokens in 16 bits (GB), the same in GiB, in 8 and 4 bits without
  /// scales, and of 65,536 tokens in 16 bits.
  struct CacheRow: Sendable {
    let model: String
    let kibibytesPerToken, gigabytes, gibibytes, eightBits, fourBits, at65536: Double
  }

  static let caches = [
    CacheRow(
      model: "LLaMA 7B", kibibytesPerToken: 512, gigabytes: 52.43, gibibytes: 48.83,
      eightBits: 26.21, fourBits: 13.11, at65536: 34.36),
    CacheRow(
      model: "MPT-7B-StoryWriter", kibibytesPerToken: 512, gigabytes: 52.43, gibibytes: 48.83,
      eightBits: 26.21, fourBits: 13.11, at65536: 34.36),
    CacheRow(
      model: "LLaMA 13B", kibibytesPerToken: 800, gigabytes: 81.92, gibibytes: 76.29,
      eightBits: 40.96, fourBits: 20.48, at65536: 53.69),
    CacheRow(
      model: "LLaMA 33B", kibibytesPerToken: 1560, gigabytes: 159.7, gibibytes: 148.8,
      eightBits: 79.87, fourBits: 39.94, at65536: 104.7),
    CacheRow(
      model: "LLaMA 65B", kibibytesPerToken: 2560, gigabytes: 262.1, gibibytes: 244.1,
      eightBits: 131.1, fourBits: 65.54, at65536: 171.8),
    CacheRow(
      model: "Llama 2 70B", kibibytesPerToken: 320, gigabytes: 32.77, gibibytes: 30.52,
      eightBits: 16.38, fourBits: 8.192, at65536: 21.47),
    CacheRow(
      model: "Llama 3 8B", kibibytesPerToken: 128, gigabytes: 13.11, gibibytes: 12.21,
      eightBits: 6.554, fourBits: 3.277, at65536: 8.590),
    CacheRow(
      model: "Mistral 7B", kibibytesPerToken: 128, gigabytes: 13.11, gibibytes: 12.21,
      eightBits: 6.554, fourBits: 3.277, at65536: 8.590),
    CacheRow(
      model: "DeepSeek-V2", kibibytesPerToken: 67.5, gigabytes: 6.912, gibibytes: 6.437,
      eightBits: 3.456, fourBits: 1.728, at65536: 4.530),
  ]

  /// A GPT-style layer with dropout at LLaMA's sizes, in GB: everything, 34sbhL, 2sbhL.
  struct ActivationRow: Sendable {
    let model: String
    let tokens: Int
    let all, selective, full: Double
  }

  static let activations = [
    ActivationRow(model: "LLaMA 7B", tokens: 2048, all: 30.60, selective: 9.127, full: 0.5369),
    ActivationRow(model: "LLaMA 65B", tokens: 2048, all: 153.0, selective: 45.63, full: 2.684),
    ActivationRow(
      model: "LLaMA 7B", tokens: 100_000, all: 51_646, selective: 445.6, full: 26.21),
    ActivationRow(
      model: "LLaMA 65B", tokens: 100_000, all: 258_228, selective: 2228, full: 131.1),
  ]

  /// Rajbhandari et al., 2020, figure 1: 7.5 billion weights on 64 devices, in GB.
  static let zero: [(stage: Int, gigabytes: Double)] = [
    (0, 120), (1, 31.4), (2, 16.6), (3, 1.9),
  ]

  /// Korthikanti et al., 2022, table 2 and section 5: 5as/h.
  static let scoreShares: [(name: String, heads: Int, width: Int, tokens: Int, value: Double)] = [
    ("GPT-3", 96, 12_288, 2048, 80), ("MT-NLG", 128, 20_480, 2048, 64),
  ]
}
