import CPNG
import Foundation
import Plotting
import Testing

/// A PNG decoded by libpng, to be looked at pixel by pixel.
struct Pixels {
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

  subscript(x: Int, y: Int) -> Palette.Color {
    let at = (y * width + x) * 3
    return Palette.Color(bytes[at], bytes[at + 1], bytes[at + 2])
  }

  /// How many pixels have exactly this color.
  func count(_ color: Palette.Color) -> Int {
    (0..<height).reduce(0) { sum, y in sum + (0..<width).count { self[$0, y] == color } }
  }

  /// The first pixel that is not white in a frame of this thickness along all edges: something
  /// that was cut off, or nearly.
  func inkAtTheEdge(within border: Int) -> String? {
    for y in 0..<height {
      let wholeRow = y < border || y >= height - border
      let columns = wholeRow ? Array(0..<width) : Array(0..<border) + ((width - border)..<width)
      if let x = columns.first(where: { self[$0, y] != Palette.paper }) { return "\(x), \(y)" }
    }
    return nil
  }
}
