import Corpora
import Foundation
import LessonKit
import SmallTransformer

/// The section "Train short, read long": every model on text longer than its training sequences.
extension PositionsLesson {
  func readFarther(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ models: SchemeModels,
    _ counts: ByteCounts
  ) throws -> Keyed<Scheme, SeedCurves> {
    notebook.heading("Train short, read long")
    notebook.say(
      """
      Now each model reads held-out text in windows of T, 2 T and so on up to \
      \(Quantity.count.text(experiment.longest)) bytes. Nothing is trained again. The text is the \
      same at every length, cut into fewer and longer windows. With each doubling a prediction has \
      *more* context. A model that can use it should get better. A model that cannot use it should \
      stay the same.
      """)
    notebook.ask(
      """
      Five schemes, trained on \(experiment.trainedLength) bytes, read \
      \(Quantity.count.text(experiment.longest)). Which of them will get worse, and which first?
      """,
      answer: """
        The sinusoidal model fails in the first doubling: every vector beyond T is new. RoPE \
        starts best and loses most in the end: the offsets beyond T are new. Learned positions are \
        new beyond T too, but this model learned little from them. Without positions the model \
        only counts keys. ALiBi continues its straight line and stays.
        """)
    let curves = try notebook.step("read-farther", "Read at T, 2 T, 4 T and longer") {
      try notebook.keyed(experiment.schemes) { scheme in
        SeedCurves(
          try models[scheme].map { trained in
            try Curve(scheme.name, experiment, on: book, notebook, trained.model)
          })
      }
    }
    tabulate(notebook, experiment, curves, counts)
    try notebook.figure(
      "perplexity-by-length",
      lengthPlot(
        "Perplexity by the length of the window", experiment, curves.map { ($1, $0.concept) },
        counts),
      caption: """
        Mean and range of \(experiment.seedCount) seeds. Perplexity at \
        \(Quantity.count.text(experiment.longest)) bytes divided by perplexity at \
        \(experiment.trainedLength): \(curves.map { $1.growth }.joined(separator: ", ")). Dashed \
        lines: counting the last bytes, without a model.
        """)
    saySense(notebook, curves, counts)
    try notebook.figure(
      "loss-by-position", positionPlot(experiment, curves, counts),
      caption: """
        The loss of each token in windows of \(experiment.zoomedMultiple) T, averaged over \
        \(experiment.zoomWidth) positions and \(experiment.seedCount) seeds. Training used all \
        positions up to T and none beyond T. A curve that fails leaves the frame at its top.
        """)
    claimExtrapolation(notebook, experiment, curves)
    return curves
  }

  private func tabulate(
    _ notebook: Notebook, _ experiment: Experiment, _ curves: Keyed<Scheme, SeedCurves>,
    _ counts: ByteCounts
  ) {
    notebook.table(
      "perplexity-by-length", columns: ["window (bytes)"] + curves.map { $1.name },
      rows: experiment.multiples.map { multiple in
        ["\(multiple * experiment.trainedLength)"]
          + curves.map { _, curves in
            curves.perplexity(at: multiple).map { Quantity.plain.text($0, digits: 3) } ?? ""
          }
      },
      caption: """
        Perplexity per byte on held-out text, by the length of the window, mean of \
        \(experiment.seedCount) seeds. The best count of bytes has \
        \(Quantity.plain.text(exp(counts.best), digits: 3)).
        """)
  }

  /// What the models are worth beside counting.
  private func saySense(
    _ notebook: Notebook, _ curves: Keyed<Scheme, SeedCurves>, _ counts: ByteCounts
  ) {
    let worth = curves.map { scheme, curves -> String in
      let bytes = curves.perplexity(at: 1).flatMap { counts.worth(of: log($0)) }
      return "\(scheme.name) " + (bytes.map { "\($0)" } ?? "no count")
    }
    notebook.say(
      """
      At T, the models are better than counting this number of bytes, up to \
      \(counts.losses.count - 1): \(worth.joined(separator: ", ")). So this page is about models \
      that predict from a few near bytes. It can show what *breaks* beyond T. It cannot show that \
      far text is useless: a model that does not use the near bytes fully does not need the far \
      ones yet.
      """)
  }

  private func claimExtrapolation(
    _ notebook: Notebook, _ experiment: Experiment, _ curves: Keyed<Scheme, SeedCurves>
  ) {
    let longest = experiment.longestMultiple
    func sentence(_ name: String, _ multiple: Int) -> String {
      "\(name): perplexity at \(multiple) T is {} that at T"
    }
    func ratios(_ scheme: Scheme, _ multiple: Int) -> [Double] {
      curves[scheme].ratios(at: multiple)
    }
    notebook.claim(
      "sinusoidal-double", sentence("Sinusoidal", 2), ratios(.sinusoidal, 2),
      as: .sinusoidalDouble)
    notebook.claim(
      "sinusoidal-longest", sentence("Sinusoidal", longest), ratios(.sinusoidal, longest),
      as: .sinusoidalLongest)
    notebook.claim("rope-double", sentence("RoPE", 2), ratios(.rope, 2), as: .ropeDouble)
    notebook.claim(
      "rope-longest", sentence("RoPE", longest), ratios(.rope, longest), as: .ropeLongest)
    notebook.claim(
      "alibi-longest", sentence("ALiBi", longest), ratios(.alibi, longest), as: .alibiLongest)
  }
}
