import Corpora
import LessonKit
import SmallTransformer

/// The section "Five models, one text": one model per scheme, with everything else equal.
extension PositionsLesson {
  func trainSchemes(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus
  ) throws -> Keyed<Scheme, TrainedModel> {
    notebook.heading("Five models, one text")
    notebook.say(
      """
      Only the scheme differs. All models have the same text (\(book.nameInProse)), the same batches, the \
      same seed and the same \(experiment.schedule.stepCount) steps of \
      \(experiment.schedule.tokensPerStep) bytes. A token is one byte and the loss is in nats. \
      Perplexity is e to the power of the loss: the model is as uncertain as a choice among that \
      number of bytes. A model that knows nothing has a perplexity of 256.
      """)
    let trained = try notebook.step("train-schemes", "Train one model per scheme") {
      try Keyed(experiment.schemes) { scheme in
        try notebook.train(
          scheme.name, experiment.configuration(scheme), experiment.schedule, on: book)
      }
    }
    let losses = trained.map { scheme, model in
      "\(scheme.name) \(Quantity.plain.text(model.finalLoss, digits: 3))"
    }
    try notebook.figure(
      "training", trainingPlot(experiment, trained),
      caption: """
        Loss at the end, in nats per byte: \(losses.joined(separator: ", ")). RoPE and ALiBi \
        distinguish near keys from far keys from the first step. The other models have to learn it.
        """)
    return trained
  }
}
