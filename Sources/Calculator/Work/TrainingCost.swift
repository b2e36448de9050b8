/// A training run that was paid for: hours of one kind of GPU at one context.
public struct TrainingRun: Sendable {
  public var model: ModelShape
  public var gpuHours: Double
  public var tokens: Double
  public var context: Int
  public var source: String

  /// LLaMA 65B: 1.4 T tokens at a context of 2,048.
  public static let llama65B = TrainingRun(
    model: ModelShape.published.first { $0.name == "LLaMA 65B" } ?? ModelShape.published[0],
    gpuHours: 1_022_362, tokens: 1.4e12, context: 2048,
    source: "Touvron et al., 2023, LLaMA, table 15 and section 2.4")
}

/// What "the same training, at a longer context" can mean.
public enum CostReading: String, CaseIterable, Sendable {
  /// As many sequences, each longer; what attention costs more is left out: a factor T / T₀.
  case longerSequences = "same sequences, attention ignored"
  /// As many tokens: only attention's share grows.
  case sameTokens = "same tokens"
  /// As many sequences, with attention: the product of both.
  case sameSequences = "same sequences, attention counted"
}

extension ModelShape {
  /// How many times dearer training is at one context than at another.
  public func costFactor(
    _ reading: CostReading, from base: Int, to context: Int, isCausal: Bool = false
  ) -> Double {
    let tokens = Double(context) / Double(base)
    let perToken =
      trainingFlopsPerToken(context: context, isCausal: isCausal)
      / trainingFlopsPerToken(context: base, isCausal: isCausal)
    switch reading {
    case .longerSequences: return tokens
    case .sameTokens: return perToken
    case .sameSequences: return tokens * perToken
    }
  }
}
