import Corpora
import Foundation
import LessonKit
import Plotting
import SmallTransformer

/// The section "What a flat curve means": does the model use the far context?
extension PositionsLesson {
  func removeFarContext(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus,
    _ trained: Keyed<Scheme, TrainedModel>, _ curves: Keyed<Scheme, Curve>
  ) throws {
    notebook.heading("What a flat curve means")
    notebook.say(
      """
      ALiBi's curve is flat up to \(experiment.longest) tokens. Does the model *use* them? Remove \
      the far ones: every layer of every model may now look at the last T tokens only. If the far \
      context were useful, the loss would rise.
      """)
    let windowed = try notebook.step("far-context", "Let every layer see the last T tokens only") {
      try notebook.keyed(experiment.narrowedSchemes) { scheme in
        try Curve("\(scheme.name), window T", experiment, on: book, notebook) { _ in
          trained[scheme].model.sharingWeights(with: experiment.narrowed(scheme))
        }
      }
    }
    let shown = windowed.keys.map { curves[$0] } + windowed.map { $1 }
    // The sinusoidal model fails with and without a window, and would hide how near the others are.
    let drawn = windowed.pairs.filter { $0.key != .sinusoidal }
    var plot = lengthPlot(
      "With and without the far context", experiment,
      drawn.map { (curves[$0.key], $0.key.concept) } + drawn.map { ($0.value, $0.key.concept) })
    for index in drawn.count..<2 * drawn.count { plot.series[index].style = .dashed }
    try notebook.figure(
      "fixed-window", plot,
      caption: """
        Perplexity at \(experiment.longest) bytes divided by perplexity at \
        \(experiment.trainedLength): \(shown.map(\.growth).joined(separator: ", ")). With a window \
        of T, RoPE and ALiBi never see an offset larger than T, so no offset is new to them. A \
        sinusoidal model adds the vector of a position beyond T to its input, whatever the window, \
        and that vector is new.
        """)
    let longest = experiment.longestMultiple
    // Seeds 1, 2 and 3: 0.995 to 0.997, and 0.9993 to 0.9999.
    notebook.claim(
      "rope-window",
      "RoPE with a window of T: perplexity at \(longest) T divided by perplexity at T",
      windowed[.rope].ratio(at: longest), within: 0.9...1.03, as: .times)
    notebook.claim(
      "alibi-window",
      "ALiBi at \(longest) T: perplexity with a window of T divided by that without a window",
      windowed[.alibi].perplexity(at: longest).flatMap { narrow in
        curves[.alibi].perplexity(at: longest).map { narrow / $0 }
      }, within: 0.98...1.02, as: .times)
  }

  /// The paper's own caveat: score the same bytes with more and more context.
  func fixContext(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus,
    _ trained: Keyed<Scheme, TrainedModel>
  ) throws {
    notebook.say(
      """
      There is another reason why long windows look good. The first tokens of each window have \
      almost no context, and with longer windows there are fewer such tokens. The paper says so \
      itself (Press et al., appendix B). So we score the *same* bytes every time, and only change \
      how much text comes before them: at least length − T tokens.
      """)
    let lengths = Array(experiment.lengths.dropFirst())
    let perplexities = try notebook.step(
      "same-bytes", "Score the same bytes with more and more context"
    ) {
      try Keyed(experiment.fixedContextSchemes) { scheme in
        try notebook.each(lengths, detail: { "\(scheme.name), \($0) bytes" }) { length in
          let wanted = max(1, experiment.evaluationTokens / 4 / experiment.trainedLength)
          let windows = try EvaluationWindows(
            corpus: book, range: book.heldOut, length: length, stride: experiment.trainedLength,
            lead: experiment.longest - experiment.trainedLength, maximumCount: wanted)
          notebook.report(windows, wanted: wanted)
          let loss = trained[scheme].model.lossByPosition(
            (0..<windows.count).map { index in
              let batch = windows.batch(index..<index + 1)
              return batch.inputs + batch.targets.suffix(1)
            })
          return exp(loss.mean(of: windows.scoredPositions))
        }
      }
    }
    try showFixedContext(notebook, experiment, perplexities, lengths: lengths)
  }

  private func showFixedContext(
    _ notebook: Notebook, _ experiment: Experiment, _ perplexities: Keyed<Scheme, [Double]>,
    lengths: [Int]
  ) throws {
    /// Perplexity with the most context divided by that with the least.
    func ratio(_ scheme: Scheme) -> Double? {
      guard let least = perplexities[scheme].first, let most = perplexities[scheme].last else {
        return nil
      }
      return most / least
    }
    let ratios = perplexities.keys.map {
      "\($0.name) × \(Quantity.plain.text(ratio($0) ?? .nan, digits: 3))"
    }
    try notebook.figure(
      "fixed-context",
      LinePlot(
        title: "The same bytes with more and more context",
        x: .log("least context of a scored byte (tokens)", base: 2),
        y: .log("perplexity per byte"),
        series: perplexities.map { scheme, values in
          Series(
            scheme.name, x: lengths.map { Double($0 - experiment.trainedLength) }, y: values,
            of: scheme.concept)
        }),
      caption: """
        Every byte has a long context, so the first tokens of a window make no difference. \
        Perplexity with \(experiment.longest - experiment.trainedLength) tokens of context divided \
        by that with \(experiment.trainedLength): \(ratios.joined(separator: ", ")).
        """)
    // Seeds 1, 2 and 3: 1.0002 to 1.0007.
    notebook.claim(
      "alibi-same-bytes",
      "ALiBi, same bytes: perplexity with \(experiment.longestMultiple - 1) T of context divided "
        + "by that with T of context",
      ratio(.alibi), within: 0.98...1.02, as: .times)
  }
}
