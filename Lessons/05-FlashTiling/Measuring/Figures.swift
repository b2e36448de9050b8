import Foundation
import LessonKit
import Plotting
import SmallTransformer

/// The figures of this lesson, made from their data.
extension FlashTilingLesson {
  func streamPlot(_ stream: StreamTrace) -> LinePlot {
    let places = stream.scores.indices.map { Double($0 + 1) }
    return LinePlot(
      title: "Running maximum and running sum", x: .linear("scores seen"), y: .linear("nats"),
      series: [
        Series("score", x: places, y: stream.scores.map(Double.init), style: .points),
        Series("running maximum m", x: places, y: stream.maxima.map(Double.init), style: .step),
        Series(
          "ln ℓ, the running sum", x: places, y: stream.sums.map { log(Double($0)) },
          style: .step),
        Series(
          "L = m + ln ℓ", x: places,
          y: zip(stream.maxima, stream.sums).map { Double($0) + log(Double($1)) }, style: .line),
      ])
  }

  func trafficPlot(_ runs: [Keyed<LoopOrder, TrafficRun>]) -> LinePlot {
    let ordered = LoopOrder.allCases.map { order in (order: order, runs: runs.map { $0[order] }) }
    let counted = ordered.map { order, own in
      Series(
        order.rawValue, x: own.map { Double($0.outer) }, y: own.map { Double($0.counted) },
        style: .points)
    }
    // One series for all orders, with a gap between them: one entry in the legend.
    let formula = Series(
      "formula", x: ordered.flatMap { $0.runs.map { Double($0.outer) } + [.nan] },
      y: ordered.flatMap { $0.runs.map(\.smooth) + [.nan] }, style: .dashed)
    return LinePlot(
      title: "Traffic between slow and fast memory",
      x: .log("rows in the block that stays", base: 2), y: .log("numbers moved"),
      series: counted + [formula])
  }

  private func lengthAxis() -> Axis { .log("length (tokens)", base: 2) }

  func timePlot(_ timings: Timings) -> LinePlot {
    LinePlot(
      title: "Time, forward and backward", x: lengthAxis(), y: .log("time (seconds)"),
      series: series(timings) { $0.bothSeconds })
  }

  func bytesPlot(_ timings: Timings, budgetBytes: Int) -> LinePlot {
    LinePlot(
      title: "Peak memory beyond the head's own tensors", x: lengthAxis(),
      y: .log("memory (bytes)"),
      series: Method.allCases.map { method in
        let runs = timings.of(method, isCausal: true)
        return Series(
          method.rawValue, x: runs.map { Double($0.length) }, y: runs.map { Double($0.bothBytes) })
      }, marks: [.horizontal(Double(budgetBytes), "refused above")])
  }

  private func series(
    _ timings: Timings, _ value: (Measurement) -> Double
  ) -> [Series] {
    Method.allCases.flatMap { method in
      [false, true].map { isCausal in
        let runs = timings.of(method, isCausal: isCausal)
        return Series(
          method.rawValue + (isCausal ? ", causal" : ""), x: runs.map { Double($0.length) },
          y: runs.map(value))
      }
    }
  }

  func mapSheet(
    _ title: String, _ maps: [PooledMap], _ values: (PooledMap) -> [Float]
  ) -> HeatMapSheet {
    HeatMapSheet(
      title: title,
      maps: maps.enumerated().map { index, map in
        HeatMap(
          title: "head \(index + 1)", values: values(map), rows: map.side, columns: map.side,
          xLabel: "key (token)", yLabel: "query (token)", xRange: 0...Double(map.length),
          yRange: 0...Double(map.length), colors: .logarithmic, barLabel: "attention",
          pooling: .max)
      }, across: 2)
  }
}
