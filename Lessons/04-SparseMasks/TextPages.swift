import Corpora
import Foundation
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// The fourth part of the page: what the masks cost on ordinary text.
extension SparseMasksLesson {
  func readText(_ notebook: Notebook, _ experiment: Experiment, _ book: Corpus) throws {
    notebook.heading("What ordinary text notices")
    let schedule = experiment.textSchedule
    notebook.say(
      """
      Now the same masks in a language model: \(book.name), windows of \(schedule.length) bytes, \
      \(schedule.stepCount) steps each, the same batches. But for the causal one and the global \
      tokens' own queries, no mask keeps more than a few dozen keys for a query.
      """)
    let patterns = experiment.textPatterns
    let trained = try notebook.step("Train one language model per mask") {
      try patterns.map {
        try notebook.train(
          "text, \($0.name)", experiment.textConfiguration.with(pattern: $0), schedule, on: book)
      }
    }
    let losses = try notebook.step("Read held-out text") {
      let windows = try notebook.heldOutWindows(
        book, length: schedule.length, tokenCount: experiment.evaluationTokens)
      return notebook.each(trained) { $0.model.lossByPosition(windows).mean }
    }
    let pairs = patterns.map { Double($0.countedPairs(length: schedule.length)) }
    try notebook.figure(
      "text-loss",
      BarPlot(
        title: "Loss on held-out text after equal steps",
        y: .linear("loss (nats per byte)"), categories: patterns.map(\.name),
        series: [.init("loss", values: losses)]),
      caption: """
        The masks differ by \(Quantity.plain.text((losses.max() ?? 0) - (losses.min() ?? 0), digits: 2)) \
        nats a byte from the best to the worst; best is \(best(patterns, losses)). Most of what \
        predicts the next byte stands close by.
        """)
    notebook.table(
      "text-loss", columns: ["mask", "pairs, of causal", "loss (nats a byte)", "perplexity"],
      rows: patterns.indices.map { i in
        [
          patterns[i].name, Quantity.percent.text(pairs[i] / pairs[0], digits: 3),
          Quantity.plain.text(losses[i]), Quantity.plain.text(exp(losses[i]), digits: 3),
        ]
      },
      caption: "The same model and the same batches, one mask each.")
    notebook.claim(
      "Window of \(experiment.textWindow) bytes: loss over full attention's", losses[1] / losses[0],
      within: 0.9...1.1, as: .times)
  }

  private func best(_ patterns: [any SparsePattern], _ losses: [Double]) -> String {
    zip(patterns, losses).min { $0.1 < $1.1 }?.0.name ?? ""
  }
}
