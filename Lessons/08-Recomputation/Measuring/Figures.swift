import LessonKit
import Plotting
import SmallTransformer

/// The plots of this lesson.
extension RecomputationLesson {
  func tradeOffPlot(
    _ experiment: Experiment, _ measurements: PolicyMeasurements, timeName: String
  ) -> LinePlot {
    func series(
      _ name: String, _ concept: Concept, _ isMember: (ActivationPolicy) -> Bool
    ) -> Series {
      let members = measurements.all.filter { isMember($0.policy) }
      return Series(
        name, x: members.map(measurements.timeRatio), y: members.map { Double($0.peakBytes) },
        style: members.count > 1 ? .linePoints : .points, of: concept)
    }
    return LinePlot(
      title: "Activation bytes against time, \(experiment.depth) layers",
      x: .linear("\(timeName) of a step (1 = keep all)"),
      y: .log("peak of activations", base: 2, unit: .bytes),
      series: [
        series("keep all", .keepAll) { $0 == .keepAll },
        series("selective", .selective) { $0 == .selective },
        series("every k layers, k = 32 … 2", .recomputed) {
          if case .everyKth = $0 { true } else { false }
        },
        series("full (k = 1)", .fullRecomputation) { $0 == .full },
        series("Revolve, 16 … 2 snapshots", .revolve) {
          if case .revolve = $0 { true } else { false }
        },
      ].filter { !$0.x.isEmpty })
  }

  func timelinePlot(_ experiment: Experiment, _ shown: [PolicyMeasurement]) -> LinePlot {
    LinePlot(
      title: "Live bytes through one step, \(experiment.depth) layers",
      x: .linear("allocations and frees, in order"),
      y: .linear("memory without the weights", unit: .bytes),
      series: shown.map { measurement in
        let points = thinned(measurement.liveBytes)
        return Series(
          measurement.policy.name, x: points.map { Double($0.event) },
          y: points.map { Double($0.bytes) }, style: .line,
          of: measurement.policy.concept)
      })
  }

  /// At most a few thousand points: the lowest and the highest of each group of events. So no peak
  /// is lost.
  private func thinned(_ bytes: [Int]) -> [(event: Int, bytes: Int)] {
    let width = max(1, bytes.count / 1500)
    return stride(from: 0, to: bytes.count, by: width).flatMap { start -> [(Int, Int)] in
      let part = start..<min(bytes.count, start + width)
      guard let low = part.min(by: { bytes[$0] < bytes[$1] }),
        let high = part.max(by: { bytes[$0] < bytes[$1] })
      else { return [] }
      return (low == high ? [low] : [min(low, high), max(low, high)]).map { ($0, bytes[$0]) }
    }
  }

  func depthPlot(_ experiment: Experiment, _ curves: DepthCurves) -> LinePlot {
    let depths = experiment.depths.map(Double.init)
    return LinePlot(
      title: "Activation bytes against depth",
      x: .log("layers", base: 2, ticks: experiment.depths.map { Tick(Double($0), "\($0)") }),
      y: .log("peak of activations", base: 2, unit: .bytes),
      series: curves.map { policy, curve in
        Series(policy.policy.name, x: depths, y: curve.bytes, of: policy.policy.concept)
      })
  }

  func exponentPlot(
    _ experiment: Experiment, measured: DepthCurves, _ formula: DepthCurves, at depths: [Int]
  ) -> LinePlot {
    func middles(_ depths: [Int]) -> [Double] {
      zip(depths, depths.dropFirst()).map { Double($0 * $1).squareRoot() }
    }
    let points = measured.keys.map {
      (x: middles(experiment.depths), y: measured[$0].localExponents(experiment.depths))
    }
    return LinePlot(
      title: "Exponent of bytes by depth",
      x: .log("layers", base: 2, ticks: depths.map { Tick(Double($0), "\($0)") }),
      y: .linear("b of bytes ∝ depth^b", range: -0.05...1.1),
      series: formula.map { policy, curve in
        Series(
          policy.policy.name, x: middles(depths), y: curve.localExponents(depths), style: .line,
          of: policy.policy.concept)
      } + [
        Series(
          "measured", x: points.flatMap(\.x), y: points.flatMap(\.y), style: .points, of: .reference
        )
      ])
  }

  func selectivePlot(_ results: SelectiveResults) -> BarPlot {
    BarPlot(
      title: "Selective recomputation, before and after tiled attention",
      xLabel: "attention", y: .linear("peak of activations", unit: .bytes),
      categories: results.map { variant, _ in variant.name },
      series: [
        .init("keep all", values: results.map { Double($1.kept.measured) }, of: .keepAll),
        .init("selective", values: results.map { Double($1.selective.measured) }, of: .selective),
      ])
  }
}

extension ActivationPolicy {
  /// Its color in figures.
  fileprivate var concept: Concept {
    switch self {
    case .keepAll: .keepAll
    case .selective: .selective
    case .full: .fullRecomputation
    case .everyKth, .squareRoot: .recomputed
    case .revolve: .revolve
    }
  }
}
