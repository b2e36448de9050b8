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

  /// The derivative of the last result by x. Keeps the input of each segment of layers, and all
  /// inputs of one segment at a time. With one segment it is usual backpropagation.
  mutating func gradient(at x: Double, segments: [Range<Int>]) -> Double {
    var kept = [x]
    for layers in segments.dropLast() {
      kept.append(forward(kept[kept.count - 1], layers).last ?? x)
    }
    var gradient = 1.0
    for layers in segments.reversed() {
      let values = forward(kept.removeLast(), layers)
      mostKept = max(mostKept, kept.count + layers.count)
      for i in layers.reversed() {
        gradient *= 1 + cos(values[i - layers.lowerBound] + Double(i)) / 4
      }
    }
    return gradient
  }

  /// The same with segments of k layers: the input of every k-th layer is kept.
  mutating func gradient(at x: Double, keepingEvery k: Int) -> Double {
    gradient(
      at: x, segments: stride(from: 0, to: length, by: k).map { $0..<min($0 + k, length) })
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
