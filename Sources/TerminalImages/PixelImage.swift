import CPNG
import Foundation

/// A picture as pixels: 8 bits each of red, green and blue, row 0 at the top.
public struct PixelImage: Equatable, Sendable {
  public let width: Int
  public let height: Int
  /// `[height, width, 3]`.
  public let pixels: [UInt8]

  /// - Precondition: `pixels` has `height * width * 3` values.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(
      width > 0 && height > 0 && pixels.count == width * height * 3,
      "picture: \(pixels.count) values for \(width) × \(height) pixels of 3")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// The most pixels that are decoded, 192 MiB. A file of a few bytes can claim 10¹² pixels.
  static let mostPixels = 1 << 26

  /// Decodes a PNG; transparent parts become white. Nil if the bytes are not a PNG, or if it has
  /// more than 2²⁶ pixels.
  public init?(png: Data) {
    var size = (width: 0, height: 0)
    var pixels: [UInt8] = []
    // Both calls in one closure: libpng keeps the address between them.
    let isRead = png.withUnsafeBytes { bytes in
      var image = png_image()
      image.version = png_uint_32(PNG_IMAGE_VERSION)
      defer { png_image_free(&image) }
      guard png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0 else {
        return false
      }
      image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
      size = (Int(image.width), Int(image.height))
      guard size.width > 0, size.height <= Self.mostPixels / size.width else { return false }
      pixels = [UInt8](repeating: 255, count: size.width * size.height * 3)
      var background = png_color(red: 255, green: 255, blue: 255)
      return png_image_finish_read(&image, &background, &pixels, 0, nil) != 0
    }
    guard isRead, !pixels.isEmpty else { return nil }
    self.init(width: size.width, height: size.height, pixels: pixels)
  }

  /// The picture at another size. Each new pixel is the mean of the area that it covers. So thin
  /// lines become fainter but do not disappear.
  /// - Precondition: both extents are positive.
  /// - Complexity: O(old + new pixels) time, memory for the result.
  public func scaled(toWidth newWidth: Int, height newHeight: Int) -> PixelImage {
    precondition(
      newWidth > 0 && newHeight > 0, "picture: cannot be scaled to \(newWidth) × \(newHeight)")
    if newWidth == width, newHeight == height { return self }
    let columns = (0..<newWidth).map { Self.cover($0, of: newWidth, over: width) }
    let rows = (0..<newHeight).map { Self.cover($0, of: newHeight, over: height) }
    var result = [UInt8](repeating: 0, count: newWidth * newHeight * 3)
    for (y, rowCover) in rows.enumerated() {
      for (x, columnCover) in columns.enumerated() {
        var sum = (0.0, 0.0, 0.0)
        for (row, rowWeight) in rowCover {
          for (column, columnWeight) in columnCover {
            let at = (row * width + column) * 3
            let weight = rowWeight * columnWeight
            sum.0 += weight * Double(pixels[at])
            sum.1 += weight * Double(pixels[at + 1])
            sum.2 += weight * Double(pixels[at + 2])
          }
        }
        let at = (y * newWidth + x) * 3
        result[at] = UInt8(sum.0.rounded())
        result[at + 1] = UInt8(sum.1.rounded())
        result[at + 2] = UInt8(sum.2.rounded())
      }
    }
    return PixelImage(width: newWidth, height: newHeight, pixels: result)
  }

  /// The old pixels that new pixel `index` covers, with weights that sum to 1.
  private static func cover(_ index: Int, of count: Int, over old: Int) -> [(Int, Double)] {
    let step = Double(old) / Double(count)
    let (start, end) = (Double(index) * step, Double(index + 1) * step)
    let last = min(old - 1, Int(end.rounded(.up)) - 1)
    return (Int(start)...max(Int(start), last)).map { pixel in
      let overlap = min(end, Double(pixel + 1)) - max(start, Double(pixel))
      return (pixel, overlap / step)
    }
  }
}
