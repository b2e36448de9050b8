import Foundation
import TensorCore

/// A stream of scores, with the running maximum and sum of the online softmax after each.
struct StreamTrace {
  private(set) var scores: [Float] = []
  private(set) var maxima: [Float] = []
  private(set) var sums: [Float] = []
  /// How often a later score was the largest so far.
  private(set) var rises = 0
  /// The largest difference between the weights of the stream and those of the safe softmax.
  private(set) var largestDifference = 0.0

  /// Scores with an upward trend, so that the maximum rises more than once.
  init(count: Int, seed: UInt64) {
    var generator = SeededGenerator(seed: seed, stream: "stream")
    var softmax = OnlineSoftmax()
    for step in 0..<count {
      let score = 2 * generator.normal() + 6 * Float(step) / Float(count)
      var weights = [score]
      _ = softmax.absorb(&weights)
      if let last = maxima.last, softmax.maximum > last { rises += 1 }
      scores.append(score)
      maxima.append(softmax.maximum)
      sums.append(softmax.sum)
    }
    largestDifference = zip(scores, safeSoftmax(scores)).reduce(0) { worst, pair in
      max(worst, Double(abs(exp(pair.0 - softmax.maximum) / softmax.sum - pair.1)))
    }
  }
}
