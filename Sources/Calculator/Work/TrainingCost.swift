/// A published training run: GPU hours, tokens and context.
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

/// The meanings of "the same training with a longer context". T₀ is the old context, T the new one.
public enum CostConvention: String, CaseIterable, Sendable {
  /// The same number of sequences, each longer, without the higher cost of attention: a factor T /
  /// T₀.
  case longerSequences = "same sequences, attention ignored"
  /// The same number of tokens: only the cost of attention grows.
  case sameTokens = "same tokens"
  /// The same number of sequences, with the cost of attention: the product of both factors.
  case sameSequences = "same sequences, attention counted"
}

extension ModelShape {
  /// The cost of training at context `context`, relative to `base`.
  public func costFactor(
    _ convention: CostConvention, from base: Int, to context: Int, isCausal: Bool = false
  ) -> Double {
    let tokens = Double(context) / Double(base)
    let perToken =
      trainingFlopsPerToken(context: context, isCausal: isCausal)
      / trainingFlopsPerToken(context: base, isCausal: isCausal)
    switch convention {
    case .longerSequences: return tokens
    case .sameTokens: return perToken
    case .sameSequences: return tokens * perToken
    }
  }
}
