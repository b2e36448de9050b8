import Foundation
import PlotBridge

/// The page a gnuplot figure is drawn on: sizes, margins, title, axes, legend.
///
/// Margins are set in pixels from the texts that must fit there, because gnuplot's own guess cuts
/// long legends off. Widths of text are estimated from the number of characters, on the safe side.
struct PlotPage {
  static let width = 1400.0
  static let height = 860.0
  static let characterWidth = 13.5
  static let lineHeight = 30.0
  static let titleLineHeight = 40.0
  static let legendCharacters = 26

  let title: String
  let x: Axis
  let y: Axis
  let xRange: ClosedRange<Double>
  let yRange: ClosedRange<Double>
  /// The names in the legend; empty for a figure without one.
  let legend: [String]
  /// Reference lines that have their name above the plot.
  var verticals: [(place: Double, name: String)] = []
  /// Whether ticks of the x axis are slanted, and how much room their labels need below.
  var slantedTicks = false
  var xTickRoom = lineHeight
  var xGrid = true

  private var titleLines: [String] { wrapped(title, width: 76) }
  private var yLabelLines: [String] { wrapped(y.label, width: 44) }
  private var xLabelLines: [String] {
    wrapped(x.label, width: Int(plotWidth / Self.characterWidth))
  }

  var left: Double {
    let labels = y.shownTicks(in: yRange).map { $0.label.count }.max() ?? 1
    let title = y.label.isEmpty ? 0 : Self.lineHeight * (Double(yLabelLines.count) * 1.3 - 0.3)
    return 50 + title + Self.characterWidth * Double(labels)
  }

  var right: Double {
    let lines = legend.flatMap { wrapped($0, width: Self.legendCharacters) }
    guard let longest = lines.map(\.count).max() else { return 40 }
    return 120 + Self.characterWidth * Double(longest)
  }

  var plotWidth: Double { Self.width - left - right }

  private var top: Double {
    let rows = Double(verticalRows.max() ?? -1) + 1
    return 30 + Self.titleLineHeight * Double(titleLines.count) + Self.lineHeight * rows
  }

  private var bottom: Double {
    let label = x.label.isEmpty ? 0 : Double(xLabelLines.count) + 0.4
    return 32 + xTickRoom + Self.lineHeight * label
  }

  /// Settings up to the `plot` command.
  var settings: String {
    let size = "\(Int(Self.width)),\(Int(Self.height))"
    let ink = Gnuplot.quoted(Palette.ink.hex)
    return """
      set encoding utf8
      set terminal pngcairo size \(size) noenhanced font "DejaVu Sans,18" background "#ffffff"
      set output
      set lmargin at screen \(left / Self.width)
      set rmargin at screen \(1 - right / Self.width)
      set tmargin at screen \(1 - top / Self.height)
      set bmargin at screen \(bottom / Self.height)
      set border 3 lw 2 lc rgb \(ink)
      set grid \(xGrid ? "xtics " : "noxtics ")ytics lt 1 lw 1.5 lc rgb "\(Palette.grid.hex)"
      set pointintervalbox 0
      set tics nomirror out scale 0.8 textcolor rgb \(ink)
      \(axis("x", x, xRange, hasTallXTicks ? [] : xLabelLines, xTicks, slantedTicks ? " rotate by 30 right" : ""))
      \(axis("y", y, yRange, yLabelLines, y.shownTicks(in: yRange), ""))
      \(titleLabel)
      \(legendSetting)
      \(lowXLabel)
      \(verticalSettings)
      """
  }

  /// Whether the ticks below need more room than gnuplot leaves above its own label.
  private var hasTallXTicks: Bool { xTickRoom > Self.lineHeight }

  /// The x axis's label below tall ticks, where gnuplot would write it across them.
  private var lowXLabel: String {
    guard hasTallXTicks, !x.label.isEmpty else { return "" }
    let text = Gnuplot.quoted(xLabelLines.joined(separator: "\n"))
    let rise = 14 + Self.lineHeight * (Double(xLabelLines.count) - 0.5)
    return "set label 1000 \(text) at screen \((left + plotWidth / 2) / Self.width), "
      + "screen \(rise / Self.height) center textcolor rgb \"\(Palette.ink.hex)\""
  }

  private var titleLabel: String {
    let text = Gnuplot.quoted(titleLines.joined(separator: "\n"))
    let place = 1 - (Self.titleLineHeight * 0.5 + 8) / Self.height
    return "set label 1 \(text) at screen 0.5, screen \(place) center "
      + "font \"DejaVu Sans Bold,22\" textcolor rgb \"\(Palette.ink.hex)\""
  }

  private var legendSetting: String {
    guard !legend.isEmpty else { return "unset key" }
    let x = 1 - (right - 20) / Self.width
    let y = 1 - top / Self.height
    return "set key at screen \(x), screen \(y) left top Left reverse samplen 2.4 "
      + "spacing 1.35 noenhanced textcolor rgb \"\(Palette.ink.hex)\""
  }

  /// The title option of one curve. gnuplot gives every entry one line's height, so the further
  /// lines of a long name become entries of their own, whose sample is white on white.
  static func legendEntry(_ name: String) -> String {
    guard !name.isEmpty else { return "notitle" }
    let lines = wrapped(name, width: legendCharacters).map(Gnuplot.quoted)
    return "title \(lines[0])"
      + lines.dropFirst().map { ", NaN with lines lc rgb \"#ffffff\" title \($0)" }.joined()
  }

  private func axis(
    _ name: String, _ axis: Axis, _ range: ClosedRange<Double>, _ label: [String],
    _ ticks: [Tick], _ option: String
  ) -> String {
    let ticks = ticks.map { "\(Gnuplot.quotedTick($0.label)) \($0.value)" }
    var lines = ["set \(name)range [\(range.lowerBound):\(range.upperBound)]"]
    if case .log(let base) = axis.scale { lines.append("set logscale \(name) \(base)") }
    // gnuplot sets a label of several lines too near the ticks.
    let offset = name == "y" && label.count > 1 ? " offset -1.5,0" : ""
    lines.append("set \(name)label \(Gnuplot.quoted(label.joined(separator: "\n")))\(offset)")
    lines.append("set \(name)tics\(option) (\(ticks.joined(separator: ", ")))")
    return lines.joined(separator: "\n")
  }
}

extension PlotPage {
  /// The row above the plot in which the name of each vertical line stands: the first in which it
  /// does not run into another.
  var verticalRows: [Int] {
    var ends: [Double] = []
    return verticals.map { vertical in
      let center = place(vertical.place)
      let half = nameWidth(vertical.name) / 2
      let row = ends.firstIndex { $0 <= center - half } ?? ends.count
      if row == ends.count { ends.append(0) }
      ends[row] = center + half
      return row
    }
  }

  private func nameWidth(_ name: String) -> Double {
    Double(name.count + 1) * Self.characterWidth
  }

  /// The ticks below, fewer where their labels would touch: round numbers are chosen anew, ticks
  /// by hand are thinned to every k-th. Slanted ones need no more room than a line.
  private var xTicks: [Tick] {
    let all = x.shownTicks(in: xRange)
    if slantedTicks { return all }
    let choices =
      x.ticks == nil
      ? (3...8).reversed().map { Ticks.on(xRange, scale: x.scale, atMost: $0) }
      : (1...max(all.count, 1)).map { skip in
        all.enumerated().filter { $0.offset % skip == 0 }.map(\.element)
      }
    return choices.first(where: areApart) ?? all
  }

  private func areApart(_ ticks: [Tick]) -> Bool {
    zip(ticks, ticks.dropFirst()).allSatisfy { a, b in
      place(b.value) - place(a.value) >= (longestLine(a) + longestLine(b) + 1) / 2 * 13
    }
  }

  private func longestLine(_ tick: Tick) -> Double {
    Double(tick.label.split(separator: "\n").map(\.count).max() ?? 0)
  }

  /// Pixels from the left end of the plot.
  private func place(_ value: Double) -> Double {
    switch x.scale {
    case .linear:
      return plotWidth * (value - xRange.lowerBound) / (xRange.upperBound - xRange.lowerBound)
    case .log:
      return plotWidth * log(value / xRange.lowerBound)
        / log(xRange.upperBound / xRange.lowerBound)
    }
  }

  private var verticalSettings: String {
    let color = Gnuplot.quoted(Palette.mark.hex)
    return zip(verticals, verticalRows).enumerated().map { index, item in
      let (vertical, row) = item
      let lift = 16 + Self.lineHeight * Double(row)
      // Above its line, but never over the edge of the page.
      let half = nameWidth(vertical.name) / 2
      let center = min(max(left + place(vertical.place), half), Self.width - half)
      return """
        set arrow from first \(vertical.place), graph 0 to first \(vertical.place), graph 1 \
        nohead back dt (6,5) lw 2.5 lc rgb \(color)
        set label \(index + 2) \(Gnuplot.quoted(vertical.name)) at \
        screen \(center / Self.width), screen \(1 - (top - lift) / Self.height) center textcolor rgb \
        "\(Palette.quietInk.hex)"
        """
    }.joined(separator: "\n")
  }
}
