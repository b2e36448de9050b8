import Autograd
import Foundation
import TensorCore

/// The loss at each position of a window, as a mean over several windows of a text.
public struct LossByPosition: Codable, Sendable {
  /// Mean cross entropy in nats at each position: entry p predicts token p + 1 from p + 1 tokens.
  public let losses: [Double]

  /// The number of positions of a window.
  public var length: Int { losses.count }
  /// Mean over all positions, in nats per token.
  public var mean: Double { mean(of: 0..<losses.count) }
  /// `exp(mean)`.
  public var perplexity: Double { exp(mean) }

  /// Mean over some positions, in nats per token.
  public func mean(of positions: Range<Int>) -> Double {
    losses[positions].reduce(0, +) / Double(positions.count)
  }

  /// Means over `width` consecutive positions each, for a plot with less noise.
  public func smoothed(width: Int) -> [(position: Double, loss: Double)] {
    stride(from: 0, to: losses.count, by: max(1, width)).map { start in
      let range = start..<min(losses.count, start + max(1, width))
      return (Double(range.lowerBound + range.upperBound - 1) / 2 + 1, mean(of: range))
    }
  }
}

extension Transformer {
  /// Evaluates the loss at each position of some windows of text.
  ///
  /// Each window has `length + 1` tokens. A batch has as many windows as fit in `tokensAtOnce`
  /// tokens, at least one. `report` gets the fraction that is done.
  /// - Complexity: one forward pass per window; memory for `tokensAtOnce` tokens.
  /// - Precondition: there is at least one window; all have the same length, at least 2 tokens.
  public func lossByPosition(
    _ windows: [[Int32]], tokensAtOnce: Int = 8192, report: (Double) -> Void = { _ in }
  ) -> LossByPosition {
    precondition(!windows.isEmpty, "lossByPosition: there are no windows")
    let length = windows[0].count - 1
    precondition(
      length > 0 && windows.allSatisfy { $0.count == length + 1 },
      "lossByPosition: windows must have one length, at least 2 tokens")
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
    return LossByPosition(losses: sums.map { $0 / Double(windows.count) })
  }
}
