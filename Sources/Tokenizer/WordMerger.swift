/// Merges the symbols of one word: the pair with the lowest rank first, of equal ones the leftmost,
/// until no pair can be joined (Sennrich et al., 2016).
///
/// - Complexity: O(n²) steps for a word of up to 32 symbols, and O(n log n) for a longer one.
struct WordMerger {
  private let table: MergeTable
  /// The symbols of the word, and of each the rank of its pair with the next.
  private var symbols: [Int32] = []
  private var ranks: [UInt32] = []
  private static let noRank = UInt32.max
  private static let shortLength = 32

  init(_ table: MergeTable) { self.table = table }

  /// Appends the tokens of a word to `result`.
  mutating func merge(_ word: some Sequence<Int32>, into result: inout [Int32]) {
    symbols.removeAll(keepingCapacity: true)
    symbols.append(contentsOf: word)
    if symbols.count > Self.shortLength { mergeLong() } else { mergeShort() }
    result.append(contentsOf: symbols)
  }

  private func rank(_ left: Int32, _ right: Int32) -> UInt32 {
    table[left, right]?.rank ?? Self.noRank
  }

  private mutating func mergeShort() {
    guard symbols.count > 1 else { return }
    ranks.removeAll(keepingCapacity: true)
    for place in 1..<symbols.count { ranks.append(rank(symbols[place - 1], symbols[place])) }
    while true {
      var (best, lowest) = (0, Self.noRank)
      for place in 0..<ranks.count where ranks[place] < lowest {
        (best, lowest) = (place, ranks[place])
      }
      guard lowest != Self.noRank, let merge = table[symbols[best], symbols[best + 1]] else {
        return
      }
      symbols[best] = merge.token
      symbols.remove(at: best + 1)
      ranks.remove(at: best)
      if best > 0 { ranks[best - 1] = rank(symbols[best - 1], symbols[best]) }
      if best < ranks.count { ranks[best] = rank(symbols[best], symbols[best + 1]) }
    }
  }

  /// Symbols are a linked list, and pairs wait in a heap. A pair that has changed meanwhile is
  /// dropped when it comes up.
  private mutating func mergeLong() {
    let count = symbols.count
    var next = (0..<count).map { $0 + 1 }
    var previous = (0..<count).map { $0 - 1 }
    var isGone = [Bool](repeating: false, count: count)
    var waiting = PairHeap(capacity: count)
    for place in 1..<count {
      let rank = rank(symbols[place - 1], symbols[place])
      if rank != Self.noRank { waiting.append(PairHeap.Pair(rank: rank, place: place - 1)) }
    }
    waiting.order()
    while let pair = waiting.popLowest() {
      let (place, right) = (pair.place, next[pair.place])
      guard !isGone[place], right < count,
        let merge = table[symbols[place], symbols[right]], merge.rank == pair.rank
      else { continue }
      symbols[place] = merge.token
      isGone[right] = true
      next[place] = next[right]
      if next[place] < count {
        previous[next[place]] = place
        let rank = rank(symbols[place], symbols[next[place]])
        if rank != Self.noRank { waiting.push(PairHeap.Pair(rank: rank, place: place)) }
      }
      if previous[place] >= 0 {
        let left = previous[place]
        let rank = rank(symbols[left], symbols[place])
        if rank != Self.noRank { waiting.push(PairHeap.Pair(rank: rank, place: left)) }
      }
    }
    var kept = 0
    for place in 0..<count where !isGone[place] {
      symbols[kept] = symbols[place]
      kept += 1
    }
    symbols.removeLast(count - kept)
  }
}

/// A binary heap of pairs: the lowest rank, then the leftmost place.
private struct PairHeap {
  /// A rank and a place in one number, so that the order is that of the numbers.
  struct Pair {
    let order: UInt64
    init(rank: UInt32, place: Int) { order = UInt64(rank) << 32 | UInt64(place) }
    var rank: UInt32 { UInt32(order >> 32) }
    var place: Int { Int(order & 0xFFFF_FFFF) }
  }

  private var pairs: [UInt64] = []

  init(capacity: Int) { pairs.reserveCapacity(capacity) }

  /// Appends without order; `order` must follow.
  mutating func append(_ pair: Pair) { pairs.append(pair.order) }

  /// A sorted array is a heap.
  mutating func order() { pairs.sort() }

  mutating func push(_ pair: Pair) {
    pairs.append(pair.order)
    var place = pairs.count - 1
    while place > 0, pairs[place] < pairs[(place - 1) / 2] {
      pairs.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  mutating func popLowest() -> Pair? {
    guard let first = pairs.first, let last = pairs.popLast() else { return nil }
    guard !pairs.isEmpty else { return Pair(first) }
    var place = 0
    while true {
      var child = 2 * place + 1
      guard child < pairs.count else { break }
      if child + 1 < pairs.count, pairs[child + 1] < pairs[child] { child += 1 }
      guard pairs[child] < last else { break }
      pairs[place] = pairs[child]
      place = child
    }
    pairs[place] = last
    return Pair(first)
  }
}

extension PairHeap.Pair {
  fileprivate init(_ order: UInt64) { self.order = order }
}
