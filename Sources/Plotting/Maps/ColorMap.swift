import Foundation

/// Maps values to colors. Equal steps of a value look like equal steps of lightness.
///
/// Both maps are computed in OKLab (Ottosson 2020), a color space in which equal distances look
/// equal: lightness is linear, hue rotates a little, and chroma is reduced where a screen cannot
/// show it.
package enum ColorMap {
  /// `steps` colors from light yellow for small values through teal to dark blue for large ones. So
  /// an empty map looks empty on a white page.
  package static let sequential: [Palette.Color] = (0..<steps).map { index in
    let t = Double(index) / Double(steps - 1)
    // The chroma is inside the range of a screen everywhere: reducing it would show as an edge.
    return color(
      lightness: 0.975 - 0.735 * t, chroma: 0.03 + 0.02 * t + 0.2 * t * (1 - t),
      hue: 108 + 170 * t)
  }

  /// `steps` colors from blue (below) through white to orange (above), both ends equally dark.
  package static let diverging: [Palette.Color] = (0..<steps).map { index in
    let t = 2 * Double(index) / Double(steps - 1) - 1
    return color(
      lightness: 0.985 - 0.43 * abs(t), chroma: 0.13 * pow(abs(t), 0.8), hue: t < 0 ? 250 : 58)
  }

  /// The number of colors of a map; odd, so that a diverging map has a middle.
  package static let steps = 511

  private static func color(lightness: Double, chroma: Double, hue: Double) -> Palette.Color {
    var chroma = chroma
    var channels = linear(lightness, chroma, hue)
    while channels.contains(where: { $0 < 0 || $0 > 1 }), chroma > 0.0005 {
      chroma -= 0.0005
      channels = linear(lightness, chroma, hue)
    }
    let bytes = channels.map { channel -> UInt8 in
      let light = min(max(channel, 0), 1)
      let encoded = light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055
      return UInt8((encoded * 255).rounded())
    }
    return Palette.Color(bytes[0], bytes[1], bytes[2])
  }

  /// Linear red, green and blue of an OKLab color given by lightness, chroma and hue in degrees.
  private static func linear(_ lightness: Double, _ chroma: Double, _ hue: Double) -> [Double] {
    let a = chroma * cos(hue * .pi / 180)
    let b = chroma * sin(hue * .pi / 180)
    let long = pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3)
    let middle = pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3)
    let short = pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3)
    return [
      4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
      -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
      -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    ]
  }
}
