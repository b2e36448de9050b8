/// The things that figures of the course compare. Each has one color in every figure.
///
/// Two concepts share a color only if no figure shows both.
public enum Concept: CaseIterable, Sendable {
  // Attention.
  /// Attention over all pairs: the score matrix in memory, or every visible key.
  case standardAttention
  /// Attention in tiles that fit into fast memory.
  case tiledAttention
  /// The engine's own kernel, as far as a figure compares it with the lesson's code.
  case engineKernel
  /// A sliding window.
  case window
  /// A window with holes.
  case dilated
  /// Every so many keys.
  case strided
  /// Blocks and their last columns.
  case fixedPattern
  /// Tokens that see and are seen by all.
  case globalTokens
  /// The first tokens, kept beside a window.
  case sinks
  /// Pairs or blocks drawn at random.
  case randomBlocks

  // Positions.
  case sinusoidal, learnedPositions, rope, alibi, noPositions
  case interpolation, ntkAware, yarn

  // Keys and values.
  case multiHead, groupedQuery, multiQuery, latentAttention

  // Training and routing.
  /// Everything is stored, or everything is computed.
  case keepAll
  /// Some of it is computed again.
  case recomputed
  /// Some layers or parts only.
  case selective
  /// Tokens that a router picks.
  case routed

  // How a model gets at a long text.
  case wholeText, truncatedText, retrieval, summary

  // Beside measured values.
  /// What a formula or a published figure says.
  case formula
  /// What chance, counting or another baseline reaches.
  case baseline

  // Memory.
  case weights, activations, cache, workspace
}

extension Concept {
  /// Its color.
  public var color: Palette.Color {
    switch self {
    case .standardAttention, .multiHead, .keepAll, .wholeText, .noPositions: Palette.gray
    case .tiledAttention, .interpolation, .groupedQuery, .selective, .truncatedText, .weights:
      Palette.blue
    case .window, .alibi, .multiQuery, .recomputed, .retrieval, .activations: Palette.green
    case .engineKernel, .dilated, .learnedPositions, .workspace: Palette.sky
    case .strided, .sinusoidal, .latentAttention, .summary: Palette.purple
    case .fixedPattern, .rope, .cache: Palette.vermilion
    case .globalTokens, .routed, .ntkAware: Palette.orange
    case .sinks, .yarn: Palette.brown
    case .randomBlocks: Palette.violet
    case .formula: Palette.foreground
    case .baseline: Palette.mark
    }
  }
}
