import Calculator
import LessonKit
import SystemSupport

/// The same plan for two models, side by side. `--json` prints both reports.
struct MemoryComparison: Encodable {
  let reports: [MemoryReport]

  func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    for report in reports { try container.encode(report) }
  }

  func text(_ style: TerminalStyle) -> String {
    let kinds = MemoryEstimate.Kind.allCases.filter { kind in
      reports.contains { report in report.estimate.terms.contains { $0.kind == kind } }
    }
    var rows = [[""] + reports.map { $0.plan.model.name.terminalLine }]
    rows.append(["weights (number)"] + reports.map { parameters($0.plan.model) })
    for kind in kinds {
      rows.append([kind.rawValue] + reports.map { bytes($0.estimate[kind]) })
    }
    rows.append(["total"] + reports.map { bytes($0.estimate.total) })
    rows.append(["fits in \(bytes(reports[0].device.bytes))"] + reports.map { $0.fits ? "✓" : "✗" })
    rows.append(
      ["longest context"]
        + reports.map { $0.longestContext.map { Quantity.count.text(Double($0)) } ?? "none" })
    for index in reports[0].work.indices {
      rows.append(
        [reports[0].work[index].name]
          + reports.map {
            $0.work[index].seconds.map { Quantity.seconds.text($0, digits: 3) } ?? "unknown"
          })
    }
    if reports[0].training != nil {
      let costs = reports.map(\.cost)
      rows.append(["whole training, device hours"] + costs.map { counted($0?.deviceHours) })
      rows.append(["whole training, dollars"] + costs.map { counted($0?.dollars) })
    }
    // The columns of numbers are as wide as their texts, and names are cut to what is left.
    let widths = (1..<rows[0].count).map { column in
      min(24, rows.map { $0[column].terminalColumns }.max() ?? 0)
    }
    let first = min(
      rows.map { $0[0].terminalColumns }.max() ?? 0,
      max(12, style.width - widths.reduce(0) { $0 + $1 + 2 }))
    let lines = rows.enumerated().map { index, row in
      var line = row[0].prefix(columns: first).padded(toColumns: first)
      for (cell, width) in zip(row.dropFirst(), widths) {
        line += "  " + cell.prefix(columns: width).leftPadded(toColumns: width)
      }
      return index == 0 ? style.ink(line, .bold) : line
    }
    let count = reports[0].plan.deviceCount
    let note = count == 1 ? "" : "\nBytes are those on each of the \(count) devices.\n"
    return lines.joined(separator: "\n") + "\n" + note
  }

  private func bytes(_ value: Double) -> String { Quantity.bytes.text(value, digits: 4) }

  private func counted(_ value: Double?) -> String {
    value.map { Quantity.count.text($0.rounded()) } ?? "unknown"
  }

  private func parameters(_ model: ModelShape) -> String {
    Quantity.plain.text(Double(model.parameterCount) / 1e9, digits: 4) + " billion"
  }
}
