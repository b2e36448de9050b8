import Foundation

/// Encodes pictures as text that a terminal draws.
public enum PictureText {
  /// The escape sequence that draws a PNG.
  ///
  /// - Parameters:
  ///   - png: The bytes of the file.
  ///   - method: The protocol of the terminal.
  ///   - columns: The largest width, in characters.
  ///   - rows: The largest height, in lines; nil for any height.
  ///   - cellWidth: The width of a character in pixels; sixels need it.
  /// - Returns: nil if the protocol is `none` or the bytes are not a PNG.
  public static func draw(
    png: Data, as method: ImageProtocol, columns: Int, rows: Int? = nil, cellWidth: Int = 10
  ) -> String? {
    guard method != .none, let image = PixelImage(png: png) else { return nil }
    let columns = fitting(image.width, image.height, columns: columns, rows: rows)
    switch method {
    case .kitty: return kitty(png: png, columns: columns)
    case .iterm: return iterm(png: png, columns: columns)
    case .sixel: return sixel(fitted(image, width: min(image.width, columns * cellWidth)))
    case .half: return halfBlocks(image, columns: columns)
    case .none: return nil
    }
  }

  /// The lines that a picture of this size in pixels takes up, where a character is twice as high as
  /// wide.
  public static func rows(
    ofWidth width: Int, height: Int, columns: Int, rows: Int? = nil
  ) -> Int {
    guard width > 0 else { return 0 }
    let columns = fitting(width, height, columns: columns, rows: rows)
    return max(1, (columns * height + 2 * width - 1) / (2 * width))
  }

  /// The width of a picture in characters. It is never enlarged: at least eight of its pixels per
  /// character.
  private static func fitting(_ width: Int, _ height: Int, columns: Int, rows: Int?) -> Int {
    let inRows = rows.map { 2 * $0 * width / max(1, height) } ?? columns
    return max(1, min(columns, width / 8, inRows))
  }

  /// kitty's graphics protocol: the file in base64, in chunks of 4096 characters at most. `q=2`
  /// keeps the terminal from sending an answer.
  package static func kitty(png: Data, columns: Int) -> String {
    let text = Array(png.base64EncodedString().utf8)
    let chunks = stride(from: 0, to: max(1, text.count), by: 4096).map {
      String(decoding: text[$0..<min($0 + 4096, text.count)], as: UTF8.self)
    }
    let parts = chunks.enumerated().map { index, chunk in
      let more = "m=\(index < chunks.count - 1 ? 1 : 0)"
      let control = index == 0 ? "a=T,f=100,q=2,c=\(columns),\(more)" : more
      return "\u{1B}_G\(control);\(chunk)\u{1B}\\"
    }
    return parts.joined() + "\n"
  }

  /// iTerm2's inline file.
  package static func iterm(png: Data, columns: Int) -> String {
    "\u{1B}]1337;File=inline=1;size=\(png.count);width=\(columns);preserveAspectRatio=1:"
      + png.base64EncodedString() + "\u{07}\n"
  }

  /// Two rows of pixels per line: the upper as the foreground color, the lower as the background.
  package static func halfBlocks(_ image: PixelImage, columns: Int) -> String {
    // A character is about twice as high as wide, so half of one is a square.
    let small = fitted(image, width: columns)
    var text = ""
    for top in stride(from: 0, to: small.height, by: 2) {
      var last = ""
      for column in 0..<small.width {
        let upper = small.color(column, top)
        let lower = top + 1 < small.height ? small.color(column, top + 1) : nil
        let background = lower.map { "48;2;\($0)" } ?? "49"
        let code = "\u{1B}[38;2;\(upper);\(background)m"
        text += (code == last ? "" : code) + "▀"
        last = code
      }
      text += "\u{1B}[0m\n"
    }
    return text
  }

  private static func fitted(_ image: PixelImage, width: Int) -> PixelImage {
    let height = max(1, Int((Double(image.height) * Double(width) / Double(image.width)).rounded()))
    return image.scaled(toWidth: width, height: height)
  }
}

extension PixelImage {
  /// As in a color code: "255;0;0".
  fileprivate func color(_ x: Int, _ y: Int) -> String {
    let at = (y * width + x) * 3
    return "\(pixels[at]);\(pixels[at + 1]);\(pixels[at + 2])"
  }
}
