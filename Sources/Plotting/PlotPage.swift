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

  var left: Double {
    let labels = y.shownTicks(in: yRange).map { $0.label.count }.max() ?? 1
    return 80 + Self.characterWidth * Double(labels)
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
    xTickRoom + (x.label.isEmpty ? 20 : 20 + Self.lineHeight * 1.4)
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
      set tics nomirror out scale 0.8 textcolor rgb \(ink)
      \(axis("x", x, xRange, slantedTicks ? " rotate by 30 right" : ""))
      \(axis("y", y, yRange, ""))
      \(titleLabel)
      \(legendSetting)
      \(verticalSettings)
      """
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
    _ name: String, _ axis: Axis, _ range: ClosedRange<Double>, _ option: String
  ) -> String {
    let ticks = axis.shownTicks(in: range).map { "\(Gnuplot.quotedTick($0.label)) \($0.value)" }
    var lines = ["set \(name)range [\(range.lowerBound):\(range.upperBound)]"]
    if case .log(let base) = axis.scale { lines.append("set logscale \(name) \(base)") }
    lines.append("set \(name)label \(Gnuplot.quoted(axis.label))")
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
      let centre = place(vertical.place)
      let half = (Double(vertical.name.count) + 1) / 2 * Self.characterWidth
      let row = ends.firstIndex { $0 <= centre - half } ?? ends.count
      if row == ends.count { ends.append(0) }
      ends[row] = centre + half
      return row
    }
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
    let colour = Gnuplot.quoted(Palette.mark.hex)
    return zip(verticals, verticalRows).enumerated().map { index, item in
      let (vertical, row) = item
      let lift = 16 + Self.lineHeight * Double(row)
      return """
        set arrow from first \(vertical.place), graph 0 to first \(vertical.place), graph 1 \
        nohead back dt (6,5) lw 2.5 lc rgb \(colour)
        set label \(index + 2) \(Gnuplot.quoted(vertical.name)) at first \(vertical.place), \
        screen \(1 - (top - lift) / Self.height) center textcolor rgb \
        "\(Palette.quietInk.hex)"
        """
    }.joined(separator: "\n")
  }
}
