import Corpora
import LessonKit
import SmallTransformer

/// The loss of one model on held-out text, at each multiple of T.
package struct Curve: Codable {
  /// One length of window.
  package struct Point: Codable {
    let multiple: Int
    let loss: LossByPosition

    package init(multiple: Int, loss: LossByPosition) {
      self.multiple = multiple
      self.loss = loss
    }
  }

  let name: String
  /// In ascending order of the multiple.
  let points: [Point]

  package init(name: String, points: [Point]) {
    self.name = name
    self.points = points
  }

  package var perplexities: [Double] { points.map(\.loss.perplexity) }

  /// Perplexity in windows of a multiple of T; nil where that multiple was not evaluated.
  package func perplexity(at multiple: Int) -> Double? {
    points.first { $0.multiple == multiple }?.loss.perplexity
  }

  /// Perplexity at a multiple of T divided by the perplexity at T.
  package func ratio(at multiple: Int) -> Double? {
    guard let long = perplexity(at: multiple), let short = perplexity(at: 1) else { return nil }
    return long / short
  }
}

extension Curve {
  /// Evaluates a model on the same held-out text at each multiple of T, by default the trained
  /// length and the multiples of the schemes.
  init(
    _ name: String, _ experiment: Experiment, trainedLength: Int? = nil, multiples: [Int]? = nil,
    on book: Corpus, _ notebook: Notebook, _ model: Transformer
  ) throws {
    let unit = trainedLength ?? experiment.trainedLength
    self.init(
      name: name,
      points: try (multiples ?? experiment.multiples).map { multiple in
        let windows = try notebook.heldOutWindows(
          book, length: multiple * unit, tokenCount: experiment.evaluationTokens)
        return Point(multiple: multiple, loss: model.lossByPosition(windows))
      })
  }
}
