import Calculator
import Foundation
import LessonKit
import Plotting
import SystemSupport

/// The terms of a plan by context, as a stack of bars with the device's memory as a line.
struct MemoryFigure {
  let report: MemoryReport

  func write(to path: String) throws {
    try plot.write(to: URL(fileURLWithPath: path))
  }

  var plot: BarPlot {
    let (plan, room) = (report.plan, report.device.bytes)
    let contexts = contexts
    let estimates = contexts.map { context in
      var other = plan
      other.context = context
      return other.estimate
    }
    let kinds = MemoryEstimate.Kind.allCases.filter { kind in estimates.contains { $0[kind] > 0 } }
    let most = estimates.map(\.total).max() ?? room
    // A line far above the bars would leave them no height.
    let showsRoom = most > room / 8
    let top = 1.05 * (showsRoom ? max(room, most) : most)
    var figure = BarPlot(
      title: title
        + (showsRoom ? "" : "\n(the device has \(Quantity.bytes.text(room)), far above)"),
      xLabel: "context (tokens), and total",
      y: .linear(
        "bytes on \(plan.deviceCount == 1 ? "the" : "each") device (GB)", range: 0...top / 1e9),
      categories: zip(contexts, estimates).map { context, estimate in
        Quantity.count.text(Double(context)) + "\n"
          + Quantity.bytes.text(estimate.total, digits: 3)
      },
      series: kinds.map { kind in
        BarPlot.Bars(
          kind.rawValue, values: estimates.map { $0[kind] / 1e9 }, color: Self.color(of: kind))
      },
      isStacked: true,
      marks: showsRoom
        ? [.horizontal(room / 1e9, "the device: \(Quantity.bytes.text(room))")] : [])
    figure.markColor = Palette.foreground
    return figure
  }

  /// Six contexts, each twice the last one: around the plan's if it fits, below it if it does not.
  private var contexts: [Int] {
    let plan = report.plan
    let least = max(1, plan.newTokens + plan.sharedPrefix)
    var contexts = [plan.context]
    while contexts.count < (report.fits ? 4 : 6), contexts[0] / 2 >= least {
      contexts.insert(contexts[0] / 2, at: 0)
    }
    while contexts.count < 6 { contexts.append(2 * contexts[contexts.count - 1]) }
    return contexts
  }

  /// The model and the devices, and below them the plan.
  private var title: String {
    let plan = report.plan
    var parts = [plan.use.rawValue]
    if plan.use == .inference {
      parts.append("weights: \(plan.weightFormat.name)")
      let (key, value) = (plan.keyFormat.name, plan.valueFormat.name)
      parts.append("cache: \(key == value ? key : "\(key) and \(value)")")
    } else {
      if let adapters = plan.adapters {
        parts.append("adapters of rank \(adapters.rank) on \(adapters.baseFormat.name)")
      }
      parts.append("recomputation: \(plan.recomputation.name)")
    }
    if plan.batch > 1 { parts.append("\(plan.batch) sequences") }
    if let scheme = plan.parallelism.scheme { parts.append(scheme) }
    return "\(plan.model.name.terminalLine) on \(report.devices)\n" + parts.joined(separator: ", ")
  }

  /// No black, on which the device's line could not be seen.
  private static func color(of kind: MemoryEstimate.Kind) -> Palette.Color {
    let concept: Concept =
      switch kind {
      case .weights: .weights
      case .gradients: .gradients
      case .optimizer: .optimizer
      case .activations: .activations
      case .cache: .cache
      case .logits: .logits
      case .workspace: .workspace
      }
    return concept.color
  }
}
