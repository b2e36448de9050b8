import Corpora
import Foundation
import LessonKit
import Plotting
import SmallTransformer

/// Section "What the masks cost on ordinary text": one small language model per mask.
extension SparseMasksLesson {
  func testOrdinaryText(_ notebook: Notebook, _ experiment: Experiment, _ book: Corpus) throws {
    notebook.heading("What the masks cost on ordinary text")
    let schedule = experiment.textSchedule
    let patterns = experiment.textPatterns
    notebook.say(
      """
      Now the same masks in a language model: \(book.nameInProse), windows of \(schedule.length) \
      bytes, \(schedule.stepCount) steps each, the same batches. Except for the causal mask and \
      the queries of global tokens, no mask keeps more than a few dozen keys for a query.
      """)
    let trained = try notebook.step("train-text", "Train one language model per mask") {
      try patterns.mapValues { _, pattern in
        try notebook.train(
          "text, \(pattern.name)", experiment.textConfiguration.with(pattern: pattern), schedule,
          on: book)
      }
    }
    let losses = try notebook.step("evaluate-text", "Evaluate on held-out text") {
      let windows = try notebook.heldOutWindows(
        book, length: schedule.length, tokenCount: experiment.evaluationTokens)
      return notebook.keyed(trained.keys) { trained[$0].model.lossByPosition(windows).mean }
    }
    try drawTextLosses(notebook, patterns, losses)
    tabulateTextLosses(notebook, patterns, losses, length: schedule.length)
    notebook.claim(
      "text-window-loss",
      "Window of \(experiment.textWindow) bytes: loss divided by that of full attention",
      losses[.window] / losses[.causal], within: 0.9...1.1, as: .times)
    try attendWithLearners(notebook, experiment, book, trained[.causal].model)
  }

  private func drawTextLosses(
    _ notebook: Notebook, _ patterns: Keyed<Mask, any SparsePattern>, _ losses: Keyed<Mask, Double>
  ) throws {
    let sorted = losses.pairs.sorted { $0.value < $1.value }
    guard let best = sorted.first, let worst = sorted.last else { return }
    try notebook.figure(
      "text-loss",
      DotPlot(
        title: "Loss on held-out text after equal steps",
        x: .linear("loss (nats per byte)"), categories: sorted.map { patterns[$0.key].name },
        series: [
          .init(
            "", values: sorted.map(\.value),
            labels: sorted.map { Quantity.plain.text($0.value, digits: 4) })
        ]),
      caption: """
        The loss of the worst mask is \(Quantity.plain.text(worst.value - best.value, digits: 2)) \
        nats per byte above that of the best, which is \(patterns[best.key].name). The next byte \
        depends mostly on the bytes just before it.
        """)
  }

  private func tabulateTextLosses(
    _ notebook: Notebook, _ patterns: Keyed<Mask, any SparsePattern>, _ losses: Keyed<Mask, Double>,
    length: Int
  ) {
    let pairs = patterns.mapValues { Double($1.countedPairs(length: length)) }
    notebook.table(
      "text-loss",
      columns: ["mask", "share of causal pairs", "loss (nats per byte)", "perplexity"],
      rows: losses.map { mask, loss in
        [
          patterns[mask].name, Quantity.percent.text(pairs[mask] / pairs[.causal], digits: 3),
          Quantity.plain.text(loss), Quantity.plain.text(exp(loss), digits: 3),
        ]
      },
      caption: "The same model and the same batches, with one mask each.")
  }
}
