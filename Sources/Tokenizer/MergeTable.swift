/// The merges of a vocabulary by the pair that they join: a hash table with open addressing, because
/// a look-up is all that encoding does.
struct MergeTable {
  struct Merge {
    /// The place in the list of merges; the lowest is applied first.
    let rank: UInt32
    /// The token that replaces the pair.
    let token: Int32
  }

  private var keys: [UInt64]
  private var merges: [Merge]
  private let shift: UInt64
  /// No pair: two tokens of −1.
  private static let free = UInt64.max

  /// A table with room for this number of pairs.
  init(count: Int) {
    var bits: UInt64 = 4
    while 1 << bits < 2 * count { bits += 1 }
    keys = [UInt64](repeating: Self.free, count: 1 << bits)
    merges = [Merge](repeating: Merge(rank: 0, token: 0), count: 1 << bits)
    shift = 64 - bits
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// The place of a pair, or the free place where it belongs.
  private func place(_ key: UInt64) -> Int {
    var place = Int((key &* 0x9E37_79B9_7F4A_7C15) >> shift)
    while keys[place] != key, keys[place] != Self.free { place = (place + 1) & (keys.count - 1) }
    return place
  }

  /// The merge of a pair; nil if the pair is never joined. A later one replaces an earlier one.
  subscript(left: Int32, right: Int32) -> Merge? {
    get {
      let place = place(Self.key(left, right))
      return keys[place] == Self.free ? nil : merges[place]
    }
    set {
      let key = Self.key(left, right)
      let place = place(key)
      keys[place] = newValue == nil ? Self.free : key
      if let newValue { merges[place] = newValue }
    }
  }
}
