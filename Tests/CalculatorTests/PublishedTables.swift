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

  /// The same, table 1: GB of each device with stages 1, 2 and 3, as printed, digits cut off or
  /// rounded.
  static let zeroByDevices: [(billions: Double, devices: Int, gigabytes: [Double])] = [
    (7.5, 1, [120, 120, 120]), (7.5, 4, [52.5, 41.3, 30]), (7.5, 16, [35.6, 21.6, 7.5]),
    (7.5, 64, [31.4, 16.6, 1.88]), (7.5, 256, [30.4, 15.4, 0.47]),
    (7.5, 1024, [30.1, 15.1, 0.12]),
    (128, 1, [2048, 2048, 2048]), (128, 4, [896, 704, 512]), (128, 16, [608, 368, 128]),
    (128, 64, [536, 284, 32]), (128, 256, [518, 263, 8]), (128, 1024, [513, 257, 2]),
    (1000, 1, [16_000, 16_000, 16_000]), (1000, 4, [7000, 5500, 4000]),
    (1000, 16, [4750, 2875, 1000]), (1000, 64, [4187, 2218, 250]),
    (1000, 256, [4046, 2054, 62.5]), (1000, 1024, [4011, 2013, 15.6]),
  ]

  /// Korthikanti et al., 2022, section 5: 5as/h, and the share of a layer's activations that
  /// selective recomputation saves, in percent.
  static let scoreShares: [ScoreShare] = [
    ScoreShare(name: "GPT-3", heads: 96, width: 12_288, tokens: 2048, value: 80, saved: 70),
    ScoreShare(name: "MT-NLG", heads: 128, width: 20_480, tokens: 2048, value: 64, saved: 65),
  ]

  struct ScoreShare: Sendable {
    let name: String
    let heads, width, tokens: Int
    let value, saved: Double
  }
}
