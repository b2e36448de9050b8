import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// Section "The attention map": the global layer's attention over the whole text.
extension HundredThousandLesson {
  func drawAttentionMap(
    _ notebook: Notebook, _ experiment: Experiment, _ longText: LongTextResult
  ) throws {
    let n = experiment.longest
    notebook.heading("The attention map")
    notebook.say(
      """
      The attention of one head over \(Quantity.count.text(Double(n))) tokens is a matrix of \
      \(Quantity.bytes.text(4 * Double(n) * Double(n))). It is never materialized. The \
      probabilities are computed a few rows at a time (lesson 5). Each cell of the picture shows \
      the largest of the probabilities that fall into it.
      """)
    let (views, problem) = longText.heads
    let maps = notebook.step("pool-maps", "Pool the maps of \(problem.headCount) heads") {
      PooledAttention.maps(
        views, problem, heads: 0..<problem.headCount, side: experiment.mapSide, on: notebook.backend
      ) { share in
        notebook.progress(
          done: Int(share * 100), total: 100, detail: "\(Quantity.count.text(n)) tokens")
      }
    }
    try notebook.figure(
      "map",
      HeatMapSheet(
        title: "The global layer's attention over \(Quantity.count.text(Double(n))) tokens",
        maps: maps.enumerated().map { index, map in
          HeatMap(
            title: "head \(index + 1)", values: map.maxima, rows: map.side, columns: map.side,
            xLabel: "key (token)", yLabel: "query (token)", xRange: 0...Double(map.length),
            yRange: 0...Double(map.length), colors: .logarithmic, barLabel: "largest in a cell",
            pooling: .max, gapLabel: "future (masked)")
        }, across: 2),
      caption: """
        Each cell is the largest of \(Quantity.count.text(Double(maps[0].block * maps[0].block))) \
        probabilities. Columns that stand out are the planted facts; the last rows are the \
        questions that look for them.
        """)
  }
}
