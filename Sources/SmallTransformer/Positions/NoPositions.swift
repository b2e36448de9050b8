/// No position at all: the causal mask is the only hint of order (Haviv et al., 2022).
///
/// A token still knows how many keys it sees, and a network can count with that.
public struct NoPositions: PositionScheme {
  public init() {}

  public var name: String { "none" }
}
