/// A trained vector for each position, added to the embedding (Vaswani et al., 2017, table 3 row E).
///
/// The table has `positionCount` rows. Training at length T moves the first T of them; the rest stay
/// as they were drawn, so beyond T the model reads noise, and beyond the table there is nothing to
/// read at all.
public struct Learned: PositionScheme {
  public let positionCount: Int

  public init(positionCount: Int) {
    self.positionCount = positionCount
  }

  public var name: String { "learned" }
  public var identity: String { "learned(\(positionCount))" }
  public var learnedPositionCount: Int? { positionCount }
}
