import Corpora
import LessonKit
import SmallTransformer

/// The section "Train short, read long": every model on text longer than its training sequences.
extension PositionsLesson {
  func readFarther(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus,
    _ trained: Keyed<Scheme, TrainedModel>
  ) throws -> Keyed<Scheme, Curve> {
    notebook.heading("Train short, read long")
    notebook.say(
      """
      Now each model reads held-out text in windows of T, 2 T and so on up to \
      \(experiment.longest) bytes. Nothing is trained again. The text is the same at every length, \
      cut into fewer and longer windows. With each doubling a prediction has *more* context. A \
      model that can use it should get better. A model that cannot use it should stay the same.
      """)
    let curves = try notebook.step("read-farther", "Read at T, 2 T, 4 T and longer") {
      try notebook.keyed(experiment.schemes) { scheme in
        try Curve(scheme.name, experiment, on: book, notebook) { _ in trained[scheme].model }
      }
    }
    tabulate(notebook, experiment, curves)
    try notebook.figure(
      "perplexity-by-length",
      lengthPlot(
        "Perplexity by the length of the window", experiment, curves.map { ($1, $0.concept) }),
      caption: """
        Perplexity at \(experiment.longest) bytes divided by perplexity at \
        \(experiment.trainedLength): \(curves.map { $1.growth }.joined(separator: ", ")).
        """)
    try notebook.figure(
      "loss-by-position", positionPlot(experiment, curves),
      caption: """
        The loss of each token in windows of \(experiment.longest), averaged over \
        \(experiment.trainedLength / 4) positions. Training used all positions up to T and none \
        beyond T. Beyond T the curves separate. A curve that fails leaves the frame at its top.
        """)
    claimExtrapolation(notebook, experiment, curves)
    return curves
  }

  private func tabulate(
    _ notebook: Notebook, _ experiment: Experiment, _ curves: Keyed<Scheme, Curve>
  ) {
    notebook.table(
      "perplexity-by-length", columns: ["window (bytes)"] + curves.map { $1.name },
      rows: experiment.multiples.map { multiple in
        ["\(multiple * experiment.trainedLength)"]
          + curves.map { _, curve in
            curve.perplexity(at: multiple).map { Quantity.plain.text($0, digits: 3) } ?? ""
          }
      },
      caption: "Perplexity per byte on held-out text, by the length of the window.")
  }

  private func claimExtrapolation(
    _ notebook: Notebook, _ experiment: Experiment, _ curves: Keyed<Scheme, Curve>
  ) {
    let longest = experiment.longestMultiple
    // The bounds leave a margin around what seeds 1, 2 and 3 gave at standard scale: sinusoidal
    // 1.45 to 1.84 and 54 to 150, RoPE 1.10 to 1.11 and 2.8 to 4.1, ALiBi 0.987 to 0.989.
    notebook.claim(
      "sinusoidal-double", "Sinusoidal: perplexity at 2 T divided by perplexity at T",
      curves[.sinusoidal].ratio(at: 2), atLeast: 1.3, as: .times)
    notebook.claim(
      "sinusoidal-longest",
      "Sinusoidal: perplexity at \(longest) T divided by perplexity at T",
      curves[.sinusoidal].ratio(at: longest), atLeast: 4, as: .times)
    notebook.claim(
      "rope-double", "RoPE: perplexity at 2 T divided by perplexity at T",
      curves[.rope].ratio(at: 2), atMost: 1.15, as: .times)
    notebook.claim(
      "rope-longest", "RoPE: perplexity at \(longest) T divided by perplexity at T",
      curves[.rope].ratio(at: longest), atLeast: 2, as: .times)
    notebook.claim(
      "alibi-longest", "ALiBi: perplexity at \(longest) T divided by perplexity at T",
      curves[.alibi].ratio(at: longest), within: 0.97...1.03, as: .times)
  }
}
