import Bench
import Foundation
import LessonKit

/// The speed table in 80 columns: a heading for each section, a line for each row, and under it one
/// for the peer.
struct BenchTable {
  let style: TerminalStyle

  func head(_ record: BenchRecord) -> String {
    let (machine, limits) = (record.machine, record.limits)
    var text = """
      \(machine.device == "cpu" ? "" : "On \(machine.device), called from ")\
      \(machine.threads) threads on \(machine.processors) processors. \
      Peak: \(giga(limits.multiplyAddFlops)) GFLOP/s of multiply-adds,
      \(giga(limits.readBytesPerSecond)) GB/s read, \
      \(giga(limits.copyBytesPerSecond)) GB/s copied (read and written).

      """
    if let peer = record.peer {
      text += "Against PyTorch \(peer.version), \(peer.threads) threads, in turn with ours:\n"
      for note in peer.notes { text += "  \(note)\n" }
    }
    let load = machine.loadAverage.map { String(format: "%.2f", $0) }.joined(separator: " ")
    text += "Load average \(load)."
    guard machine.isBusy else { return text + "\n" }
    return text + " "
      + style.ink("Warning:", .yellow, .bold)
      + " the machine is busy.\nClose what else runs: these are not its times, and the ratios "
      + "are not fair.\n"
  }

  func heading(_ benchCase: BenchCase) -> String {
    let isBound = benchCase.workload.limit == .bandwidth
    let columns = line(
      "", "median", "min–max", isBound ? "GB/s" : "GFLOP/s", isBound ? "of read" : "of peak",
      "bytes", "CPU")
    return "\n" + style.ink(benchCase.section, .bold) + "\n" + style.ink(columns, .faint) + "\n"
  }

  /// A row, its peer's, and, where a mask leaves tiles out, what each of the others costs.
  func lines(_ row: BenchRow, among rows: [BenchRow]) -> String {
    var name = "  " + row.name
    if let cost = tileCost(of: row, among: rows) { name += " " + String(format: "(%.2f)", cost) }
    var text =
      line(
        name, time(row.samples.medianSeconds), range(row.samples),
        number(row.rate(seconds: row.samples.medianSeconds)), percent(row.partOfLimit),
        compact(bytes: row.peakBytes), String(format: "%.2f", row.samples.cpuPerWall)) + "\n"
    if let peer = row.peer {
      let part = row.partOfLimit * row.samples.medianSeconds / peer.samples.medianSeconds
      let columns = line(
        "    PyTorch, ratio at right", time(peer.samples.medianSeconds), range(peer.samples),
        number(row.rate(seconds: peer.samples.medianSeconds)), percent(part),
        String(format: "%.2f ×", peer.ratioMedian), String(format: "%.2f", peer.samples.cpuPerWall))
      text += columns + "\n"
    }
    return text
  }

  func foot(_ record: BenchRecord) -> String {
    let settings = record.settings
    var text = record.leftOut.map {
      "\nLeft out: \($0.section), about \(Quantity.seconds.text($0.predictedSeconds, digits: 2)) "
        + "here. --long runs it.\n"
    }.joined()
    let sample =
      settings.sampleSeconds > 0
      ? "the mean of as many runs as take \(Quantity.seconds.text(settings.sampleSeconds))"
      : "one run"
    text += """

      Each row: two runs that do not count, then \(settings.sampleCount) samples, each
      \(sample); median, smallest and largest of them.
      Runs shorter than \(Quantity.seconds.text(settings.warmedRunSeconds)) are run once more, \
      uncounted, before each sample.
      A row whose first run takes more than \(Quantity.seconds.text(settings.loneRunSeconds)) is that \
      run alone.
      bytes: the meter's peak, all tensors of the row. CPU: processor time by clock
      time, at most the threads; well below them, others had the processors.

      """
    if record.rows.contains(where: { tileCost(of: $0, among: record.rows) != nil }) {
      text += "(1.05): time per kept 16 × 16 tile, by that of 'full' or 'causal + backward'.\n"
    }
    if record.peer != nil {
      text += "Ratio: PyTorch's time by ours in the sample before it, the median of all samples.\n"
    }
    return text
  }

  /// Time per kept tile by that of the dense row of the same section.
  func tileCost(of row: BenchRow, among rows: [BenchRow]) -> Double? {
    let isBackward = row.name.hasSuffix("+ backward")
    guard row.name.hasPrefix("window") || row.name.hasPrefix("blocks") else { return nil }
    let dense = rows.first {
      $0.section == row.section && $0.name == (isBackward ? "causal + backward" : "full")
    }
    guard let mine = row.secondsPerTile, let theirs = dense?.secondsPerTile else { return nil }
    return mine / theirs
  }

  /// 27 + 9 + 15 + 9 + 8 + 7 + 5 columns.
  private func line(
    _ name: String, _ median: String, _ range: String, _ rate: String, _ part: String,
    _ bytes: String, _ cpu: String
  ) -> String {
    let columns = [(median, 9), (range, 15), (rate, 9), (part, 8), (bytes, 7), (cpu, 5)]
    let padded = name + String(repeating: " ", count: max(0, 27 - name.count))
    return columns.reduce(padded) { text, column in
      text + String(repeating: " ", count: max(0, column.1 - column.0.count)) + column.0
    }
  }

  private func giga(_ perSecond: Double) -> String { number(perSecond * 1e-9) }

  private func number(_ value: Double) -> String { String(format: "%.1f", value) }

  private func percent(_ part: Double) -> String { String(format: "%.0f %%", part * 100) }

  /// Four characters and the unit, so that a column stays narrow.
  private func compact(bytes: Int) -> String {
    Quantity.bytes.text(Double(bytes), digits: 3).replacingOccurrences(of: " ", with: "")
  }

  private func time(_ seconds: Double) -> String {
    let unit = Self.unit(of: seconds)
    return digits(seconds * unit.factor) + " " + unit.name
  }

  /// Smallest and largest in the unit of the median.
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
