import Calculator
import LessonKit
import SystemSupport

/// A memory report as text: the terms, whether they fit, what would help, and the time.
struct MemoryPage {
  let report: MemoryReport
  let style: TerminalStyle

  var text: String {
    ([heading, ""] + terms + [""] + verdict + [""] + work + price).joined(separator: "\n") + "\n"
  }

  private var plan: MemoryPlan { report.plan }
  private var isNarrow: Bool { style.width < 72 }

  private var heading: String {
    let tokens = counted(plan.context)
    let sequences = plan.batch == 1 ? "" : ", \(plan.batch) sequences"
    let devices = plan.deviceCount == 1 ? "" : ", one of \(plan.deviceCount)"
    return style.ink(plan.model.name, .bold)
      + " · \(plan.use.rawValue) · \(tokens)\(sequences) · \(report.device.name)\(devices)"
  }

  private func counted(_ tokens: Int) -> String {
    Quantity.count.text(Double(tokens)) + (tokens == 1 ? " token" : " tokens")
  }

  private var terms: [String] {
    let rows = report.estimate.terms.map { ($0.name, gigabytes($0.bytes), $0.formula) }
    let total = ("total", gigabytes(report.estimate.total), "")
    let names = (rows + [total]).map(\.0.count).max() ?? 0
    let numbers = (rows + [total]).map(\.1.count).max() ?? 0
    func line(_ row: (String, String, String)) -> String {
      let name = row.0 + String(repeating: " ", count: names - row.0.count)
      let number = String(repeating: " ", count: numbers - row.1.count) + row.1
      let formula = isNarrow || row.2.isEmpty ? "" : "   " + style.ink(row.2, .faint)
      return "  \(name)  \(number)\(formula)"
    }
    return rows.map(line) + [style.ink(line(total), .bold)]
  }

  private func gigabytes(_ bytes: Double) -> String { Quantity.bytes.text(bytes, digits: 4) }

  private var verdict: [String] {
    let capacity = gigabytes(report.device.bytes)
    let longest = report.longestContext.map {
      "The longest context that fits: \(counted($0))."
    }
    if report.fits {
      let share = Quantity.percent.text(report.estimate.total / report.device.bytes, digits: 2)
      return [style.ink("✓ It fits", .green, .bold) + ": \(share) of \(capacity)."]
        + [longest ?? "It fits at every context."]
    }
    let times = Quantity.times.text(report.estimate.total / report.device.bytes, digits: 3)
    return [
      style.ink("✗ It does not fit", .red, .bold) + ": \(times) of \(capacity).",
      longest ?? "Not even one token fits.",
    ] + help
  }

  private var help: [String] {
    let ways = report.waysToFit
    guard !ways.isEmpty else {
      let isLimited = report.isThisMachine && HostLimits.current.memory.limiter != nil
      let hint =
        isLimited
        ? "Raise the limit, or use a larger machine."
        : report.isThisMachine
          ? "Use a larger machine." : "Use a larger device or more devices."
      return ["No combination of up to four known techniques makes it fit. \(hint)"]
    }
    return [
      ways.count == 1 ? "To make it fit, turn on:" : "To make it fit, turn on one of these:"
    ]
      + ways.map { way in
        let note = way.isExact ? "" : ", but the model's output changes"
        return "  • \(way.turnOn.joined(separator: " + ")): \(gigabytes(way.totalBytes))\(note)"
      }
  }

  private var work: [String] {
    [style.ink("Shortest time, at the device's peak:", .bold)]
      + report.work.map { line in
        let amount =
          line.bytesRead > 0
          ? gigabytes(line.bytesRead)
          : "\(Quantity.plain.text(line.flops / 1e12, digits: 4)) TFLOP"
        return "  \(line.name): \(amount), \(Quantity.seconds.text(line.seconds, digits: 3))"
      }
  }

  private var price: [String] {
    guard let cost = report.cost, let training = report.training else { return [] }
    let share = Quantity.percent.text(palmUtilization)
    return [
      "", style.ink("The whole training:", .bold),
      "  \(Quantity.plain.text(training.tokens / 1e9, digits: 4)) billion tokens, "
        + "\(Quantity.count.text(cost.deviceHours.rounded())) device hours at \(share) of the peak, "
        + "$\(Quantity.count.text(cost.dollars.rounded())) at "
        + "$\(Quantity.plain.text(training.price)) per hour",
    ]
  }
}
