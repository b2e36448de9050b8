import CPNG
import Foundation

/// A picture as pixels: 8 bits each of red, green and blue, row 0 at the top.
struct Canvas {
  let width: Int
  let height: Int
  private(set) var pixels: [UInt8]

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    pixels = [UInt8](repeating: 255, count: width * height * 3)
  }

  /// Sets one pixel; one outside of the canvas is ignored.
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
}

extension Canvas {
  /// The canvas as a PNG, encoded by libpng in memory.
  ///
  /// libpng's simplified interface reports errors by return value. Its other interface uses
  /// `longjmp`, which is not safe across Swift functions.
  ///
  /// - Throws: `PlottingError.cannotEncode` with libpng's reason.
  func png(title: String) throws -> Data {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(width)
    image.height = png_uint_32(height)
    image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
    defer { png_image_free(&image) }
    // A PNG is hardly larger than its pixels: one filter byte per row, a few bytes per block.
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
