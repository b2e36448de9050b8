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
        style: .points, of: order.concept)
    }
    // One series for all orders, with a gap between them: one entry in the legend.
    let formula = Series(
      "formula", x: ordered.flatMap { $0.runs.map { Double($0.outer) } + [.nan] },
      y: ordered.flatMap { $0.runs.map(\.smooth) + [.nan] }, style: .dashed, of: .reference)
    return LinePlot(
      title: "Traffic between slow and fast memory",
      x: .log("rows in the block that stays", base: 2), y: .log("numbers moved"),
      series: counted + [formula])
  }

  private func lengthAxis() -> Axis { .log("length (tokens)", base: 2) }

  func timePlot(_ timings: Timings) -> LinePlot {
    LinePlot(
      title: "Time, forward and backward", x: lengthAxis(), y: .log("time", unit: .seconds),
      series: series(timings) { $0.bothSeconds })
  }

  func bytesPlot(_ timings: Timings, budgetBytes: Int) -> LinePlot {
    LinePlot(
      title: "Peak memory beyond the head's own tensors", x: lengthAxis(),
      y: .log("memory", unit: .bytes),
      series: Method.allCases.map { method in
        let runs = timings.of(method, isCausal: true)
        return Series(
          method.rawValue, x: runs.map { Double($0.length) }, y: runs.map { Double($0.bothBytes) },
          of: method.concept)
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
          y: runs.map(value), style: isCausal ? .linePoints : .dashed, of: method.concept)
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
          pooling: .max, gapLabel: "future (masked)")
      }, across: 2)
  }
}

extension Method {
  /// Its color in figures.
  fileprivate var concept: Concept {
    switch self {
    case .naive: .standardAttention
    case .tiled: .tiledAttention
    }
  }
}

extension LoopOrder {
  /// Its color in figures.
  fileprivate var concept: Concept {
    switch self {
    case .naive: .standardAttention
    case .flashAttention1: .engineKernel
    case .flashAttention2: .tiledAttention
    }
  }
}

extension FlashTilingLesson {
  /// Where the blocks are, and the order in which they move. Sizes and speeds are those of an A100
  /// (Dao et al., 2022, section 2.1).
  var tileDrawing: Schematic {
    var page = Schematic("Tiled attention: only blocks enter the fast memory", rows: 14)
    page.box(column: 0, row: 0, width: 21, height: 13, "HBM (slow)")
    page.box(column: 36, row: 0, width: 22, height: 13, "SRAM (fast)")
    // One block of queries and output, one of keys and values.
    for (name, row, block) in [("Q", 1, 1), ("K", 3, 2), ("V", 4, 2), ("O", 8, 1)] {
      page.label(name, column: 2, row: row, .bold)
      page.cells(column: 5, row: row, rows: 1, columns: 5, cellWidth: 3) { _, index in
        .init(index == block ? .solid(.tiledAttention) : .tint(.standardAttention))
      }
      let isQuery = block == 1
      page.node(
        column: 38, row: row, width: 6, name + (isQuery ? "ᵢ" : "ⱼ"), fill: .tint(.tiledAttention))
    }
    page.arrow(row: 1, from: 21, to: 36, "1 load Qᵢ")
    page.arrow(row: 3, from: 21, to: 36, "2 load Kⱼ")
    page.arrow(row: 4, from: 21, to: 36, "2 load Vⱼ")
    page.arrow(row: 8, from: 36, to: 21, "4 store Oᵢ")
    page.node(column: 46, row: 3, width: 10, "3 scores", fill: .tint(.tiledAttention))
    page.node(column: 38, row: 6, width: 18, "max m and sum ℓ", fill: .tint(.tiledAttention))
    page.label("no n × n matrix", column: 2, row: 6, .secondary)
    page.label("40 to 80 GB", column: 2, row: 10)
    page.label("1.5 to 2 TB/s", column: 2, row: 11)
    page.label("192 KB per SM", column: 38, row: 10)
    page.label("about 19 TB/s", column: 38, row: 11)
    page.label(
      "for each i: 1, then 2 and 3 for each j, then 4", column: 29, row: 13, align: .center)
    page.key(.solid(.tiledAttention), "block in use")
    page.key(.tint(.tiledAttention), "in SRAM")
    return page
  }
}
