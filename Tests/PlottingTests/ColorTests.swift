import Foundation
import Plotting
import Testing

/// Properties of the color maps: decreasing lightness, no visible edges, a white middle.
@Suite struct ColorTests {
  /// Relative luminance of sRGB (IEC 61966-2-1).
  private func luminance(_ color: Palette.Color) -> Double {
    let light = [color.red, color.green, color.blue].map { channel -> Double in
      let value = Double(channel) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
  }

  @Test func sequentialMapGetsDarker() {
    let lights = stride(from: 0, to: ColorMap.steps, by: 10).map {
      luminance(ColorMap.sequential[$0])
    }
    #expect(zip(lights, lights.dropFirst()).allSatisfy { $0 > $1 })
    #expect(lights[0] > 0.9)
    #expect(luminance(ColorMap.sequential[ColorMap.steps - 1]) < 0.03)
  }

  @Test func divergingMapIsWhiteInTheMiddleAndSymmetric() {
    let map = ColorMap.diverging
    #expect(luminance(map[ColorMap.steps / 2]) > 0.93)
    for offset in stride(from: 15, through: ColorMap.steps / 2, by: 20) {
      let below = luminance(map[ColorMap.steps / 2 - offset])
      let above = luminance(map[ColorMap.steps / 2 + offset])
      #expect(abs(below - above) < 0.05, "at \(offset) of \(ColorMap.steps / 2)")
    }
  }

  /// A bend in a channel looks like an edge that the values do not have.
  @Test func sequentialMapHasNoVisibleEdge() {
    let map = ColorMap.sequential
    for channel in [\Palette.Color.red, \.green, \.blue] {
      let levels: [Int] = map.map { Int($0[keyPath: channel]) }
      let bends: [Int] = (12..<levels.count - 12).map { i in
        abs(levels[i + 12] + levels[i - 12] - 2 * levels[i])
      }
      #expect((bends.max() ?? 0) <= 8)
    }
  }

  @Test func seriesColorsDifferAndAreVisibleOnWhite() {
    #expect(Set(Palette.series).count == Palette.series.count)
    for color in Palette.series {
      // A contrast of 1.9:1 is enough for thick lines.
      #expect(1.05 / (luminance(color) + 0.05) > 1.9)
    }
    #expect(Palette.series[0].hex == "#0072b2")
  }
}
