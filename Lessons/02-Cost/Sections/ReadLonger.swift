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
    let trained = try notebook.step("train", "Train at T = \(T)") {
      try notebook.train("sinusoidal", experiment.configuration, experiment.schedule, on: book)
    }
    let found = try notebook.step("read-longer", "Read windows of \(T) and of \(long) tokens") {
      func perplexity(_ length: Int) throws -> Double {
        trained.model.lossByPosition(
          try notebook.heldOutWindows(
            book, length: length, tokenCount: experiment.evaluationTokens)
        ).perplexity
      }
      return Perplexities(atT: try perplexity(T), atLong: try perplexity(long))
    }
    let weights = Double(trained.model.parameters.count)
    notebook.measure("weights", "Weights of the model", weights, .count)
    notebook.measure("perplexity-trained", "Perplexity at T = \(T)", found.atT)
    notebook.measure("perplexity-long", "Perplexity at \(longText) tokens", found.atLong)
    // Seeds 1, 2 and 3: 3.0, 3.3 and 2.8. With 400 steps it was 1.2 to 1.3: a model that has hardly
    // learned to use positions has little to lose beyond T.
    notebook.claim(
      "perplexity-ratio", "Perplexity at \(longText) tokens divided by perplexity at \(T)",
      found.atLong / found.atT, atLeast: 2, as: .times)
    notebook.notice(
      "It runs, but its predictions get worse",
      """
      The same \(Quantity.count.text(weights)) weights ran at both lengths without any error. At T \
      the model is as uncertain as a choice among \(Quantity.plain.text(found.atT, digits: 3)) \
      bytes, at \(longText) as a choice among \(Quantity.plain.text(found.atLong, digits: 3)). It \
      never saw the positions beyond T in training. Lesson 3 is about them.
      """)
  }
}

/// Perplexity at the trained length and at the long one.
private struct Perplexities: Codable {
  let atT: Double
  let atLong: Double
}
