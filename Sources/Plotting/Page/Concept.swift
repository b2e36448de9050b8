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
  /// RoPE in the window layers, no positions in the global ones.
  case ropeInWindows

  // Keys and values.
  case multiHead, groupedQuery, multiQuery, latentAttention

  // Training and routing.
  /// Everything is stored, or everything is computed.
  case keepAll
  /// Some of it is computed again.
  case recomputed
  /// The parts inside attention only.
  case selective
  /// Every layer is computed again.
  case fullRecomputation
  /// The binomial schedule.
  case revolve
  /// Tokens that a router picks.
  case routed

  // How a model gets at a long text.
  case wholeText, truncatedText, retrieval, summary
  /// Retrieval that searches again with what it found.
  case repeatedRetrieval
  /// A summary of sentences drawn at random.
  case randomSummary

  // Kinds of question about a text.
  case oneFact, chainOfTwo, countOverAll

  // Beside other curves.
  /// What the others are compared with: a formula, measured points, the sum of all parts.
  case reference

  // Parts of a layer, and of memory.
  case linearLayers
  case weights, gradients, optimizer, activations, cache, logits, workspace
}

extension Concept {
  /// Its color.
  public var color: Palette.Color {
    switch self {
    case .standardAttention, .multiHead, .keepAll, .wholeText, .noPositions: Palette.gray
    case .tiledAttention, .interpolation, .groupedQuery, .selective, .truncatedText, .ropeInWindows,
      .weights:
      Palette.blue
    case .window, .alibi, .multiQuery, .recomputed, .retrieval, .optimizer: Palette.green
    case .engineKernel, .dilated, .learnedPositions, .linearLayers, .workspace, .repeatedRetrieval,
      .countOverAll:
      Palette.sky
    case .strided, .sinusoidal, .latentAttention, .summary, .revolve, .gradients: Palette.purple
    case .fixedPattern, .rope, .fullRecomputation, .activations, .oneFact:
      Palette.vermilion
    case .globalTokens, .routed, .ntkAware, .logits, .chainOfTwo: Palette.orange
    case .sinks, .yarn, .cache: Palette.brown
    case .randomBlocks, .randomSummary: Palette.violet
    case .reference: Palette.foreground
    }
  }
}
