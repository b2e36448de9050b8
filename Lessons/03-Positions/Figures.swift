import Foundation
import LessonKit
import Plotting
import SmallTransformer

/// The plots of this lesson: data in, figure out, no words about the findings.
extension PositionsLesson {
  /// Tokens on a base-2 axis with a tick at each length that was read.
  private func lengthAxis(_ experiment: Experiment) -> Axis {
    .log(
      "tokens read", base: 2,
      ticks: zip(experiment.lengths, experiment.multiples).map { length, multiple in
        Tick(Double(length), multiple == 1 ? "\(length) = T" : "\(length)")
      })
  }

  func lengthPlot(_ title: String, _ experiment: Experiment, _ curves: [Curve]) -> LinePlot {
    LinePlot(
      title: title, x: lengthAxis(experiment), y: .log("perplexity per byte"),
      series: curves.map { curve in
        Series(curve.name, x: experiment.lengths.map(Double.init), y: curve.perplexities)
      })
  }

  func positionPlot(_ experiment: Experiment, _ curves: [Curve]) -> LinePlot {
    let width = max(1, experiment.trainedLength / 4)
    return LinePlot(
      title: "Loss at each position of a long window",
      x: .linear("position in the window (tokens)"),
      y: .linear("loss (nats per byte)"),
      series: curves.compactMap { curve in
        curve.readings.last.map { reading in
          let points = reading.smoothed(width: width)
          return Series(
            curve.name, x: points.map(\.position), y: points.map(\.loss), style: .line)
        }
      },
      marks: [.vertical(Double(experiment.trainedLength), "T")])
  }

  func trainingPlot(_ experiment: Experiment, _ trained: [TrainedModel]) -> LinePlot {
    let width = max(1, experiment.schedule.stepCount / 30)
    return LinePlot(
      title: "Loss while training", x: .linear("step"), y: .linear("loss (nats per byte)"),
      series: zip(experiment.schemes, trained).map { scheme, model in
        let starts = Array(stride(from: 0, to: model.losses.count, by: width))
        return Series(
          scheme.name, x: starts.map { Double($0 + width / 2) },
          y: starts.map { start in
            let part = model.losses[start..<min(model.losses.count, start + width)]
            return part.reduce(0, +) / Double(part.count)
          }, style: .line)
      })
  }

  /// One map for each model: the mean over the heads of one layer.
  func mapSheet(_ title: String, _ maps: [(name: String, heads: [[Float]])]) -> HeatMapSheet {
    HeatMapSheet(
      title: title,
      maps: maps.map { name, heads in
        let side = Int(Double(heads[0].count).squareRoot())
        let mean = (0..<side * side).map { index -> Float in
          let (query, key) = (index / side, index % side)
          // Keys after the query take no part; the map leaves them without a color.
          if key > query { return .nan }
          return heads.reduce(0) { $0 + $1[index] } / Float(heads.count)
        }
        return HeatMap(
          title: name, values: mean, rows: side, columns: side, xLabel: "key", yLabel: "query",
          colors: .logarithmic, barLabel: "attention", valueRange: 1e-4...1, pooling: .max)
      })
  }
}
