import Corpora
import LessonKit
import SmallTransformer

/// No weight knows the length.
extension CostLesson {
  func readLonger(_ notebook: Notebook, _ experiment: Experiment, _ book: Corpus) throws {
    let (T, long) = (experiment.trainedLength, experiment.longLength)
    notebook.heading("The weights do not know the length")
    notebook.say(
      """
      Look at the formula again: n multiplies, but no *weight* has a side of length n. So nothing \
      stops a model from running at a length that it never saw. Train a small one at T = \(T) and \
      let it read \(Quantity.count.text(Double(long))) tokens.
      """)
    let trained = try notebook.step("Train at T = \(T)") {
      try notebook.train("sinusoidal", experiment.configuration, experiment.schedule, on: book)
    }
    let perplexities = try notebook.step("Read windows of \(T) and of \(long) tokens") {
      try notebook.each([T, long]) { length in
        trained.model.lossByPosition(
          try notebook.heldOutWindows(book, length: length, tokenCount: experiment.evaluationTokens)
        ).perplexity
      }
    }
    let (short, far) = (perplexities[0], perplexities[1])
    let count = trained.model.parameters.count
    notebook.measure("weights", Double(count), .count)
    notebook.measure("perplexity at T = \(T)", short)
    notebook.measure("perplexity at \(long)", far)
    // Seeds 1, 2 and 3: 3.0, 3.3 and 2.8. With 400 steps it was 1.2 to 1.3: a model that has hardly
    // learned to use positions has little to lose by them.
    notebook.claim(
      "Perplexity at \(Quantity.count.text(Double(long))) tokens over that at \(T)", far / short,
      atLeast: 2, as: .times)
    notebook.notice(
      "It runs, and it does not read",
      """
      The same \(Quantity.count.text(Double(count))) weights ran at both lengths without a word of \
      complaint. At T the model is undecided between \(Quantity.plain.text(short, digits: 3)) bytes, \
      at \(Quantity.count.text(Double(long))) between \(Quantity.plain.text(far, digits: 3)). The \
      positions beyond T are what it has never seen; lesson 3 is about them.
      """)
  }
}
