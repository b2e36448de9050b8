import Foundation

/// Backpropagation through a chain of one-number layers, with what it remembers counted.
///
/// Layer i maps x to `sin(x) + x/2`; its gradient needs its input x.
struct PlainChain {
  let length: Int
  /// Layers computed so far.
  private(set) var evaluations = 0
  /// The most inputs remembered at one time.
  private(set) var mostRemembered = 0

  init(length: Int) { self.length = length }

  /// d(last result) / d(x), remembering the input of every k-th layer, and of one segment of k
  /// layers at a time all inputs. With k equal to the length it is backpropagation as usual.
  mutating func gradient(at x: Double, keepingEvery k: Int) -> Double {
    var kept = [x]
    for start in stride(from: 0, to: length - k, by: k) {
      kept.append(forward(kept[start / k], layers: k).last ?? x)
    }
    var gradient = 1.0
    while let start = kept.popLast() {
      let segmentLength = min(k, length - kept.count * k)
      let values = forward(start, layers: segmentLength)
      mostRemembered = max(mostRemembered, kept.count + segmentLength)
      for input in values.dropLast().reversed() { gradient *= cos(input) + 0.5 }
    }
    return gradient
  }

  /// The input of each layer, and the last one's result.
  private mutating func forward(_ x: Double, layers: Int) -> [Double] {
    evaluations += layers
    return (0..<layers).reduce(into: [x]) { values, _ in
      let x = values[values.count - 1]
      values.append(sin(x) + 0.5 * x)
    }
  }
}
