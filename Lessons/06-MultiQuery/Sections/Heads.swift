import Corpora
import LessonKit
import Plotting
import SmallTransformer

/// Section "Attention maps of shared heads".
extension MultiQueryLesson {
  func drawHeads(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ runs: QualityRuns
  ) throws {
    notebook.heading("Attention maps of shared heads")
    let length = min(64, experiment.schedule.length)
    let tokens = Array(
      try notebook.heldOutWindows(book, length: length, tokenCount: length)[0].prefix(length))
    let layer = experiment.configuration.layerCount - 1
    let heads = notebook.step(
      "map-heads", "Compute attention maps of the last layer on \(length) bytes of held-out text"
    ) {
      [QualityModel.multiHead, .multiQuery].map { model in
        (model: model, maps: runs[model].models[0].model.attentionMaps(tokens, layer: layer))
      }
    }
    let differences = Dictionary(
      uniqueKeysWithValues: heads.map { ($0.model, meanDifference($0.maps)) })
    func difference(_ model: QualityModel) -> String {
      Quantity.percent.text(differences[model] ?? .nan, digits: 2)
    }
    try notebook.figure(
      "heads",
      HeatMapSheet(
        title: "The last layer's heads: multi-head above, multi-query below",
        maps: heads.flatMap { model, maps in
          maps.enumerated().map { index, values in
            HeatMap(
              title: "\(model.name), head \(index + 1)", values: masked(values, length),
              rows: length, columns: length, xLabel: "key", yLabel: "query",
              colors: .logarithmic, barLabel: "attention", valueRange: 1e-3...1,
              gapLabel: "future (masked)")
          }
        }, across: experiment.configuration.headCount),
      caption: """
        Two heads of one layer differ in \(difference(.multiHead)) of their attention if each has \
        its own keys, and in \(difference(.multiQuery)) if they share keys. With shared keys only \
        the queries differ.
        """)
  }

  /// Replaces the values of keys after the query by NaN, which has no color.
  private func masked(_ values: [Float], _ length: Int) -> [Float] {
    values.enumerated().map { index, value in index % length > index / length ? .nan : value }
  }

  /// The total variation distance between the rows of two heads (half the sum of absolute
  /// differences), averaged over rows and over pairs of heads.
  private func meanDifference(_ heads: [[Float]]) -> Double {
    var (sum, count) = (0.0, 0)
    for a in heads.indices {
      for b in heads.indices where b > a {
        let total = zip(heads[a], heads[b]).reduce(0.0) { $0 + Double(abs($1.0 - $1.1)) }
        sum += total / 2 / Double(heads[a].count).squareRoot()
        count += 1
      }
    }
    return count > 0 ? sum / Double(count) : .nan
  }
}
