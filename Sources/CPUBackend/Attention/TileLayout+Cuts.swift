import TensorCore

// The blocks that a pattern cuts pair by pair: where they lie, and the bits of a row or a column.
//
// Blocks of queries never reach over the edge of a kept block, so all queries of a group stand in
// one row of the list. Cut blocks are 16, 32, 48 or 64 tokens a side: one word holds a row, and a
// panel of 16 keys that begins at a multiple of 16 lies in one block.

extension TileLayout {
  /// A part of a cut block: its keys, and the number of its mask.
  struct Cut {
    let keys: Range<Int>
    let number: Int
  }

  /// The cut blocks that these keys reach into, for queries of one row of the list.
  @inline(__always)
  func cuts(of queries: Range<Int>, in keys: Range<Int>) -> [Cut] {
    guard blocks?.cuts != nil else { return [] }
    return foundCuts(of: queries, in: keys)
  }

  @inline(never)
  private func foundCuts(of queries: Range<Int>, in keys: Range<Int>) -> [Cut] {
    guard let blocks, let cuts = blocks.cuts, let row = row(of: queries, in: blocks) else {
      return []
    }
    let (kept, size) = (blocks.keptKeyBlocks[row], blocks.blockSize)
    var found: [Cut] = []
    var place = firstPlace(of: keys.lowerBound / size, in: kept)
    while place < kept.count, kept[place] * size < keys.upperBound {
      if let number = cuts.number(row: row, place: place) {
        let block = kept[place] * size..<(kept[place] + 1) * size
        found.append(Cut(keys: block.clamped(to: keys), number: number))
      }
      place += 1
    }
    return found
  }

  /// Where in an ascending list the first number that is not below `block` stands.
  private func firstPlace(of block: Int, in kept: [Int]) -> Int {
    var (low, high) = (0, kept.count)
    while low < high {
      let middle = (low + high) / 2
      if kept[middle] < block { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Which of up to 16 queries, the first in the lowest bit, see a key of a cut block.
  @inline(__always)
  func bits(ofKey key: Int, for queries: Range<Int>, _ cut: Cut) -> UInt32 {
    guard let cuts = blocks?.cuts else { return .max }
    let size = cuts.blockSize
    let word = cuts.columns[cut.number * size + key % size]
    return UInt32(truncatingIfNeeded: word >> UInt64((queries.lowerBound + shift) % size))
  }

  /// Which of 16 keys from `key` on, the first in the lowest bit, a query sees in a cut block.
  @inline(__always)
  func bits(ofQuery query: Int, from key: Int, _ number: Int) -> UInt32 {
    guard let cuts = blocks?.cuts else { return .max }
    let size = cuts.blockSize
    let word = cuts.rows[number * size + (query + shift) % size]
    return UInt32(truncatingIfNeeded: word >> UInt64(key % size))
  }
}

/// Lanes whose bit is 0, of the lowest eight bits.
@inline(__always)
func clearBits(_ bits: UInt32) -> SIMDMask<SIMD8<Int32>> {
  let masked =
    SIMD8<Int32>(repeating: Int32(truncatingIfNeeded: bits))
    & SIMD8<Int32>(1, 2, 4, 8, 16, 32, 64, 128)
  return masked .== SIMD8<Int32>(repeating: 0)
}
