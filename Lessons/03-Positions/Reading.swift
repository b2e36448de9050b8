import Corpora
import Foundation
import LessonKit
import Plotting
import SmallTransformer

/// The middle of the page: what the trained models look at, and how far they can be read.
extension PositionsLesson {
  func lookInside(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ trained: [TrainedModel]
  ) throws {
    notebook.heading("What they look at")
    notebook.say(
      """
      Here is where each model looks, in its second layer, as a mean over its heads: once inside \
      the trained length, once at four times as much. Dark is much attention. In each row a query \
      looks back along the keys to its left.
      """)
    let (inside, beyond) = (experiment.trainedLength, 4 * experiment.trainedLength)
    let window = try notebook.heldOutWindows(book, length: beyond, tokenCount: beyond)[0]
    let maps = notebook.step("Attention maps inside and beyond T") {
      [inside, beyond].map { length in
        zip(experiment.schemes, trained).map { scheme, model in
          (
            name: scheme.name,
            heads: model.model.attentionMaps(Array(window.prefix(length)), layer: 1)
          )
        }
      }
    }
    try notebook.figure(
      "attention-inside", mapSheet("Attention within the trained length", maps[0]),
      caption: """
        Up to T = \(inside) tokens. RoPE and ALiBi look along the diagonal, near by; where a model \
        has not found out about order, it picks keys by what they are: columns.
        """)
    try notebook.figure(
      "attention-beyond", mapSheet("Attention at four times the trained length", maps[1]),
      caption: """
        Up to \(beyond) tokens. ALiBi goes on as before. RoPE shows stripes beyond row \(inside): \
        offsets at which its fast pairs come round again and nothing taught it to look away.
        """)
  }

  func stretchRotary(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ trained: [TrainedModel]
  ) throws {
    notebook.heading("Stretching RoPE without training")
    let rotary = trained[2].model
    let frequencies = Rotary().frequencies(headDim: rotary.configuration.headDim)
    let scaling = YaRN(factor: 4, trainedLength: experiment.trainedLength)
    let fitted = YaRN.fittedBeta(trainedLength: experiment.trainedLength)
    let fastest = frequencies.map(scaling.turns).max() ?? 0
    let unfinished = frequencies.filter { scaling.turns(of: $0) < 1 }.count
    notebook.say(
      """
      RoPE's frequencies are not trained, so they can be changed in a finished model. **Position \
      interpolation** divides all of them by s = length / T, and no angle is new any more. \
      **NTK-aware** scaling changes the base, so that fast pairs keep their speed and only slow \
      ones are slowed. **YaRN** decides pair by pair, by how often it turned within T: below α \
      turns it is interpolated, above β it is left alone.
      """)
    notebook.say(
      """
      YaRN's published β = 32 belongs to models trained at thousands of tokens. Here the fastest \
      pair turns \(Quantity.plain.text(fastest, digits: 3)) times within T, fewer than 32: every \
      pair would be interpolated at least in part, and \(unfinished) of \(frequencies.count) never \
      finish a turn. So β is scaled down with T, but not below 4, where the ramp would become a \
      step: β = \(Quantity.plain.text(fitted)) leaves the fastest pairs as they were, as was meant.
      """)
    notebook.show("YaRN", in: "YaRN.swift")
    let names = [
      "as trained", "position interpolation", "NTK-aware", "YaRN, β = 32 (paper)",
      "YaRN, β = \(Quantity.plain.text(fitted)) (fitted to T)",
    ]
    let curves = try notebook.step("The same weights, other frequencies") {
      try notebook.each(names.indices, detail: { names[$0] }) { index in
        Curve(
          name: names[index],
          readings: try zip(experiment.lengths, experiment.multiples).map { length, multiple in
            let scheme = Rotary(scaling: experiment.scalings(multiple: multiple)[index])
            let viewed = rotary.sharingWeights(with: rotary.configuration.with(positions: scheme))
            return viewed.lossByPosition(
              try notebook.heldOutWindows(
                book, length: length, tokenCount: experiment.evaluationTokens))
          })
      }
    }
    try notebook.figure(
      "rotary-scalings", lengthPlot("RoPE stretched without training", experiment, curves),
      caption: """
        The same trained weights with other frequencies, perplexity from \
        \(experiment.trainedLength) to \(experiment.longest) bytes: \
        \(curves.map(\.growth).joined(separator: ", ")).
        """)
    let atFour = curves.map { $0.perplexities[2] }
    // Seeds 1, 2 and 3: NTK-aware 0.65 to 0.74, YaRN 0.53 to 0.67, interpolation 1.56 to 1.66.
    notebook.claim(
      "NTK-aware at 4 T: perplexity over plain RoPE's", atFour[2] / atFour[0], atMost: 0.9,
      as: .times)
    notebook.claim(
      "YaRN with the fitted β at 4 T: perplexity over plain RoPE's", atFour[4] / atFour[0],
      atMost: 0.85, as: .times)
    notebook.claim(
      "Position interpolation at 4 T: perplexity over plain RoPE's", atFour[1] / atFour[0],
      atLeast: 1.2, as: .times)
    notebook.notice(
      "The paper's effect does not come out",
      """
      In LLaMA, plain RoPE explodes beyond its window and interpolation does not (Chen et al., \
      table 1, with fine-tuning). Here plain RoPE fails gently, and interpolation squeezes \
      neighbors together that this model, trained for minutes on single bytes, depends on most. \
      Both are real; the second is what a small model shows.
      """)
  }

  func narrowTheWindow(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ trained: [TrainedModel],
    _ curves: [Curve]
  ) throws {
    notebook.heading("What a flat curve is made of")
    notebook.say(
      """
      ALiBi's curve is flat to \(experiment.longest) tokens. Does it *use* them? Take them away and see: every \
      layer of every model may look at the last T tokens only. If the far context mattered, the \
      loss would rise.
      """)
    let windowed = try notebook.step("Every layer sees the last T tokens only") {
      try notebook.each(experiment.narrowedSchemes) { index in
        let narrow = trained[index].model.sharingWeights(
          with: experiment.narrowed(experiment.schemes[index]))
        return Curve(
          name: "\(experiment.schemes[index].name), window T",
          readings: try experiment.lengths.map { length in
            narrow.lossByPosition(
              try notebook.heldOutWindows(
                book, length: length, tokenCount: experiment.evaluationTokens))
          })
      }
    }
    try notebook.figure(
      "fixed-window",
      lengthPlot(
        "With and without the far context", experiment,
        [curves[0], curves[2], curves[3]] + windowed),
      caption: """
        Perplexity from \(experiment.trainedLength) to \(experiment.longest) bytes: \
        \(([curves[0], curves[2], curves[3]] + windowed).map(\.growth).joined(separator: ", ")). A \
        window mends what depends on offsets alone; the vector that sinusoidal positions add is new \
        beyond T, whoever looks.
        """)
    let last = experiment.lengths.count - 1
    // Seeds 1, 2 and 3: 0.995 to 0.997, and 0.9993 to 0.9999.
    notebook.claim(
      "RoPE with a window of T at \(experiment.multiples[last]) T: perplexity over its own at T",
      windowed[1].ratio(at: last),
      within: 0.9...1.03, as: .times)
    notebook.claim(
      "ALiBi at \(experiment.multiples[last]) T: perplexity with a window of T over that without",
      windowed[2].perplexities[last] / curves[3].perplexities[last], within: 0.98...1.02,
      as: .times)
    try fixContext(notebook, experiment, book, trained)
  }

  /// The paper's own caveat: every scored token with the same, full context.
  private func fixContext(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ trained: [TrainedModel]
  ) throws {
    notebook.say(
      """
      There is a second reason why windows side by side flatter long lengths: the first tokens of \
      each window have next to no context, and the longer the window, the fewer of them there are. \
      The paper says so itself (Press et al., appendix B). So score the *same* bytes at every \
      length, each with at least length − T tokens before it.
      """)
    let lengths = experiment.lengths.dropFirst()
    let longest = experiment.longest
    let curves = try notebook.step("The same bytes, with more and more before them") {
      try [2, 3].map { index in
        try notebook.each(lengths, detail: { "\($0) bytes" }) { length in
          let windows = try EvaluationWindows(
            corpus: book, range: book.heldOut, length: length, stride: experiment.trainedLength,
            lead: longest - experiment.trainedLength,
            maximumCount: max(1, experiment.evaluationTokens / 4 / experiment.trainedLength))
          let reading = trained[index].model.lossByPosition(
            (0..<windows.count).map { place in
              let batch = windows.batch(place..<place + 1)
              return batch.inputs + batch.targets.suffix(1)
            })
          return exp(reading.mean(of: windows.scoredPositions))
        }
      }
    }
    try notebook.figure(
      "fixed-context",
      LinePlot(
        title: "The same bytes, read with more and more before them",
        x: .log("context of each scored byte (tokens, at least)", base: 2),
        y: .log("perplexity per byte"),
        series: zip([2, 3], curves).map { index, perplexities in
          Series(
            experiment.schemes[index].name,
            x: lengths.map { Double($0 - experiment.trainedLength) }, y: perplexities)
        }),
      caption: """
        Every byte has a long past, so there is no early-token gain. From \
        \(experiment.trainedLength) to \(longest - experiment.trainedLength) tokens of context: \
        \(zip([2, 3], curves).map { "\(experiment.schemes[$0].name) × \(Quantity.plain.text(($1.last ?? 0) / ($1.first ?? 1), digits: 3))" }.joined(separator: ", ")).
        """)
    // Seeds 1, 2 and 3: 1.0002 to 1.0007.
    if let first = curves[1].first, let end = curves[1].last {
      notebook.claim(
        "ALiBi, same bytes: perplexity with \((experiment.multiples.last ?? 1) - 1) T of context over that with T",
        end / first,
        within: 0.98...1.02, as: .times)
    }
  }
}
