import Corpora
import Foundation
import LessonKit
import Plotting

/// The held-out loss of counting: what the last 1 to 5 bytes say about the next one.
package struct ByteCounts: Codable {
  /// In nats per byte, for contexts of 0, 1, 2, … bytes, counted on as many bytes as a model reads.
  let losses: [Double]
  let countedBytes: Int
  /// The same, counted on the whole training part.
  let wholeLosses: [Double]
  let wholeBytes: Int

  package init(
    losses: [Double], countedBytes: Int, wholeLosses: [Double] = [], wholeBytes: Int = 0
  ) {
    (self.losses, self.countedBytes) = (losses, countedBytes)
    (self.wholeLosses, self.wholeBytes) = (wholeLosses, wholeBytes)
  }

  /// The lowest loss, in nats per byte.
  var best: Double { losses.min() ?? .nan }

  /// How many bytes of context a loss is worth at least: the longest context such that its count, and
  /// that of every shorter one, is worse; nil if even the count without context is not worse.
  package func worth(of loss: Double) -> Int? {
    let better = losses.firstIndex { $0 <= loss } ?? losses.count
    return better > 0 ? better - 1 : nil
  }

  /// Lines in a figure of losses, or of perplexities.
  func marks(asPerplexity: Bool) -> [Mark] {
    losses.indices.dropFirst().map { order in
      .horizontal(
        asPerplexity ? exp(losses[order]) : losses[order],
        "count of \(order) byte\(order == 1 ? "" : "s")")
    }
  }
}

extension ByteCounts {
  /// Counts the training part of a text; evaluates on the windows of T that models are evaluated on.
  init(_ experiment: Experiment, on book: Corpus, _ notebook: Notebook) throws {
    let windows = try notebook.heldOutWindows(
      book, length: experiment.trainedLength, tokenCount: experiment.evaluationTokens)
    let order = 5
    func losses(_ parts: [Range<Int>]) -> [Double] {
      let grams = NGrams(counting: parts, of: book.bytes, order: order)
      return (0...order).map { grams.loss(on: windows, context: $0) }
    }
    let whole = book.training.prefix(experiment.mostCountedBytes)
    let parts = Self.parts(of: whole, byteCount: experiment.bytesRead)
    self.init(
      losses: losses(parts), countedBytes: parts.reduce(0) { $0 + $1.count },
      wholeLosses: losses([whole]), wholeBytes: whole.count)
  }

  /// Parts of about a thousand bytes, evenly spread, as a model's training sequences are; the whole
  /// range if it is not longer.
  package static func parts(of range: Range<Int>, byteCount: Int) -> [Range<Int>] {
    guard byteCount < range.count else { return [range] }
    let count = max(1, byteCount / 1000)
    return (0..<count).map { index in
      let start = range.lowerBound + index * range.count / count
      return start..<start + byteCount / count
    }
  }
}
