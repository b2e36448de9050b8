/// The colors of all figures, chosen so that color-blind readers can tell them apart.
public enum Palette {
  /// A color in sRGB, 8 bits per channel.
  public struct Color: Equatable, Hashable, Sendable {
    public var red: UInt8
    public var green: UInt8
    public var blue: UInt8

    public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
      self.red = red
      self.green = green
      self.blue = blue
    }

    /// In the notation of HTML and gnuplot: "#0072b2".
    public var hex: String {
      "#"
        + [red, green, blue].map { channel in
          let digits = String(channel, radix: 16)
          return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
  }

  public static let blue = Color(0, 114, 178)
  public static let vermilion = Color(213, 94, 0)
  public static let green = Color(0, 158, 115)
  public static let black = Color(0, 0, 0)
  public static let purple = Color(204, 121, 167)
  public static let sky = Color(86, 180, 233)
  public static let orange = Color(230, 159, 0)
  // For concepts only, beside those of Okabe and Ito.
  public static let gray = Color(112, 112, 112)
  public static let brown = Color(122, 74, 33)
  public static let violet = Color(92, 61, 153)

  /// Colors of series, in order: those that Okabe and Ito (2008) proposed for all kinds of color
  /// vision, without their yellow, which is too pale on a projector. Neighbors also differ in
  /// lightness.
  public static let series: [Color] = [blue, vermilion, green, black, purple, sky, orange]

  /// The color of a series by its index. If there are more series than colors, colors repeat with
  /// another dash and marker.
  public static func color(_ index: Int) -> Color {
    series[index % series.count]
  }

  /// Text and frames.
  public static let foreground = Color(26, 26, 26)
  /// Notes and other additional text.
  public static let secondaryText = Color(90, 90, 90)
  /// Grid lines.
  public static let grid = Color(218, 218, 218)
  /// Reference lines.
  public static let mark = Color(110, 110, 110)
  /// A cell without a value. No color map contains a neutral gray.
  public static let noValue = Color(196, 196, 196)
  /// The background of every figure.
  public static let background = Color(255, 255, 255)

  /// gnuplot's marker of a series: filled shapes for the first seven series, open ones after them.
  static func marker(_ index: Int) -> Int {
    let filled = [7, 5, 9, 13, 11, 15, 7]
    let open = [6, 4, 8, 12, 10, 14, 6]
    return index < series.count ? filled[index % filled.count] : open[index % open.count]
  }

  /// gnuplot's dash of a series: solid for the first four, whose lightness differs most, dashed for
  /// the next three, dotted for series that repeat a color.
  static func dash(_ index: Int) -> String {
    if index < 4 { return "1" }
    return index < series.count ? "(14,5)" : "(4,4)"
  }
}

extension Palette.Color {
  /// The color on three quarters of white: a ground for letters.
  public var tint: Palette.Color { mixed(0.28, with: Palette.background) }

  /// Dark enough for letters on white.
  var text: Palette.Color { lightness > 0.5 ? mixed(0.68, with: Palette.foreground) : self }

  /// The color of letters on this ground.
  var letterColor: Palette.Color {
    lightness > 0.5 ? Palette.foreground : Palette.background
  }

  /// How light the color looks, from 0 to 1, roughly.
  private var lightness: Double {
    (0.3 * Double(red) + 0.59 * Double(green) + 0.11 * Double(blue)) / 255
  }

  private func mixed(_ part: Double, with other: Palette.Color) -> Palette.Color {
    func channel(_ own: UInt8, _ other: UInt8) -> UInt8 {
      UInt8((part * Double(own) + (1 - part) * Double(other)).rounded())
    }
    return Palette.Color(
      channel(red, other.red), channel(green, other.green), channel(blue, other.blue))
  }
}
