import Calculator
import Foundation
import LessonKit
import Plotting
import SystemSupport

/// The terms of a plan by context, as a stack of bars with the device's memory as a line.
struct MemoryFigure {
  let report: MemoryReport

  func write(to path: String) throws {
    let (plan, room) = (report.plan, report.device.bytes)
    // Powers of two around the context that was asked for.
    var contexts: [Int] = []
    var context = plan.context
    while contexts.count < 4, context > max(1, plan.newTokens + plan.sharedPrefix) {
      contexts.insert(context, at: 0)
      context /= 2
    }
    if contexts.isEmpty { contexts = [plan.context] }
    contexts.append(2 * plan.context)
    contexts.append(4 * plan.context)
    let estimates = contexts.map { context in
      var other = plan
      other.context = context
      return other.estimate
    }
    let kinds = MemoryEstimate.Kind.allCases.filter { kind in estimates.contains { $0[kind] > 0 } }
    let most = estimates.map(\.total).max() ?? room
    let top = min(max(1.2 * room, most), 4 * room)
    let figure = BarPlot(
      title: "\(plan.model.name.terminalLine), \(plan.use.rawValue), on \(report.device.name)",
      xLabel: "context (tokens)", y: .linear("bytes on one device (GB)", range: 0...top / 1e9),
      categories: contexts.map { Quantity.count.text(Double($0)) },
      series: kinds.map { kind in
        BarPlot.Bars(kind.rawValue, values: estimates.map { $0[kind] / 1e9 })
      },
      isStacked: true,
      marks: [.horizontal(room / 1e9, "the device: \(Quantity.bytes.text(room))")])
    try figure.write(to: URL(fileURLWithPath: path))
  }
}
