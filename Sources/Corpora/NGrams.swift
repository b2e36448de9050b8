import Foundation

/// Predicts each byte from the bytes before it by counting: n-grams, interpolated as by Witten and
/// Bell (1991, method C).
///
/// With a context c of k bytes that occurred n(c) times, followed by t(c) different bytes:
///
///     p(b | c) = (n(cb) + t(c) · p(b | c without its first byte)) / (n(c) + t(c))
///
/// An empty context is mixed with 1/256. It is a yardstick for trained models: one that does not
/// beat the count of the last k bytes cannot be said to use more than k bytes.
public struct NGrams: Sendable {
  /// The largest number of bytes of context.
  public let order: Int
  /// How often each gram of k + 1 bytes occurred, at index k; the bytes are packed into the key.
  private var counts: [[UInt64: UInt32]]
  /// The different bytes that followed each context of k bytes, at index k.
  private var followers: [[UInt64: UInt32]]
  /// How often each context of k bytes was followed by a byte, at index k.
  private var totals: [[UInt64: UInt32]]

  /// Counts the n-grams of parts of a text. No n-gram reaches from one part into another.
  ///
  /// - Complexity: O(n log n) time and 8 bytes per byte of the parts, then three dictionary entries
  ///   per different n-gram at most.
  /// - Precondition: `order` is 0 to 7; each part is within the text and longer than `order`.
  public init(counting parts: [Range<Int>], of bytes: [UInt8], order: Int = 5) {
    precondition(
      (0...7).contains(order)
        && parts.allSatisfy {
          $0.lowerBound >= 0 && $0.upperBound <= bytes.count && $0.count > order
        },
      "n-grams: order \(order), bytes \(parts) of \(bytes.count)")
    self.order = order
    let depth = order + 1
    // The first k + 1 bytes of a window are a gram of order k: one sort brings equal grams of every
    // order together.
    var windows = parts.flatMap { part in
      (part.lowerBound...part.upperBound - depth).map { start in
        bytes[start..<start + depth].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      }
    }
    windows.sort()
    counts = Array(repeating: [:], count: depth)
    followers = counts
    totals = counts
    for level in 0..<depth { count(windows, level: level) }
  }

  /// Counts the runs of equal first `level + 1` bytes in sorted windows.
  private mutating func count(_ windows: [UInt64], level: Int) {
    let shift = UInt64(8 * (order - level))
    var start = 0
    while start < windows.count {
      let gram = windows[start] >> shift
      var end = start + 1
      while end < windows.count, windows[end] >> shift == gram { end += 1 }
      let times = UInt32(end - start)
      counts[level][gram] = times
      totals[level][gram >> 8, default: 0] += times
      followers[level][gram >> 8, default: 0] += 1
      start = end
    }
  }

  /// The probability of a byte after some bytes, of which at most the last `order` are used, or the
  /// last `context`.
  public func probability(
    of byte: UInt8, after bytes: some BidirectionalCollection<UInt8>, context: Int
  ) -> Double {
    var probability = 1.0 / 256
    var key: UInt64 = 0
    var before = bytes.endIndex
    for level in 0...min(context, order) {
      if level > 0 {
        guard before > bytes.startIndex else { break }
        before = bytes.index(before: before)
        key |= UInt64(bytes[before]) << UInt64(8 * (level - 1))
      }
      guard let total = totals[level][key], let different = followers[level][key] else { break }
      let times = Double(counts[level][key << 8 | UInt64(byte)] ?? 0)
      probability =
        (times + Double(different) * probability) / (Double(total) + Double(different))
    }
    return probability
  }

  /// The mean loss on windows of tokens, in nats per byte, with at most `context` bytes of context.
  /// Every token but the first of a window is a target, and only bytes of its window are its
  /// context, as for a model that reads the windows.
  /// - Precondition: tokens are bytes, and a window has two at least.
  public func loss(on windows: [[Int32]], context: Int) -> Double {
    var sum = 0.0
    var targets = 0
    for window in windows {
      let bytes = window.map { UInt8($0) }
      for index in 1..<bytes.count {
        let start = max(0, index - order)
        sum -= log(probability(of: bytes[index], after: bytes[start..<index], context: context))
      }
      targets += bytes.count - 1
    }
    return sum / Double(targets)
  }
}
