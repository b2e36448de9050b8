import Autograd
import Foundation
import TensorCore

/// How well each position of a text is predicted, as a mean over several windows of it.
public struct LossByPosition: Codable, Sendable {
  /// Mean cross entropy in nats at each position: entry p predicts token p + 1 from p + 1 tokens.
  public let losses: [Double]
  /// How many windows were read.
  public let windowCount: Int

  public var length: Int { losses.count }
  /// Mean over all positions, in nats a token.
  public var mean: Double { mean(of: 0..<losses.count) }
  /// e to the mean: perplexity per token.
  public var perplexity: Double { exp(mean) }

  public func mean(of positions: Range<Int>) -> Double {
    losses[positions].reduce(0, +) / Double(positions.count)
  }

  /// Perplexity over the last part of the window, where every token has a long past.
  public func perplexity(lastPart fraction: Double) -> Double {
    let start = Int(Double(losses.count) * (1 - fraction))
    return exp(mean(of: min(start, losses.count - 1)..<losses.count))
  }

  /// Means over runs of `width` positions, for a plot that is not all noise.
  public func smoothed(width: Int) -> [(position: Double, loss: Double)] {
    stride(from: 0, to: losses.count, by: max(1, width)).map { start in
      let range = start..<min(losses.count, start + max(1, width))
      return (Double(range.lowerBound + range.upperBound - 1) / 2 + 1, mean(of: range))
    }
  }
}

extension Transformer {
  /// Reads windows of text and scores the prediction at each position.
  ///
  /// Each window is `length + 1` tokens, all of one length; about `tokensAtOnce` of them go through
  /// the model together.
  /// - Complexity: one forward pass a window; memory for `tokensAtOnce` tokens.
  public func lossByPosition(
    _ windows: [[Int32]], tokensAtOnce: Int = 8192, report: (Double) -> Void = { _ in }
  ) -> LossByPosition {
    precondition(!windows.isEmpty, "lossByPosition: no window")
    let length = windows[0].count - 1
    precondition(
      length > 0 && windows.allSatisfy { $0.count == length + 1 },
      "lossByPosition: windows must be of one length, at least 2 tokens")
    let together = max(1, tokensAtOnce / length)
    var sums = [Double](repeating: 0, count: length)
    for start in stride(from: 0, to: windows.count, by: together) {
      let batch = windows[start..<min(windows.count, start + together)]
      let tape = Tape(backend, isRecording: false)
      let losses = tape.tokenLosses(
        logits(batch.flatMap { $0.dropLast() }, batch: batch.count, tape: tape),
        targets: batch.flatMap { $0.dropFirst() })
      for (index, loss) in losses.enumerated() { sums[index % length] += Double(loss) }
      report(Double(start + batch.count) / Double(windows.count))
    }
    return LossByPosition(
      losses: sums.map { $0 / Double(windows.count) }, windowCount: windows.count)
  }
}
