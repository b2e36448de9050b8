import LessonKit
import Plotting
import SmallTransformer

/// The figures of this lesson. They are made from data only; the sections write their captions.
extension PositionsLesson {
  /// Nats above the lowest loss that a figure shows.
  private static let lossesShown = 2.0

  /// Window lengths on a base-2 axis, with a tick at each evaluated length.
  private func lengthAxis(_ experiment: Experiment) -> Axis {
    .log(
      "length of the window (tokens)", base: 2,
      ticks: experiment.lengths.map { length in
        Tick(
          Double(length),
          Quantity.count.text(length) + (length == experiment.trainedLength ? " = T" : ""))
      })
  }

  /// Perplexity by length, with the range of the seeds; lines for counting if there are counts.
  func lengthPlot(
    _ title: String, _ experiment: Experiment, _ curves: [(curves: SeedCurves, concept: Concept)],
    _ counts: ByteCounts? = nil
  ) -> LinePlot {
    LinePlot(
      title: title, x: lengthAxis(experiment), y: .log("perplexity per byte"),
      series: curves.map { curves, concept in
        let points = curves.perplexities
        return Series(
          curves.name, x: experiment.lengths.map(Double.init), y: points.map(\.mean),
          low: points.map(\.least), high: points.map(\.largest), of: concept)
      }, marks: counts?.marks(asPerplexity: true) ?? [])
  }

  /// Up to `lossesShown` nats above the lowest loss: a model that fails leaves the frame, and the
  /// others can be told apart.
  func positionPlot(
    _ experiment: Experiment, _ curves: Keyed<Scheme, SeedCurves>, _ counts: ByteCounts
  ) -> LinePlot {
    let series = curves.map { scheme, curves in
      let points = curves.losses(at: experiment.zoomedMultiple, width: experiment.zoomWidth)
      return Series(
        curves.name, x: points.map(\.position), y: points.map(\.loss), style: .line,
        of: scheme.concept)
    }
    let losses = series.flatMap(\.y)
    let (least, most) = (losses.min() ?? 0, losses.max() ?? 1)
    return LinePlot(
      title: "Loss at each position of a long window",
      x: .linear("position in the window (tokens)"),
      y: .linear(
        "loss (nats per byte)",
        range: min(least, counts.best) - 0.1...min(most + 0.1, least + Self.lossesShown)),
      series: series,
      marks: [.vertical(Double(experiment.trainedLength), "T")] + counts.marks(asPerplexity: false))
  }

  func trainingPlot(
    _ experiment: Experiment, _ models: SchemeModels, _ counts: ByteCounts
  ) -> LinePlot {
    let width = max(1, experiment.schedule.stepCount / 30)
    return LinePlot(
      title: "Loss while training", x: .linear("step"), y: .linear("loss (nats per byte)"),
      series: models.map { scheme, trained in
        let starts = Array(stride(from: 0, to: experiment.schedule.stepCount, by: width))
        return Series(
          scheme.name, x: starts.map { Double($0 + width / 2) },
          y: starts.map { start in
            mean(
              trained.flatMap { $0.losses[start..<min($0.losses.count, start + width)] })
          }, style: .line, of: scheme.concept)
      }, marks: counts.marks(asPerplexity: false))
  }

  /// One map per model: the mean over the heads of one layer.
  func attentionMaps(_ title: String, _ models: Keyed<Scheme, [[Float]]>) -> HeatMapSheet {
    HeatMapSheet(
      title: title,
      maps: models.map { scheme, heads in
        let side = Int(Double(heads[0].count).squareRoot())
        let mean = (0..<side * side).map { index -> Float in
          let (query, key) = (index / side, index % side)
          // A future key is masked; the map leaves it without a color.
          if key > query { return .nan }
          return heads.reduce(0) { $0 + $1[index] } / Float(heads.count)
        }
        return HeatMap(
          title: scheme.name, values: mean, rows: side, columns: side, xLabel: "key",
          yLabel: "query", colors: .logarithmic, barLabel: "attention", valueRange: 1e-4...1,
          pooling: .max, gapLabel: "future (masked)")
      })
  }

  /// What each pair adds to the score at each offset, `[pair][offset]`; each pair is several cells
  /// high.
  func rotaryMap(_ cosines: [[Float]], trainedLength: Int) -> HeatMap {
    let (offsets, height) = (cosines[0].count, max(1, cosines[0].count / 2 / cosines.count))
    return HeatMap(
      title: "RoPE: what each pair adds to the score, by offset",
      values: cosines.flatMap { row in (0..<height).flatMap { _ in row } },
      rows: cosines.count * height, columns: offsets, xLabel: "offset m − n (tokens)",
      yLabel: "pair, fast to slow",
      xTicks: stride(from: 0, to: offsets, by: trainedLength).map {
        Tick(Double($0), $0 == 0 ? "0" : $0 == trainedLength ? "T" : "\($0 / trainedLength) T")
      },
      yTicks: stride(from: 0, to: cosines.count, by: max(1, cosines.count / 4)).map {
        Tick((Double($0) + 0.5) * Double(height), "\($0)")
      }, colors: .diverging(center: 0), barLabel: "cosine of the angle", maximumPixelSide: 1152)
  }

  /// ALiBi's bias by distance, one line per head.
  func biasPlot(_ lines: [BiasLine], trainedLength: Int) -> LinePlot {
    LinePlot(
      title: "ALiBi's bias per head",
      x: .linear("distance to the key (tokens)", range: 0...Double(4 * trainedLength)),
      y: .linear("bias (nats)", range: BiasLine.shown),
      series: lines.map { line in
        // A gap where a learner's line leaves the frame.
        let shown = line.values.map { BiasLine.shown.contains($0) ? $0 : .nan }
        return Series(line.name, x: line.distances, y: shown, style: .line)
      },
      marks: [.vertical(Double(trainedLength), "T")])
  }
}

/// The bias of one head of ALiBi by the distance to the key.
struct BiasLine: Codable {
  /// The range of the figure, in nats.
  static let shown = -12...0.5

  let name: String
  let distances: [Double]
  let values: [Double]

  /// A straight line from 0, to the lower edge of the figure or to `longest` tokens.
  init(slope: Float, longest: Int) {
    let end = min(Double(longest), -Self.shown.lowerBound / Double(slope))
    name = "slope 1/\(Int((1 / slope).rounded()))"
    (distances, values) = ([0, end], [0, -Double(slope) * end])
  }

  /// One value for each distance from 0 on.
  init(name: String, values: [Double]) {
    self.name = name
    distances = values.indices.map(Double.init)
    self.values = values
  }
}

extension Scheme {
  /// Its color in figures.
  var concept: Concept {
    switch self {
    case .sinusoidal: .sinusoidal
    case .learned: .learnedPositions
    case .rope: .rope
    case .alibi: .alibi
    case .noPositions: .noPositions
    }
  }
}

extension PositionsLesson {
  /// Two dials: a query and a key with the same offset, at two places of a text.
  var rotationDrawing: Schematic {
    let degreesPerToken = 40.0
    var page = Schematic("RoPE: only the angle between query and key counts", rows: 14)
    for (left, query, key) in [(1, 3, 1), (30, 103, 101)] {
      let center = Schematic.Point(Double(left) + 13, 6.2)
      page.arc(center: center, radius: 10, from: 0, to: 360, color: Palette.gray)
      let angles = [query, key].map {
        (Double($0) * degreesPerToken).truncatingRemainder(dividingBy: 360)
      }
      for (angle, concept) in zip(angles, [Concept.rope, .interpolation]) {
        page.line(
          [center, Schematic.point(center, radius: 10, angle: angle)], hasHead: true,
          color: concept.color)
      }
      page.arc(center: center, radius: 4, from: angles[1], to: angles[0], hasHead: true)
      page.label(
        "m = \(query), n = \(key): \(Int(angles[0] - angles[1]))°", column: left + 13,
        row: 13, align: .center)
    }
    page.key(.solid(.rope), "query at m")
    page.key(.solid(.interpolation), "key at n")
    return page
  }
}
