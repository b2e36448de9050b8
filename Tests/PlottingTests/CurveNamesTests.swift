import Foundation
import Plotting
import Testing

/// Names at the curves in place of a legend.
@Suite struct CurveNamesTests {
  private func drawn(_ names: [String], y: [[Double]]) throws -> Pixels {
    var result: Pixels?
    try withFolder { folder in
      let url = folder.appendingPathComponent("plot.png")
      let series = zip(names, y).map { name, y in
        Series(name, x: y.indices.map(Double.init), y: y, style: .line)
      }
      try LinePlot(
        title: "t", x: .linear("x", range: 0...10), y: .linear("y", range: 0...10), series: series
      ).write(to: url)
      result = try Pixels(url)
    }
    return try #require(result)
  }

  private func ink(_ pixels: Pixels, _ columns: Range<Int>) -> Int {
    columns.reduce(0) { sum, x in
      sum
        + (0..<pixels.height).count { y in
          pixels[x, y] != Palette.background && pixels[x, y] != Palette.grid
        }
    }
  }

  /// One curve ends in the middle: its name is inside, that of the other right of the frame.
  @Test func aCurveThatEndsEarlyHasItsNameInside() throws {
    let whole = (0...10).map(Double.init)
    let early = [9.0, 9, 9]
    let labeled = try drawn(["whole", "early"], y: [whole, early])
    let unnamed = try drawn(["whole", ""], y: [whole, early])
    #expect(ink(labeled, 0..<1200) > ink(unnamed, 0..<1200) + 200)
    #expect(ink(labeled, 1200..<1400) == ink(unnamed, 1200..<1400))
  }

  /// Without room for one name there is a legend, as for more than five curves.
  @Test func withoutRoomThereIsALegend() throws {
    let early = (0..<5).map { curve in (0..<3).map { _ in 0.02 * Double(curve) } }
    let names = (0..<5).map { "a rather long name of curve \($0)" }
    let crowded = try drawn(names, y: early)
    // Samples of the lines in the legend.
    for index in 0..<5 {
      #expect(
        (1000..<1100).contains { x in
          (0..<pixels(crowded)).contains { crowded[x, $0] == Palette.color(index) }
        })
    }
  }

  private func pixels(_ picture: Pixels) -> Int { picture.height / 2 }
}
