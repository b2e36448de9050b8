import Corpora
import Foundation
import LessonKit
import Plotting
import SmallTransformer

/// The language models of a mask, one for each seed.
typealias TextModels = Keyed<Mask, [TrainedModel]>

/// Section "What the masks cost on ordinary text": small language models with three masks.
extension SparseMasksLesson {
  func testOrdinaryText(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus
  ) throws -> TextModels {
    let (schedule, patterns) = (experiment.textSchedule, experiment.textPatterns)
    notebook.heading("What the masks cost on ordinary text")
    let trained = try notebook.step("train-text", "Train language models with three masks") {
      try patterns.mapValues { _, pattern in
        try experiment.seeds.map { seed in
          try notebook.train(
            "text, \(pattern.name), seed \(seed)",
            experiment.textConfiguration.with(pattern: pattern), schedule, on: book, seed: seed)
        }
      }
    }
    let windows = try notebook.heldOutWindows(
      book, length: schedule.length, tokenCount: experiment.evaluationTokens)
    let losses = notebook.step("evaluate-text", "Evaluate on held-out text") {
      notebook.keyed(trained.keys) { mask in
        trained[mask].map { $0.model.lossByPosition(windows).mean }
      }
    }
    let counts = notebook.step("count-bytes", "Count which byte follows which bytes") {
      countLosses(experiment, book, windows)
    }
    sayFinding(notebook, experiment, book, losses, counts)
    try drawTextLosses(notebook, patterns, losses, counts)
    tabulateTextLosses(notebook, patterns, losses, length: schedule.length)
    func difference(_ mask: Mask) -> [Double] {
      zip(losses[mask], losses[.causal]).map { $0 - $1 }
    }
    let sentence = "its loss minus that of full attention, seed by seed, is {} nats per byte"
    notebook.claim(
      "text-window-loss", "\(patterns[.window].name): " + sentence, difference(.window),
      as: .textWindow, .plain)
    notebook.claim(
      "text-strided-loss", "\(patterns[.strided].name): " + sentence, difference(.strided),
      as: .textStrided, .plain)
    try attendWithLearners(notebook, experiment, book, trained[.causal][0].model)
    return trained
  }

  /// The losses of counting 0, 1, … 5 bytes of context, on as many bytes as a model reads.
  private func countLosses(
    _ experiment: Experiment, _ book: Corpus, _ windows: [[Int32]]
  ) -> [Double] {
    let (range, order) = (book.training, 5)
    let count = min(experiment.textBytesRead, range.count)
    // In parts, spread over the text as the training sequences are.
    let parts = max(1, min(count / 1000, range.count / 2000))
    let counted = (0..<parts).map { index -> Range<Int> in
      let start = range.lowerBound + index * (range.count / parts)
      return start..<start + min(count / parts, range.count / parts)
    }
    let grams = NGrams(counting: counted, of: book.bytes, order: order)
    return (0...order).map { grams.loss(on: windows, context: $0) }
  }

  private func sayFinding(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus,
    _ losses: Keyed<Mask, [Double]>, _ counts: [Double]
  ) {
    let schedule = experiment.textSchedule
    let gain = mean(zip(losses[.window], losses[.causal]).map { $0 - $1 })
    let text = Quantity.plain.text(abs(gain), digits: 2)
    let better = counts.indices.dropFirst().filter { counts[$0] > mean(losses[.causal]) }.count
    notebook.say(
      gain > 0
        ? """
        **Full attention is better than a window of \(experiment.textWindow), by \(text) nats per \
        byte.** But these are small models after a short training. They say little about what far \
        context is worth to a large one.
        """
        : """
        **Full attention is worse here than a window of \(experiment.textWindow), by \(text) nats \
        per byte.** In the papers it is not. These small models, after a short training, do not \
        learn to use the far context, so leaving it out helps them.
        """)
    notebook.say(
      """
      The text is \(book.nameInProse), in windows of \(schedule.length) bytes. Each mask gets \
      \(experiment.seedCount) models of \(schedule.stepCount) steps, with the same batches for \
      each seed. **Counting** is the yardstick: how often did each byte follow the last k bytes in \
      as much text as a model reads? Full attention is better than \(better) of the \
      \(counts.count - 1) counts with context. A model that does not beat the count of k bytes \
      cannot be said to use more than k. So this section cannot say what far text is worth.
      """)
    notebook.ask(
      "A window of \(experiment.textWindow) bytes sees a few words. How much does it lose?",
      answer: """
        Nothing that this test can see: a model that uses less than the last bytes fully does not \
        miss the far ones. So loss on text is the wrong test of a mask, at this size. Recall at a \
        known gap is a test.
        """)
  }

  private func drawTextLosses(
    _ notebook: Notebook, _ patterns: Keyed<Mask, any SparsePattern>,
    _ losses: Keyed<Mask, [Double]>, _ counts: [Double]
  ) throws {
    let best = counts.min() ?? .nan
    try notebook.figure(
      "text-loss",
      DotPlot(
        title: "Loss on held-out text after equal steps",
        x: .linear("loss (nats per byte)"),
        categories: losses.keys.map { patterns[$0].name },
        series: [
          .init(
            "", values: losses.map { mean($1) }, low: losses.map { $1.min() ?? .nan },
            high: losses.map { $1.max() ?? .nan },
            labels: losses.map { Quantity.plain.text(mean($1), digits: 4) })
        ],
        marks: counts.enumerated().dropFirst(2).map { order, loss in
          .vertical(loss, "count of \(order)")
        }),
      caption: """
        Mean and range of the seeds. Dashed lines: the loss of counting the last 2 to \
        \(counts.count - 1) bytes; the best count has \(Quantity.plain.text(best, digits: 4)) nats.
        """)
  }

  private func tabulateTextLosses(
    _ notebook: Notebook, _ patterns: Keyed<Mask, any SparsePattern>,
    _ losses: Keyed<Mask, [Double]>, length: Int
  ) {
    let pairs = patterns.mapValues { Double($1.countedPairs(length: length)) }
    notebook.table(
      "text-loss",
      columns: ["mask", "share of causal pairs", "loss (nats per byte)", "of each seed"],
      rows: losses.map { mask, losses in
        [
          patterns[mask].name, Quantity.percent.text(pairs[mask] / pairs[.causal], digits: 3),
          Quantity.plain.text(mean(losses)),
          losses.map { Quantity.plain.text($0) }.joined(separator: ", "),
        ]
      },
      caption: "The same models and the same batches, with one mask each.")
  }
}
