import Corpora
import Foundation
import LessonKit
import SmallTransformer

/// The models of a scheme, one for each seed.
typealias SchemeModels = Keyed<Scheme, [TrainedModel]>

/// The section "Five models, one text": models of each scheme, with everything else equal.
extension PositionsLesson {
  func trainSchemes(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus
  ) throws -> (models: SchemeModels, counts: ByteCounts) {
    notebook.heading("Five models, one text")
    notebook.say(
      """
      **One result is not the published one:** after this training, learned positions and no \
      positions stay far behind. In the papers, all five schemes are within a few percent of each \
      other at T (Press et al., table 2; Haviv et al., table 1). They need more steps than this \
      page has.
      """)
    notebook.say(
      """
      Only the scheme differs. All models have the same text (\(book.nameInProse)), the same \
      batches and the same \(experiment.schedule.stepCount) steps of \
      \(Quantity.count.text(experiment.schedule.tokensPerStep)) bytes. Each scheme is trained \
      \(experiment.seedCount) times, from other seeds. A token is one byte and the loss is in \
      nats. Perplexity is e to the power of the loss: the model is as uncertain as a choice among \
      that number of bytes. A model that knows nothing has a perplexity of 256.
      """)
    let counts = try notebook.step("count-bytes", "Count which byte follows which bytes") {
      try ByteCounts(experiment, on: book, notebook)
    }
    tabulate(notebook, counts)
    let seeds = notebook.seeds(experiment.seedCount)
    let models = try notebook.step("train-schemes", "Train the models of every scheme") {
      try Keyed(experiment.schemes) { scheme in
        try seeds.map { seed in
          try notebook.train(
            "\(scheme.name), seed \(seed)", experiment.configuration(scheme), experiment.schedule,
            on: book, seed: seed)
        }
      }
    }
    let losses = models.map { scheme, trained in
      "\(scheme.name) \(Quantity.plain.text(mean(trained.map(\.finalLoss)), digits: 3))"
    }
    try notebook.figure(
      "training", trainingPlot(experiment, models, counts),
      caption: """
        Loss while training, mean of \(experiment.seedCount) seeds. At the end, in nats per byte: \
        \(losses.joined(separator: ", ")). RoPE and ALiBi distinguish near keys from far keys from \
        the first step. The other models have to learn it.
        """)
    return (models, counts)
  }

  private func tabulate(_ notebook: Notebook, _ counts: ByteCounts) {
    func text(_ value: Double) -> String { Quantity.plain.text(value, digits: 3) }
    func bytes(_ count: Int) -> String { Quantity.count.text(Double(count)) }
    notebook.table(
      "byte-counts",
      columns: [
        "bytes of context", "nats, \(bytes(counts.countedBytes)) bytes counted", "perplexity",
        "nats, \(bytes(counts.wholeBytes)) bytes counted",
      ],
      rows: zip(counts.losses, counts.wholeLosses).enumerated().map { order, losses in
        ["\(order)", text(losses.0), text(exp(losses.0)), text(losses.1)]
      },
      caption: """
        Held-out loss of counting, without any model: how often each byte followed the last bytes \
        (Witten and Bell's interpolation). The first count is of as many bytes as a model of this \
        page reads, spread over the training text; the lines in the figures are from it. The last \
        column counts the whole training text. A model that is not better than the count of k \
        bytes cannot be said to use more than k.
        """)
  }
}
