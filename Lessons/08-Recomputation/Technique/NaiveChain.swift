import Foundation

/// Backpropagation through a chain of layers of one number each, which counts what it keeps.
///
/// Layer i maps x to `x + sin(x + i)/4`. Its gradient needs its input x.
struct NaiveChain {
  let length: Int
  /// Layers computed so far.
  private(set) var evaluations = 0
  /// The most inputs kept at one time.
  private(set) var mostKept = 0

  init(length: Int) { self.length = length }

  /// The derivative of the last result by x. Keeps the input of every k-th layer, and all inputs of
  /// one segment of k layers at a time. If k equals the length, it is usual backpropagation.
  mutating func gradient(at x: Double, keepingEvery k: Int) -> Double {
    var kept = [x]
    for start in stride(from: 0, to: length - k, by: k) {
      kept.append(forward(kept[start / k], start..<start + k).last ?? x)
    }
    var gradient = 1.0
    while let input = kept.popLast() {
      let layers = kept.count * k..<min(length, kept.count * k + k)
      let values = forward(input, layers)
      mostKept = max(mostKept, kept.count + layers.count)
      for i in layers.reversed() {
        gradient *= 1 + cos(values[i - layers.lowerBound] + Double(i)) / 4
      }
    }
    return gradient
  }

  /// The inputs of these layers, and the result of the last one.
  private mutating func forward(_ x: Double, _ layers: Range<Int>) -> [Double] {
    evaluations += layers.count
    return layers.reduce(into: [x]) { values, i in
      let x = values[values.count - 1]
      values.append(x + sin(x + Double(i)) / 4)
    }
  }
}
