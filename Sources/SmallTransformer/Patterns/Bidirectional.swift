/// Every token sees every other, earlier or later: an encoder's pattern (Vaswani et al., 2017,
/// section 3.2.3). Nothing can be generated with it, and no cache kept.
public struct Bidirectional: AttentionPattern {
  public init() {}
  public var name: String { "bidirectional" }
  public var isCausal: Bool { false }
}
