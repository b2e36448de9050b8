/// Vectors of tokens that are given beforehand: inputs that are numbers rather than names.
public struct FixedEmbedding: Sendable {
  /// Says in one line which vectors they are.
  public let identity: String
  /// The vector of a token, as wide as the model.
  public let vector: @Sendable (_ token: Int) -> [Float]

  public init(identity: String, vector: @escaping @Sendable (_ token: Int) -> [Float]) {
    self.identity = identity
    self.vector = vector
  }
}
