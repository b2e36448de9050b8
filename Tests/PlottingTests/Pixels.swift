import CPNG
import Foundation
import Plotting
import Testing

/// A PNG decoded by libpng.
struct Pixels: CustomTestStringConvertible {
  let width: Int
  let height: Int
  private let bytes: [UInt8]

  init(_ url: URL) throws {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    try #require(png_image_begin_read_from_file(&image, url.path) != 0)
    image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
    width = Int(image.width)
    height = Int(image.height)
    var bytes = [UInt8](repeating: 0, count: width * height * 3)
    try #require(png_image_finish_read(&image, nil, &bytes, 0, nil) != 0)
    self.bytes = bytes
  }

  /// Without the pixels themselves, of which there are a million.
  var testDescription: String { "\(width) × \(height) pixels" }

  subscript(x: Int, y: Int) -> Palette.Color {
    let at = (y * width + x) * 3
    return Palette.Color(bytes[at], bytes[at + 1], bytes[at + 2])
  }

  /// The number of pixels of exactly this color.
  func count(_ color: Palette.Color) -> Int {
    (0..<height).reduce(0) { sum, y in sum + (0..<width).count { self[$0, y] == color } }
  }

  /// The first pixel that is not white within `border` pixels of an edge: something is cut off
  /// there, or nearly.
  func firstPixelAtTheEdge(within border: Int) -> String? {
    for y in 0..<height {
      let isWholeRow = y < border || y >= height - border
      let columns = isWholeRow ? Array(0..<width) : Array(0..<border) + ((width - border)..<width)
      if let x = columns.first(where: { self[$0, y] != Palette.background }) { return "\(x), \(y)" }
    }
    return nil
  }

  struct Rectangle: Equatable {
    var x: Int
    var y: Int
    var width: Int
    var height: Int
  }

  /// The insides of all rectangles that a line of two pixels in the foreground color surrounds and
  /// that are at least 16 pixels wide and high, in reading order of their upper left corners.
  func framedRectangles() -> [Rectangle] {
    func isLine(_ x: Int, _ y: Int) -> Bool {
      x >= 0 && y >= 0 && x < width && y < height && self[x, y] == Palette.foreground
    }
    var result: [Rectangle] = []
    for y in 2..<height {
      for x in 2..<width {
        // The inner pixel at a corner: lines end above and at the left of it.
        guard isLine(x - 1, y - 1), isLine(x - 2, y - 2), !isLine(x, y), !isLine(x - 3, y - 2),
          !isLine(x - 2, y - 3)
        else { continue }
        var right = x
        while isLine(right, y - 1) && isLine(right, y - 2) { right += 1 }
        var bottom = y
        while isLine(x - 1, bottom) && isLine(x - 2, bottom) { bottom += 1 }
        // Both lines run to the outer edge of the opposite corner.
        let rectangle = Rectangle(x: x, y: y, width: right - 2 - x, height: bottom - 2 - y)
        guard rectangle.width >= 16, rectangle.height >= 16,
          isLine(right - 1, bottom - 1), isLine(right - 2, y), isLine(x, bottom - 2)
        else { continue }
        result.append(rectangle)
      }
    }
    return result
  }
}
