extension PictureText {
  /// Sixels: bands of six rows. Each color of a band has one character per column, whose six bits
  /// say which rows have that color.
  ///
  /// A picture with at most 256 colors keeps them. Any other picture is reduced to 6 × 7 × 6 levels
  /// of red, green and blue. Green has one more level because the eye distinguishes green best.
  package static func sixel(_ image: PixelImage) -> String {
    let (palette, indices) = indexed(image)
    var text = "\u{1B}P0;1;0q\"1;1;\(image.width);\(image.height)"
    for (index, color) in palette.enumerated() {
      text += "#\(index);2;\(percent(color.0));\(percent(color.1));\(percent(color.2))"
    }
    for top in stride(from: 0, to: image.height, by: 6) {
      let rows = min(6, image.height - top)
      let band = (0..<rows).map { row in
        Array(indices[(top + row) * image.width..<(top + row + 1) * image.width])
      }
      text += lines(of: band) + "-"
    }
    return text + "\u{1B}\\\n"
  }

  /// One line per color of a band, drawn over the same six rows (`$` returns to their start).
  private static func lines(of band: [[Int]]) -> String {
    Set(band.joined()).sorted().map { color in
      var line = "#\(color)"
      var (last, count) = (UInt8(0), 0)
      func flush() {
        let character = String(UnicodeScalar(63 + last))
        line += count > 3 ? "!\(count)\(character)" : String(repeating: character, count: count)
      }
      for column in band[0].indices {
        var bits: UInt8 = 0
        for row in band.indices where band[row][column] == color { bits |= 1 << UInt8(row) }
        if bits != last {
          flush()
          (last, count) = (bits, 0)
        }
        count += 1
      }
      if last != 0 { flush() }
      return line
    }.joined(separator: "$")
  }

  private typealias Color = (UInt8, UInt8, UInt8)

  private static func indexed(_ image: PixelImage) -> (palette: [Color], indices: [Int]) {
    let colors: [Color] = stride(from: 0, to: image.pixels.count, by: 3).map { at in
      (image.pixels[at], image.pixels[at + 1], image.pixels[at + 2])
    }
    let isSmall = Set(colors.map(key)).count <= 256
    var indexOfColor: [Int: Int] = [:]
    var palette: [Color] = []
    var indices: [Int] = []
    indices.reserveCapacity(colors.count)
    for color in colors {
      let shown: Color = isSmall ? color : nearest(color)
      if indexOfColor[key(shown)] == nil {
        indexOfColor[key(shown)] = palette.count
        palette.append(shown)
      }
      indices.append(indexOfColor[key(shown), default: 0])
    }
    return (palette, indices)
  }

  private static func key(_ color: Color) -> Int {
    Int(color.0) << 16 | Int(color.1) << 8 | Int(color.2)
  }

  private static func nearest(_ color: Color) -> Color {
    func step(_ value: UInt8, _ levels: Int) -> UInt8 {
      let level = (Int(value) * (levels - 1) + 127) / 255
      return UInt8(level * 255 / (levels - 1))
    }
    return (step(color.0, 6), step(color.1, 7), step(color.2, 6))
  }

  private static func percent(_ value: UInt8) -> Int { (Int(value) * 100 + 127) / 255 }
}
