import Foundation

/// Backpropagation through a chain of one-number layers, with what it remembers counted.
///
/// Layer i maps x to `x + sin(x + i)/4`; its gradient needs its input x.
struct NaiveChain {
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
      kept.append(forward(kept[start / k], start..<start + k).last ?? x)
    }
    var gradient = 1.0
    while let input = kept.popLast() {
      let layers = kept.count * k..<min(length, kept.count * k + k)
      let values = forward(input, layers)
      mostRemembered = max(mostRemembered, kept.count + layers.count)
      for i in layers.reversed() {
        gradient *= 1 + cos(values[i - layers.lowerBound] + Double(i)) / 4
      }
    }
    return gradient
  }

  /// The input of each of these layers, and the last one's result.
  private mutating func forward(_ x: Double, _ layers: Range<Int>) -> [Double] {
    evaluations += layers.count
    return layers.reduce(into: [x]) { values, i in
      let x = values[values.count - 1]
      values.append(x + sin(x + Double(i)) / 4)
    }
  }
}
