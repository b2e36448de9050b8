import Corpora
import LessonKit
import Plotting
import SmallTransformer

/// What each head looks at, with keys of its own and with shared ones.
extension MultiQueryLesson {
  func lookAtHeads(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ runs: [QualityRun]
  ) throws {
    notebook.heading("Heads that share, seen")
    let length = min(64, experiment.schedule.length)
    let tokens = Array(
      try notebook.heldOutWindows(book, length: length, tokenCount: length)[0].prefix(length))
    let layer = experiment.configuration.layerCount - 1
    let shown = runs.filter { !$0.isWidened && $0.name != runs[1].name }
    let maps = notebook.step("Every head of the last layer, over \(length) bytes of held-out text")
    {
      shown.map { run in
        (name: run.name, heads: run.models[0].model.attentionMaps(tokens, layer: layer))
      }
    }
    try notebook.figure(
      "heads",
      HeatMapSheet(
        title: "The last layer's heads: above each with its own keys, below all with one",
        maps: maps.flatMap { name, heads in
          heads.enumerated().map { index, values in
            HeatMap(
              title: "\(name), head \(index + 1)", values: causal(values, length),
              rows: length, columns: length, xLabel: "key", yLabel: "query",
              colors: .logarithmic, barLabel: "attention", valueRange: 1e-3...1)
          }
        }, across: experiment.configuration.headCount),
      caption: """
        Two heads of one layer differ by \(difference(maps[0].heads)) of their attention with keys \
        of their own, and by \(difference(maps[1].heads)) with shared keys: what differs then is \
        what they ask, not what they are shown.
        """)
  }

  /// Keys after the query take no part; the map leaves them without a color.
  private func causal(_ values: [Float], _ length: Int) -> [Float] {
    values.enumerated().map { index, value in index % length > index / length ? .nan : value }
  }

  /// Half the sum of absolute differences of two heads' rows, as a mean over pairs of heads.
  private func difference(_ heads: [[Float]]) -> String {
    var (sum, count) = (0.0, 0)
    for a in heads.indices {
      for b in heads.indices where b > a {
        let total = zip(heads[a], heads[b]).reduce(0.0) { $0 + Double(abs($1.0 - $1.1)) }
        sum += total / 2 / Double(heads[a].count).squareRoot()
        count += 1
      }
    }
    return Quantity.percent.text(count > 0 ? sum / Double(count) : .nan, digits: 2)
  }
}
