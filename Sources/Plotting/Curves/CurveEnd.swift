import Foundation

/// The right end of a curve, where its name stands.
struct CurveEnd {
  /// Pixels from the frame to the names.
  static let indent = 32
  private static let widest = 300.0

  var name: String
  /// Its place in the frame, from 0 at the lower left to 1.
  var x: Double
  var y: Double
  var color: Palette.Color

  var lines: [String] { TextStyle.body.wrapped(name, toWidth: Self.widest) }

  /// The pixels of the widest name.
  static func width(of ends: [CurveEnd]) -> Int {
    Int((ends.flatMap(\.lines).map(TextStyle.body.width).max() ?? 0).rounded(.up))
  }
}

/// The end of a curve in pixels, and the middle of its name.
struct PlacedEnd {
  private static let lineHeight = 27.0
  private static let gap = 5.0

  var end: CurveEnd
  var x: Double
  var y: Double
  var labelY: Double

  private var height: Double { Double(end.lines.count) * Self.lineHeight + Self.gap }

  /// The ends, from top to bottom, with names that would touch moved apart, as little as needed.
  static func apart(_ ends: [PlacedEnd], from top: Double, to bottom: Double) -> [PlacedEnd] {
    // Names that touch are one block, which is centered on the ends of its curves.
    var blocks: [Range<Int>] = []
    func middle(_ block: Range<Int>) -> Double {
      let height = block.reduce(0) { $0 + ends[$1].height }
      let mean = block.reduce(0) { $0 + ends[$1].y } / Double(block.count)
      return min(max(mean, top + height / 2 - 12), max(bottom - height / 2 + 12, top))
    }
    func height(_ block: Range<Int>) -> Double { block.reduce(0) { $0 + ends[$1].height } }
    for index in ends.indices {
      var block = index..<index + 1
      while let before = blocks.last,
        middle(before) + height(before) / 2 > middle(block) - height(block) / 2
      {
        blocks.removeLast()
        block = before.lowerBound..<block.upperBound
      }
      blocks.append(block)
    }
    var result = ends
    for block in blocks {
      var place = middle(block) - height(block) / 2
      for index in block {
        result[index].labelY = place + ends[index].height / 2
        place += ends[index].height
      }
    }
    return result
  }

  /// Writes the name, and returns the line from the curve to it.
  func draw(on page: inout Page, edge: Double) -> String {
    let lines = end.lines
    for (index, line) in lines.enumerated() {
      let offset = Double(index) - Double(lines.count - 1) / 2
      page.write(
        line, x: edge + Double(CurveEnd.indent), y: labelY + offset * Self.lineHeight, align: .left,
        color: end.color.text)
    }
    let style = "lw 1.5 lc rgb \"\(end.color.hex)\" front"
    let beside = page.screen(edge + Double(CurveEnd.indent) - 6, labelY)
    let near = page.screen(edge + 3, y)
    // A curve that ends inside the frame is led to its edge.
    let lead =
      edge - x > 6
      ? "set arrow from \(page.screen(x + 8, y)) to \(near) nohead dt (2,6) \(style)\n" : ""
    return lead + "set arrow from \(near) to \(beside) nohead \(style)"
  }
}
