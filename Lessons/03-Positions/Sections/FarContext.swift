import Corpora
import Foundation
import LessonKit
import Plotting
import SmallTransformer

/// The section "What a flat curve means": does the model use the far context?
extension PositionsLesson {
  func removeFarContext(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ models: SchemeModels,
    _ curves: Keyed<Scheme, SeedCurves>
  ) throws {
    notebook.heading("What a flat curve means")
    notebook.say(
      """
      ALiBi's curve is flat up to \(Quantity.count.text(experiment.longest)) tokens. Does the \
      model *use* them? Remove the far ones: every layer of every model may now look at the last T \
      tokens only. If the far context were useful, the loss would rise.
      """)
    notebook.ask(
      """
      RoPE gets much worse beyond T. What happens to it if each layer sees only the last T tokens? \
      And what happens to the sinusoidal model?
      """,
      answer: """
        RoPE then never meets a new offset, so it should stay as good as at T. The sinusoidal \
        model adds a new vector to its input at every position beyond T, whatever it looks at, so \
        a window should not help it.
        """)
    let windowed = try notebook.step("far-context", "Let every layer see the last T tokens only") {
      try notebook.keyed(experiment.narrowedSchemes) { scheme in
        SeedCurves(
          try models[scheme].map { trained in
            try Curve(
              "\(scheme.name), window T", experiment, on: book, notebook,
              trained.model.sharingWeights(with: experiment.narrowed(scheme)))
          })
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
        Mean and range of \(experiment.seedCount) seeds. Perplexity at \
        \(Quantity.count.text(experiment.longest)) bytes divided by perplexity at \
        \(experiment.trainedLength): \(shown.map(\.growth).joined(separator: ", ")). With a window \
        of T, RoPE and ALiBi never see an offset larger than T, so no offset is new to them. A \
        sinusoidal model adds the vector of a position beyond T to its input, whatever the window, \
        and that vector is new.
        """)
    claimWindows(notebook, experiment, windowed, curves)
  }

  private func claimWindows(
    _ notebook: Notebook, _ experiment: Experiment, _ windowed: Keyed<Scheme, SeedCurves>,
    _ curves: Keyed<Scheme, SeedCurves>
  ) {
    let longest = experiment.longestMultiple
    notebook.claim(
      "rope-window", "RoPE with a window of T: perplexity at \(longest) T is {} that at T",
      windowed[.rope].ratios(at: longest), as: .ropeWindow)
    notebook.claim(
      "alibi-window",
      "ALiBi at \(longest) T: perplexity with a window of T is {} that without one",
      zip(windowed[.alibi].curves, curves[.alibi].curves).compactMap { narrow, wide in
        narrow.perplexity(at: longest).flatMap { narrow in
          wide.perplexity(at: longest).map { narrow / $0 }
        }
      }, as: .alibiWindow)
  }

  /// The paper's own caveat: score the same bytes with more and more context.
  func fixContext(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ models: SchemeModels
  ) throws {
    notebook.say(
      """
      There is another reason why long windows look good. The first tokens of each window have \
      almost no context, and with longer windows there are fewer such tokens. The paper says so \
      itself (Press et al., appendix B). So we score the *same* stretches of \
      \(experiment.trainedLength) bytes every time, and only change how much text stands before \
      them: \(befores(experiment).map { "\($0)" }.joined(separator: ", ")) bytes.
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
          let tokens = (0..<windows.count).map { index in
            let batch = windows.batch(index..<index + 1)
            return batch.inputs + batch.targets.suffix(1)
          }
          return models[scheme].map {
            exp($0.model.lossByPosition(tokens).mean(of: windows.scoredPositions))
          }
        }
      }
    }
    try showFixedContext(notebook, experiment, perplexities, lengths: lengths)
  }

  /// Bytes before a scored stretch, at each length.
  private func befores(_ experiment: Experiment) -> [Int] {
    experiment.lengths.dropFirst().map { $0 - experiment.trainedLength }
  }

  /// `perplexities` has one value for each length and seed.
  private func showFixedContext(
    _ notebook: Notebook, _ experiment: Experiment, _ perplexities: Keyed<Scheme, [[Double]]>,
    lengths: [Int]
  ) throws {
    /// For each seed, perplexity with the most context divided by that with the least.
    func ratios(_ scheme: Scheme) -> [Double] {
      zip(perplexities[scheme].last ?? [], perplexities[scheme].first ?? []).map { $0 / $1 }
    }
    let growths = perplexities.keys.map {
      let ratio = geometricMean(of: ratios($0)) ?? .nan
      return "\($0.name) × \(Quantity.plain.text(ratio, digits: 3))"
    }
    try notebook.figure(
      "fixed-context",
      LinePlot(
        title: "The same bytes with more and more context",
        x: .log("least context of a scored byte (tokens)", base: 2),
        y: .log("perplexity per byte"),
        series: perplexities.map { scheme, values in
          Series(
            scheme.name, x: lengths.map { Double($0 - experiment.trainedLength) },
            y: values.map { geometricMean(of: $0) ?? .nan }, low: values.map { $0.min() ?? .nan },
            high: values.map { $0.max() ?? .nan }, of: scheme.concept)
        }),
      caption: """
        Every byte has a long context, so the first tokens of a window make no difference. \
        Perplexity with \(experiment.longest - experiment.trainedLength) tokens of context divided \
        by that with \(experiment.trainedLength): \(growths.joined(separator: ", ")).
        """)
    notebook.claim(
      "alibi-same-bytes",
      "ALiBi, same bytes: perplexity with \(experiment.longestMultiple - 1) T of text before them "
        + "is {} that with T", ratios(.alibi), as: .alibiSameBytes)
  }
}
