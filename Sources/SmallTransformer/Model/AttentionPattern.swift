import TensorCore

/// Which keys a query may look at: the seam that the lesson on sparse masks fills.
///
/// Unless a pattern says otherwise it is causal: a token never looks at later ones.
public protocol AttentionPattern: Sendable {
  var name: String { get }
  /// The name with every constant.
  var identity: String { get }
  /// Whether a token may only look back. An encoder's pattern says no.
  var isCausal: Bool { get }
  /// Only the last so many tokens, the token itself included.
  var window: Int? { get }
  /// Only these blocks, and in them only these pairs, for positions 0 ..< length. A longer list
  /// begins with the shorter one.
  func blocks(length: Int) -> BlockList?
}

extension AttentionPattern {
  public var identity: String { name }
  public var isCausal: Bool { true }
  public var window: Int? { nil }
  public func blocks(length: Int) -> BlockList? { nil }
}

/// The block list of a pattern, made once for all layers and passes and grown by doubling.
final class PatternTable {
  private let pattern: any AttentionPattern
  private var made: (length: Int, blocks: BlockList?)?

  init(_ pattern: any AttentionPattern) { self.pattern = pattern }

  func blocks(length: Int) -> BlockList? {
    if let made, made.length >= length { return made.blocks }
    var rows = 64
    while rows < length { rows *= 2 }
    let blocks = pattern.blocks(length: rows)
    made = (rows, blocks)
    return blocks
  }
}
