import Calculator
import Corpora
import LessonKit
import SmallTransformer

/// What one layer with naive attention and dropout keeps per token, measured at two lengths.
package struct LayerFit: Codable, Sendable {
  /// Values per token outside attention.
  package let outside: Double
  /// Values per token, head and key inside attention.
  package let perPair: Double

  /// From values per token of a layer at two lengths, for a number of heads: a straight line.
  package init(
    headCount: Int, short: (length: Int, values: Double), long: (length: Int, values: Double)
  ) {
    perPair = (long.values - short.values) / Double(headCount * (long.length - short.length))
    outside = long.values - perPair * Double(headCount * long.length)
  }
}

/// Section "The published count, from this engine's numbers".
extension RecomputationLesson {
  func comparePublishedCount(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus
  ) throws {
    let configuration = experiment.selective(.naiveWithDropout)
    let (h, a, s) = (
      configuration.modelDim, configuration.headCount, experiment.selectiveLength
    )
    notebook.heading("The published count, from this engine's numbers")
    notebook.say(
      """
      Korthikanti's 34 and 5 count bytes of values with two bytes, and one byte for each element of \
      a dropout mask. This engine's values have four bytes, and it stores no mask. So measure how \
      many *values* a layer keeps here, at two lengths, and give them the paper's widths.
      """)
    let fit = try notebook.step(
      "fit-layer", "Measure what a layer keeps at \(s / 2) and at \(s) tokens"
    ) {
      func values(_ length: Int) throws -> (Int, Double) {
        (length, try notebook.valuesOfALayer(configuration, experiment, book, length: length))
      }
      return LayerFit(headCount: a, short: try values(s / 2), long: try values(s))
    }
    let outside = fit.outside - 2 * Double(configuration.norm == .layerNorm ? 2 : 1)
    let perWidth = outside / Double(h)
    func text(_ value: Double) -> String { Quantity.plain.text(value) }
    notebook.example(
      "By hand: from values to the paper's bytes",
      columns: ["part", "values, measured", "two bytes each", "dropout masks", "bytes", "printed"],
      rows: [
        [
          "outside attention, per h", text(perWidth), text(2 * perWidth), "2 · 1",
          text(2 * perWidth + 2), "34",
        ],
        [
          "inside, per a·s/h", text(fit.perPair), text(2 * fit.perPair), "1 · 1",
          text(2 * fit.perPair + 1), "5",
        ],
      ],
      result: """
        Outside attention, four statistics of the norms are left out, as in the paper. Dropout acts \
        on two results of width h and on the probabilities, so there are masks for those.
        """)
    notebook.claim(
      "layer-outside", "Outside attention a layer keeps {} values per token, 16h + 4",
      fit.outside, equals: Double(16 * h + 4), from: .smoke, as: .count)
    notebook.claim(
      "layer-inside",
      "Inside naive attention with dropout a layer keeps {} values for each head, query and key",
      fit.perPair, equals: 2, from: .smoke, as: .count)
    comparePublishedModels(notebook)
  }

  /// Sizes from section 5 of the paper: heads, width, tokens, and what it prints.
  private func comparePublishedModels(_ notebook: Notebook) {
    let models: [(name: String, heads: Int, width: Int, ratio: Double, saved: Double)] = [
      ("GPT-3", 96, 12_288, 80, 0.70), ("MT-NLG", 128, 20_480, 64, 0.65),
    ]
    let length = 2048
    let rows = models.map { model -> (ratio: Double, saved: Double, printed: Double) in
      let shape = ModelShape(
        name: model.name, layerCount: 1, modelDim: model.width, headCount: model.heads,
        feedForwardDim: 4 * model.width, vocabularyCount: 1, block: .gpt, source: "section 5")
      let layer = LayerActivations(shape, hasDropout: true)
      let inside = layer.insideBytes(tokens: length, storesScores: true)
      return (
        inside / Double(model.width), inside / (inside + layer.outsideBytes), model.saved
      )
    }
    notebook.table(
      "published-shares",
      columns: ["model", "a", "h", "5as/h", "printed", "saved per layer", "printed"],
      rows: zip(models, rows).map { model, row in
        [
          model.name, "\(model.heads)", Quantity.count.text(model.width),
          Quantity.plain.text(row.ratio), Quantity.plain.text(model.ratio),
          Quantity.percent.text(row.saved, digits: 3), Quantity.percent.text(model.saved),
        ]
      },
      caption: """
        The paper's two models at \(Quantity.count.text(length)) tokens (Korthikanti et al., 2022, \
        section 5). The count is the one of equation 7 with the widths above.
        """)
    notebook.claim(
      "published-shares-differ",
      "Rounded as printed, the saving per layer differs from the paper's for {} of \(models.count) "
        + "models",
      Double(rows.count { ($0.saved * 100).rounded() != ($0.printed * 100).rounded() }), equals: 0,
      from: .smoke, as: .count, kind: .derived)
    notebook.notice(
      "An error in the paper's count of FLOPs",
      """
      By the paper's equation 7 a layer takes 72·b·s·h²·(1 + s/(6h)) FLOPs. Selective recomputation \
      repeats two products of 2·b·s²·h each. This adds s/(18h) to the parentheses: 1 + 2s/(9h). \
      Equation 8 prints 1 + s/(3h), with three times the true overhead.
      """)
  }
}

extension Notebook {
  /// Values per token that one layer adds to the peak with all activations kept.
  fileprivate func valuesOfALayer(
    _ configuration: TransformerConfiguration, _ experiment: Experiment, _ book: Corpus,
    length: Int
  ) throws -> Double {
    let peaks = try [1, 2].map { part in
      var model = configuration
      model.layerCount = configuration.layerCount * part / 2
      return try bench(model, experiment, book, length: length).measure(.keepAll).peakBytes
    }
    return Double(peaks[1] - peaks[0])
      / Double(4 * experiment.batchCount * length * configuration.layerCount / 2)
  }
}
