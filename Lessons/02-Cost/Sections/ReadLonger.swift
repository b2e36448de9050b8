import Corpora
import LessonKit

/// The section "No weight depends on the length": a model beyond its trained length.
extension CostLesson {
  func readLonger(_ notebook: Notebook, _ experiment: Experiment, _ book: Corpus) throws {
    let (T, long) = (experiment.trainedLength, experiment.longLength)
    let longText = Quantity.count.text(Double(long))
    notebook.heading("No weight depends on the length")
    notebook.say(
      """
      Look at the formula again. The cost grows with n, but no *weight* matrix has n rows or n \
      columns. (A learned table of positions has one row for each position; this model has \
      sinusoidal positions.) So nothing stops a model from running at a length that it never saw. \
      Train a small model at T = \(T) and run it on \(longText) tokens.
      """)
    let seeds = notebook.seeds(experiment.seedCount)
    let trained = try notebook.step("train", "Train at T = \(T), \(seeds.count) seeds") {
      try seeds.map {
        try notebook.train(
          "sinusoidal, seed \($0)", experiment.configuration, experiment.schedule, on: book,
          seed: $0)
      }
    }
    let found = try notebook.step("read-longer", "Read windows of \(T) and of \(longText) tokens") {
      try trained.map { trained in
        func perplexity(_ length: Int) throws -> Double {
          trained.model.lossByPosition(
            try notebook.heldOutWindows(
              book, length: length, tokenCount: experiment.evaluationTokens)
          ).perplexity
        }
        return Perplexities(atT: try perplexity(T), atLong: try perplexity(long))
      }
    }
    let weights = Double(trained[0].model.parameters.count)
    let (short, far) = (
      geometricMean(of: found.map(\.atT)) ?? .nan, geometricMean(of: found.map(\.atLong)) ?? .nan
    )
    notebook.measure("weights", "Weights of the model", weights, .count)
    notebook.measure("perplexity-trained", "Perplexity at T = \(T), mean of the seeds", short)
    notebook.measure("perplexity-long", "Perplexity at \(longText) tokens, mean of the seeds", far)
    let ratios = found.map { $0.atLong / $0.atT }
    // A model that has hardly learned to use positions has little to lose beyond T: with 400 steps
    // the ratio was 1.2 to 1.3.
    notebook.claim(
      "perplexity-ratio", "Perplexity at \(longText) tokens is {} that at \(T)", ratios,
      as: Self.ratio)
    notebook.notice(
      "It runs, but its predictions get worse",
      """
      The same \(Quantity.count.text(weights)) weights ran at both lengths without any error. At T \
      the model is as uncertain as a choice among \(Quantity.plain.text(short, digits: 3)) \
      bytes, at \(longText) as a choice among \(Quantity.plain.text(far, digits: 3)). It \
      never saw the positions beyond T in training. Lesson 3 is about them.
      """)
  }

  /// Seeds 11 to 16 and 21 to 32. One seed of 18 is far above the others, so a mean of three can be.
  private static let ratio = Pilot(
    [
      2.586, 3.127, 2.742, 2.735, 3.439, 2.75, 3.075, 2.898, 3.045, 2.592, 2.978, 6.139, 3.974,
      3.891, 2.649, 3.045, 2.783, 3.249,
    ], within: 2.3...5.2)
}

/// Perplexity at the trained length and at the long one.
private struct Perplexities: Codable {
  let atT: Double
  let atLong: Double
}
