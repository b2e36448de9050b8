import Bench
import Foundation
import LessonKit
import SystemSupport

/// The speed table in 80 columns: a heading per section, and one line per row. With a comparison, a
/// line for the other library follows each row.
struct BenchTable {
  let style: TerminalStyle

  func header(_ record: BenchRecord) -> String {
    let (machine, limits) = (record.machine, record.limits)
    var text = """
      \(machine.device == "cpu" ? "" : "On \(machine.device.terminalLine), with ")\
      \(counted(machine.threads, "thread")) on \(processors(machine)). \
      Peak: \(giga(limits.multiplyAddFlops)) GFLOP/s of multiply-adds,
      \(giga(limits.readBytesPerSecond)) GB/s read, \
      \(giga(limits.copyBytesPerSecond)) GB/s copy (read plus write).

      """
    if let peer = record.peer {
      text += "Compared with PyTorch \(peer.version.terminalLine), "
      text += "\(counted(peer.threads, "thread")), interleaved:\n"
      for note in peer.notes { text += "  \(note.terminalLine)\n" }
    }
    let load = machine.loadAverage.map { String(format: "%.2f", $0) }.joined(separator: " ")
    text += "Load average \(load)."
    guard machine.isBusy else { return text + "\n" }
    return text + " "
      + style.ink("Warning:", .yellow, .bold)
      + " the machine is busy.\nClose other programs: they make the times longer and the ratios "
      + "unfair.\n"
  }

  func heading(_ benchCase: BenchCase) -> String {
    let isBandwidth = benchCase.workload.limit == .bandwidth
    let columns = line(
      "", "median", "min–max", isBandwidth ? "GB/s" : "GFLOP/s",
      isBandwidth ? "of read" : "of peak", "bytes", "CPU")
    return "\n" + style.ink(benchCase.section, .bold) + "\n" + style.ink(columns, .faint) + "\n"
  }

  /// A row, and the row of the other library. If the mask skips tiles, the name contains the
  /// relative time per kept tile.
  func lines(_ row: BenchRow, among rows: [BenchRow]) -> String {
    var name = "  " + row.name
    if let cost = tileCost(of: row, among: rows) { name += " " + String(format: "(%.2f)", cost) }
    var text =
      line(
        name, time(row.samples.medianSeconds), range(row.samples),
        number(row.rate(seconds: row.samples.medianSeconds)),
        percent(row.partOfLimit) + (row.isAboveLimit ? "*" : ""),
        compact(bytes: row.peakBytes), String(format: "%.2f", row.samples.cpuPerWall)) + "\n"
    if let peer = row.peer {
      let part = peerPart(of: row, peer)
      let columns = line(
        "    PyTorch, ratio on right", time(peer.samples.medianSeconds), range(peer.samples),
        number(row.rate(seconds: peer.samples.medianSeconds)),
        percent(part) + (part > 1 ? "*" : ""),
        String(format: "%.2f ×", peer.ratioMedian), String(format: "%.2f", peer.samples.cpuPerWall))
      text += columns + "\n"
    }
    if let breakdown = row.breakdown { text += lines(breakdown) }
    return text
  }

  /// One line for each kind of kernel, in the columns of the row above.
  private func lines(_ breakdown: Breakdown) -> String {
    let head = line("", "time", "of the step", "GFLOP/s", "GB/s", "calls", "CPU")
    let parts = breakdown.parts.map { part in
      line(
        "    " + part.family.rawValue, time(part.seconds),
        percent(part.seconds / breakdown.seconds), number(part.flops / part.seconds * 1e-9),
        number(part.bytes / part.seconds * 1e-9), "\(part.calls)",
        String(format: "%.2f", part.busyThreads))
    }
    let other = line(
      "    outside kernels", time(breakdown.otherSeconds),
      percent(breakdown.otherSeconds / breakdown.seconds), "", "", "", "")
    return ([style.ink(head, .faint)] + parts + [other]).map { $0 + "\n" }.joined()
  }

  /// `limitsAtFirst` are the limits of the header; those of the record were measured last.
  func footer(_ record: BenchRecord, limitsAtFirst first: MachineLimits) -> String {
    let settings = record.settings
    var text = record.skipped.map {
      "\nSkipped: \($0.section), about \(Quantity.seconds.text($0.predictedSeconds, digits: 2)) "
        + "on this machine. Add --long to run it.\n"
    }.joined()
    let sample =
      settings.sampleSeconds > 0
      ? "the mean of all runs in \(Quantity.seconds.text(settings.sampleSeconds))" : "one run"
    text += """

      Each row: two warm-up runs, then \(settings.sampleCount) samples, each \(sample).
      Median, minimum and maximum of the samples.
      If a run is shorter than \(Quantity.seconds.text(settings.warmedRunSeconds)), a warm-up run \
      comes before each sample.
      If the first run takes more than \(Quantity.seconds.text(settings.loneRunSeconds)), it is the \
      only sample.
      bytes: the peak of the memory meter, all tensors of the row. CPU: CPU time per
      wall time, at most the number of threads; lower if other programs used the
      processors.

      """
    let limits = record.limits
    let rose =
      max(
        limits.multiplyAddFlops / first.multiplyAddFlops,
        limits.readBytesPerSecond / first.readBytesPerSecond) > 1.02
    if rose {
      text += """
        The peak was measured again after each section. Its largest values are
        \(giga(limits.multiplyAddFlops)) GFLOP/s and \(giga(limits.readBytesPerSecond)) GB/s \
        read. Each row is relative to the largest values
        until then, so the first rows may be too high; with --json all are relative to
        these values.

        """
    }
    let isPeerAbove = record.rows.contains { row in
      row.peer.map { peerPart(of: row, $0) > 1 } ?? false
    }
    if isPeerAbove || record.rows.contains(where: \.isAboveLimit) {
      text += """
        *: more than the measured peak. Other programs ran while the peak was measured, or
        a cache holds a part of the data. Measure again on an idle machine.

        """
    }
    if record.rows.contains(where: { tileCost(of: $0, among: record.rows) != nil }) {
      text += "(1.05): time per kept 16 × 16 tile, relative to 'full' or 'causal + backward'.\n"
    }
    if record.peer != nil {
      text += "Ratio: PyTorch's time divided by ours in the same round; median of all rounds.\n"
    }
    return text
  }

  /// Time per kept tile, relative to the dense row of the same section.
  func tileCost(of row: BenchRow, among rows: [BenchRow]) -> Double? {
    let isBackward = row.name.hasSuffix("+ backward")
    guard row.name.hasPrefix("window") || row.name.hasPrefix("blocks") else { return nil }
    let dense = rows.first {
      $0.section == row.section && $0.name == (isBackward ? "causal + backward" : "full")
    }
    guard let masked = row.secondsPerTile, let full = dense?.secondsPerTile else { return nil }
    return masked / full
  }

  /// A line of 27 + 9 + 15 + 9 + 8 + 7 + 5 columns.
  private func line(
    _ name: String, _ median: String, _ range: String, _ rate: String, _ part: String,
    _ bytes: String, _ cpu: String
  ) -> String {
    let columns = [(median, 9), (range, 15), (rate, 9), (part, 8), (bytes, 7), (cpu, 5)]
    return columns.reduce(name.padded(toColumns: 27)) { text, column in
      text + column.0.leftPadded(toColumns: column.1)
    }
  }

  /// The fraction of the limit that the other library reached.
  private func peerPart(of row: BenchRow, _ peer: BenchRow.PeerRow) -> Double {
    row.partOfLimit * row.samples.medianSeconds / peer.samples.medianSeconds
  }

  private func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)" + (count == 1 ? "" : "s")
  }

  private func processors(_ machine: BenchMachine) -> String {
    let all = Quantity.plain.text(machine.machineProcessors)
    let noun = machine.machineProcessors == 1 ? "processor" : "processors"
    guard machine.processors < machine.machineProcessors else { return "\(all) \(noun)" }
    return "\(Quantity.plain.text(machine.processors)) of \(all) \(noun)"
  }

  private func giga(_ perSecond: Double) -> String { number(perSecond * 1e-9) }

  private func number(_ value: Double) -> String { String(format: "%.1f", value) }

  private func percent(_ part: Double) -> String { String(format: "%.0f %%", part * 100) }

  /// Three digits and the unit, without a space, for a narrow column.
  private func compact(bytes: Int) -> String {
    Quantity.bytes.text(Double(bytes), digits: 3).replacingOccurrences(of: " ", with: "")
  }

  private func time(_ seconds: Double) -> String {
    let unit = Self.unit(of: seconds)
    return digits(seconds * unit.factor) + " " + unit.name
  }

  /// Minimum and maximum, in the unit of the median.
  private func range(_ samples: Samples) -> String {
    let factor = Self.unit(of: samples.medianSeconds).factor
    return digits(samples.minimumSeconds * factor) + "–" + digits(samples.maximumSeconds * factor)
  }

  private static func unit(of seconds: Double) -> (name: String, factor: Double) {
    if seconds < 1e-3 { return ("µs", 1e6) }
    return seconds < 1 ? ("ms", 1e3) : ("s", 1)
  }

  private func digits(_ value: Double) -> String {
    String(format: value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value)
  }
}
