import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// The attention of the global layer over the whole text, as one picture.
extension HundredThousandLesson {
  func drawMap(_ notebook: Notebook, _ experiment: Experiment, _ reading: LongReading) throws {
    let n = experiment.longest
    notebook.heading("The whole map")
    notebook.say(
      """
      A head's attention over \(Quantity.count.text(Double(n))) tokens is a matrix of \
      \(Quantity.bytes.text(4 * Double(n) * Double(n))). It is never made: each cell of the picture \
      keeps the largest of the probabilities that fall into it, a few rows at a time (lesson 5).
      """)
    let (views, problem) = reading.heads
    let maps = notebook.step("Pool the maps of \(problem.headCount) heads") {
      PooledAttention.maps(
        views, problem, heads: 0..<problem.headCount, side: experiment.mapSide, on: notebook.backend
      ) { share in
        notebook.progress(done: Int(share * 100), total: 100, detail: "\(n) tokens")
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
            yRange: 0...Double(map.length), colors: .logarithmic, barLabel: "largest of a cell",
            pooling: .max)
        }, across: 2),
      caption: """
        Each cell is the largest of \(Quantity.count.text(Double(maps[0].block * maps[0].block))) \
        probabilities. Columns that stand out are the planted facts; the last rows are the questions \
        that look for them.
        """)
  }
}
