/// Sequences side by side, each with what comes next at every position.
public struct Batch: Equatable, Sendable {
  public let batchSize: Int
  public let length: Int
  /// `[batch, seq]`, row-major.
  public let inputs: [Int32]
  /// `[batch, seq]`: the input one position later.
  public let targets: [Int32]

  /// The sequences that begin at `starts`.
  /// - Precondition: `length + 1` bytes lie after each start.
  init(_ bytes: [UInt8], starts: [Int], length: Int) {
    batchSize = starts.count
    self.length = length
    inputs = starts.flatMap { bytes[$0..<($0 + length)].lazy.map(Int32.init) }
    targets = starts.flatMap { bytes[($0 + 1)..<($0 + 1 + length)].lazy.map(Int32.init) }
  }
}
