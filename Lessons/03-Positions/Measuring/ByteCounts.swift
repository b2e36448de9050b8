import Corpora
import Foundation
import LessonKit
import Plotting

/// The held-out loss of counting: what the last 1 to 5 bytes say about the next one.
struct ByteCounts: Codable {
  /// In nats per byte, for contexts of 0, 1, 2, … bytes.
  let losses: [Double]
  /// Bytes of the text that were counted.
  let countedBytes: Int

  /// Counts the training part of a text; evaluates on the windows of T that models are evaluated
  /// on.
  init(_ experiment: Experiment, on book: Corpus, _ notebook: Notebook) throws {
    let windows = try notebook.heldOutWindows(
      book, length: experiment.trainedLength, tokenCount: experiment.evaluationTokens)
    let order = 5
    let part =
      book.training.lowerBound..<min(book.training.upperBound, experiment.mostCountedBytes)
    let grams = NGrams(counting: part, of: book.bytes, order: order)
    losses = (0...order).map { grams.loss(on: windows, context: $0) }
    countedBytes = part.count
  }

  /// The lowest loss, in nats per byte.
  var best: Double { losses.min() ?? .nan }
  var bestOrder: Int { losses.firstIndex(of: best) ?? 0 }

  /// The number of bytes of context that a loss is worth: the largest whose count is not better; 0
  /// if even the count without context is better.
  func worth(of loss: Double) -> Int { losses.lastIndex { $0 >= loss } ?? 0 }

  /// Lines in a figure of losses, or of perplexities.
  func marks(asPerplexity: Bool) -> [Mark] {
    losses.indices.dropFirst().map { order in
      .horizontal(
        asPerplexity ? exp(losses[order]) : losses[order],
        "count of \(order) byte\(order == 1 ? "" : "s")")
    }
  }
}
