import CPNG
import Foundation

/// A grid of pixels, 8 bits each of red, green and blue, row 0 at the top.
struct Canvas {
  let width: Int
  let height: Int
  private(set) var pixels: [UInt8]

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    pixels = [UInt8](repeating: 255, count: width * height * 3)
  }

  /// Sets one pixel; one outside the canvas is left out.
  mutating func set(_ x: Int, _ y: Int, _ color: Palette.Color) {
    guard x >= 0, y >= 0, x < width, y < height else { return }
    let at = (y * width + x) * 3
    pixels[at] = color.red
    pixels[at + 1] = color.green
    pixels[at + 2] = color.blue
  }

  /// Fills a rectangle.
  mutating func fill(x: Int, y: Int, width: Int, height: Int, _ color: Palette.Color) {
    for row in y..<(y + max(height, 0)) {
      for column in x..<(x + max(width, 0)) { set(column, row, color) }
    }
  }

  /// A frame of the given thickness around a rectangle, outside of it.
  mutating func frame(
    x: Int, y: Int, width: Int, height: Int, thickness: Int, _ color: Palette.Color
  ) {
    let t = thickness
    fill(x: x - t, y: y - t, width: width + 2 * t, height: t, color)
    fill(x: x - t, y: y + height, width: width + 2 * t, height: t, color)
    fill(x: x - t, y: y, width: t, height: height, color)
    fill(x: x + width, y: y, width: t, height: height, color)
  }

  /// Lays `color` over a pixel; `cover` is 0 to 1.
  private mutating func blend(_ x: Int, _ y: Int, _ color: Palette.Color, cover: Double) {
    guard x >= 0, y >= 0, x < width, y < height else { return }
    let at = (y * width + x) * 3
    for (offset, channel) in [color.red, color.green, color.blue].enumerated() {
      let under = Double(pixels[at + offset])
      pixels[at + offset] = UInt8((under + (Double(channel) - under) * cover).rounded())
    }
  }
}

extension Canvas {
  /// How a text stands to its anchor.
  enum Alignment {
    case start, middle, end
  }

  /// Writes a line of text. The anchor `x`, `y` is on the line of writing, at the start, middle or
  /// end of the text; `upward` turns the text a quarter to the left around it.
  mutating func write(
    _ text: String, x: Double, y: Double, size: Double, align: Alignment = .start,
    weight: Lettering.Weight = .regular, upward: Bool = false,
    _ color: Palette.Color = Palette.ink
  ) {
    let unit = size / 10
    let width = Lettering.width(text, size: size, weight: weight)
    let shift = align == .start ? 0 : align == .middle ? width / 2 : width
    for stroke in Lettering.strokes(text, weight: weight) {
      let placed = stroke.map { point -> Lettering.Point in
        let along = point.x * unit - shift
        let over = point.y * unit
        return upward
          ? Lettering.Point(x: x - over, y: y - along) : Lettering.Point(x: x + along, y: y - over)
      }
      draw(placed, radius: weight.rawValue * unit / 2, color)
    }
  }

  /// One stroke of a round pen: a pixel is covered as far as the pen's edge passes its middle.
  private mutating func draw(
    _ stroke: [Lettering.Point], radius: Double, _ color: Palette.Color
  ) {
    guard let left = stroke.map(\.x).min(), let right = stroke.map(\.x).max(),
      let top = stroke.map(\.y).min(), let bottom = stroke.map(\.y).max()
    else { return }
    let reach = radius + 1
    for y in Int((top - reach).rounded(.down))...Int((bottom + reach).rounded(.up)) {
      for x in Int((left - reach).rounded(.down))...Int((right + reach).rounded(.up)) {
        let middle = Lettering.Point(x: Double(x) + 0.5, y: Double(y) + 0.5)
        let cover = min(max(radius + 0.5 - distance(from: middle, to: stroke), 0), 1)
        if cover > 0 { blend(x, y, color, cover: cover) }
      }
    }
  }

  private func distance(from point: Lettering.Point, to chain: [Lettering.Point]) -> Double {
    var nearest = Double.infinity
    for (a, b) in zip(chain, chain.dropFirst()) {
      let (dx, dy) = (b.x - a.x, b.y - a.y)
      let length = dx * dx + dy * dy
      let along = length > 0 ? ((point.x - a.x) * dx + (point.y - a.y) * dy) / length : 0
      let t = min(max(along, 0), 1)
      nearest = min(nearest, hypot(a.x + t * dx - point.x, a.y + t * dy - point.y))
    }
    return nearest
  }
}

extension Canvas {
  /// The canvas as a PNG, packed by libpng in memory.
  ///
  /// libpng's simplified interface reports errors by return value; its other one jumps out of C
  /// functions, which Swift cannot live with.
  func png(title: String) throws -> Data {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(width)
    image.height = png_uint_32(height)
    image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
    defer { png_image_free(&image) }
    // No PNG is much larger than its pixels: a filter byte a row, and a few bytes a block.
    var size = pixels.count + pixels.count / 100 + height + 65_536
    var bytes = Data(count: size)
    let done = bytes.withUnsafeMutableBytes { target in
      png_image_write_to_memory(&image, target.baseAddress, &size, 0, pixels, 0, nil)
    }
    guard done != 0 else {
      let reason = withUnsafeBytes(of: image.message) { message in
        String(decoding: message.prefix { $0 != 0 }, as: UTF8.self)
      }
      throw PlottingError.cannotEncode(title: title, reason: reason)
    }
    return bytes.prefix(size)
  }
}
