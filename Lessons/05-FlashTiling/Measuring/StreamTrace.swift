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
    compare(weights: scores.map { exp($0 - softmax.maximum) / softmax.sum })
  }

  /// Takes the results of another implementation of the same stream.
  mutating func replace(maxima: [Float], sums: [Float], weights: [Float]) {
    (self.maxima, self.sums) = (maxima, sums)
    compare(weights: weights)
  }

  private mutating func compare(weights: [Float]) {
    largestDifference = largestAbsoluteDifference(weights, safeSoftmax(scores))
  }
}

/// The online softmax step by step on a few scores, with one number as the value of each.
struct HandTrace {
  struct Step {
    let score, value, maximum, factor, sum, output: Float
  }

  private(set) var steps: [Step] = []
  /// The mean of the values, from the last step.
  let result: Float
  /// The weights of the safe softmax, and the mean with them.
  let weights: [Float]
  let expected: Float

  init(scores: [Float], values: [Float]) {
    var (softmax, output) = (OnlineSoftmax(), Float(0))
    for (score, value) in zip(scores, values) {
      var weights = [score]
      let factor = softmax.absorb(&weights)
      output = factor * output + weights[0] * value
      steps.append(
        Step(
          score: score, value: value, maximum: softmax.maximum, factor: factor, sum: softmax.sum,
          output: output))
    }
    result = output / softmax.sum
    weights = safeSoftmax(scores)
    expected = zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
