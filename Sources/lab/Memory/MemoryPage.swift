import Calculator
import Foundation
import LessonKit
import SystemSupport

/// A memory report as text of at most `style.width` columns: the verdict, the terms, what would
/// help, the time, and what was assumed.
struct MemoryPage {
  let report: MemoryReport
  let style: TerminalStyle

  var text: String {
    let parts = [verdict, terms, help, work, price, assumptions].filter { !$0.isEmpty }
    return parts.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
  }

  private var plan: MemoryPlan { report.plan }

  // MARK: The verdict

  private var verdict: [String] {
    let answer = report.fits ? "✓ It fits" : "✗ It does not fit"
    var lines = filled("\(answer): \(comparison).")
    if lines[0].hasPrefix(answer) {
      lines[0] =
        style.ink(answer, report.fits ? .green : .red, .bold) + lines[0].dropFirst(answer.count)
    }
    return lines + filled(heading) + limits.flatMap { filled($0) }
  }

  /// Needed and available bytes and their ratio, with as many digits as tell them apart.
  private var comparison: String {
    let (needed, room) = (report.estimate.total, report.device.bytes)
    let isOne = plan.deviceCount == 1
    for digits in 3...17 {
      let bytes = [needed, room].map { Quantity.bytes.text($0, digits: max(4, digits)) }
      let share =
        report.fits
        ? Quantity.percent.text(needed / room, digits: digits)
        : Quantity.times.text(needed / room, digits: digits)
      guard
        needed == room || bytes[0] != bytes[1] && share != "100 %" && share != "1 ×"
          || digits == 17
      else { continue }
      if report.fits {
        return "it needs \(bytes[0]) of the \(bytes[1]) of \(isOne ? "the" : "each") device "
          + "(\(share))"
      }
      return isOne
        ? "it needs \(bytes[0]), and the device has \(bytes[1]) (\(share))"
        : "each device needs \(bytes[0]) and has \(bytes[1]) (\(share))"
    }
    return ""
  }

  private var heading: String {
    let tokens = counted(plan.context)
    let sequences = plan.batch == 1 ? "" : ", \(plan.batch) sequences"
    return "\(plan.model.name.terminalLine) · \(weights) · \(plan.use.rawValue) · "
      + "\(tokens)\(sequences) · \(report.devices)"
  }

  private var weights: String {
    let model = plan.model
    let all = Quantity.count.text(Double(model.parameterCount)) + " weights"
    guard model.hasExperts else { return all }
    return "\(all), \(Quantity.count.text(model.activeParameterCount.rounded())) for a token"
  }

  private func counted(_ tokens: Int) -> String {
    Quantity.count.text(Double(tokens)) + (tokens == 1 ? " token" : " tokens")
  }

  private var limits: [String] {
    var all: [String] = []
    if let longest = report.longestContext {
      let isTable = longest == plan.model.learnedPositionCount
      let batch = report.fits ? report.largestBatch.flatMap { $0 > 1 ? $0 : nil } : nil
      all.append(
        "The longest context that fits: \(counted(longest))"
          + (isTable ? ", all that the model has learned positions for" : "")
          + (batch.map { "; the largest batch: \(Quantity.count.text(Double($0))) sequences." }
            ?? "."))
    } else {
      let least = max(1, plan.newTokens + plan.sharedPrefix)
      all.append(
        report.fits
          ? "It fits at every context."
          : least == 1 ? "Not even one token fits." : "Not even \(counted(least)) fit.")
    }
    let left = report.device.bytes - report.estimate.total
    if report.fits, left < 1.5e9 {
      all.append("Only \(gigabytes(left)) are left for the framework and its kernels.")
    }
    if report.fits, report.longestContext == nil, let most = report.largestBatch, most > 1 {
      all.append("The largest batch that fits: \(Quantity.count.text(Double(most))) sequences.")
    }
    if report.fits, let count = report.fewest?.plan.deviceCount, count < plan.deviceCount {
      all.append(
        count == 1
          ? "One device is enough."
          : "\(count) devices are enough, with \(report.fewestOptions).")
    }
    let rows = plan.model.learnedPositionCount
    if rows > 0, plan.context > rows {
      all.append(
        "\(plan.model.name.terminalLine) cannot use more: it has no more learned positions.")
    } else if let trained = plan.model.trainedContext, plan.context > trained {
      all.append("\(plan.model.name.terminalLine) is made for \(counted(trained)).")
    }
    return all
  }

  // MARK: The terms

  private var terms: [String] {
    let rows = report.estimate.terms.filter { $0.bytes > 0 }.map {
      ($0.name, gigabytes($0.bytes), $0.formula)
    }
    let total = (
      "total", gigabytes(report.estimate.total), "at the peak: \(report.estimate.peak.name)"
    )
    let names = (rows + [total]).map(\.0.count).max() ?? 0
    let numbers = (rows + [total]).map(\.1.count).max() ?? 0
    func lines(_ row: (String, String, String), isTotal: Bool) -> [String] {
      let name = row.0 + String(repeating: " ", count: names - row.0.count)
      let number = String(repeating: " ", count: numbers - row.1.count) + row.1
      let start = "  \(name)  \(number)"
      let formula = wrap(row.2, to: max(20, style.width - start.count - 2))
      let first = isTotal ? style.ink(start, .bold) : start
      return formula.enumerated().map { index, part in
        (index == 0 ? first : String(repeating: " ", count: start.count)) + "  "
          + style.ink(part, .faint)
      }
    }
    let host =
      report.estimate.hostBytes > 0
      ? ["  and \(gigabytes(report.estimate.hostBytes)) in the host's memory"] : []
    let title =
      plan.deviceCount == 1 ? "Bytes:" : "Bytes on each of the \(plan.deviceCount) devices:"
    return [style.ink(title, .bold)]
      + rows.flatMap { lines($0, isTotal: false) } + lines(total, isTotal: true) + host
  }

  /// From 1,000 on, a whole number with its thousands separated.
  private func grouped(_ value: Double) -> String {
    value < 1000
      ? Quantity.plain.text(value, digits: 4) : Quantity.count.text(value.rounded(), digits: 4)
  }

  private func gigabytes(_ bytes: Double) -> String { Quantity.bytes.text(bytes, digits: 4) }

  // MARK: Help

  private var help: [String] {
    guard !report.fits else { return [] }
    var lines: [String] = []
    if report.waysToFit.isEmpty {
      let isLimited = report.isThisMachine && HostLimits.current.memory.limiter != nil
      let hint =
        isLimited
        ? "Raise the limit, or use a larger machine."
        : report.isThisMachine
          ? "Use a larger machine." : "Use a larger device or more devices."
      lines += filled(
        "No combination of up to three known techniques, besides the free ones, makes it fit. "
          + hint)
    } else {
      lines.append(
        style.ink(
          report.waysToFit.count == 1
            ? "To make it fit, turn on:" : "To make it fit, turn on one of these:", .bold))
      for way in report.waysToFit {
        let note = way.isExact ? "" : ", with other results"
        lines += item(
          "\(way.turnOn.joined(separator: " + ")): \(gigabytes(way.totalBytes))\(note)")
      }
    }
    if let fewest = report.fewest, let scheme = fewest.plan.parallelism.scheme {
      lines += item(
        "\(fewest.plan.deviceCount) devices, "
          + (fewest.isFewest ? "the fewest that are enough" : "and fewer may be enough, too")
          + ": \(scheme) (\(report.fewestOptions))")
    }
    guard !report.savings.isEmpty else { return lines }
    lines += ["", style.ink("What one alone saves, the most of each kind:", .bold)]
    for cost in Technique.Cost.allCases {
      let kind = report.savings.filter { $0.cost == cost.name }
      guard !kind.isEmpty else { continue }
      // The fewest more devices, and of the others those that save most.
      let shown =
        cost == .moreDevices
        ? kind.prefix(1) : kind.sorted { $0.savedBytes > $1.savedBytes }.prefix(2)
      let parts = shown.map { "\(gigabytes($0.savedBytes)) by \($0.technique)" }
      lines += item("\(cost.name): \(parts.joined(separator: ", "))")
    }
    return lines
  }

  // MARK: Time

  private var work: [String] {
    [style.ink("Shortest time, at the device's peak:", .bold)]
      // Without a time, one number of FLOPs is enough.
      + report.work.filter { $0.seconds != nil || !$0.name.hasSuffix("all pairs") }.flatMap {
        line in
        let amount =
          line.bytesRead > 0
          ? gigabytes(line.bytesRead)
          : "\(grouped(line.flops / 1e12)) TFLOP"
        let time =
          line.seconds.map { Quantity.seconds.text($0, digits: 3) } ?? "the peak is not known"
        return item("\(line.name): \(amount), \(time)")
      }
  }

  private var price: [String] {
    guard let cost = report.cost, let training = report.training else { return [] }
    let share = Quantity.percent.text(palmUtilization)
    let tokens = "\(grouped(training.tokens / 1e9)) billion tokens"
    guard let hours = cost.deviceHours, let dollars = cost.dollars else {
      return [style.ink("The whole training:", .bold)]
        + item(
          "\(tokens), \(Quantity.plain.text(cost.flops, digits: 4)) FLOP; the device's peak is "
            + "not known")
    }
    return [style.ink("The whole training:", .bold)]
      + item(
        "\(tokens), \(Quantity.count.text(hours.rounded())) device hours at \(share) of the peak, "
          + "$\(Quantity.count.text(dollars.rounded())) at "
          + "$\(Quantity.plain.text(training.price)) per hour")
  }

  private var assumptions: [String] {
    // In one paragraph, so that a plan that fits has its verdict and all else on 24 lines.
    let name = "Assumed:"
    return filled(([name] + report.assumptions).joined(separator: " ").terminalLine)
      .enumerated().map { index, line in
        index == 0
          ? style.ink(name, .bold) + style.ink(String(line.dropFirst(name.count)), .faint)
          : style.ink(line, .faint)
      }
  }

  // MARK: Lines

  private func item(_ text: String) -> [String] {
    wrap(text, to: style.width - 4).enumerated().map { index, line in
      (index == 0 ? "  • " : "    ") + line
    }
  }

  private func filled(_ text: String) -> [String] { wrap(text, to: style.width) }

  /// Words in lines of at most this many columns. A longer word has a line of its own.
  private func wrap(_ text: String, to width: Int) -> [String] {
    wrapped(text.split(separator: " ").map(String.init), width: width, indent: "")
      .components(separatedBy: "\n")
  }
}
