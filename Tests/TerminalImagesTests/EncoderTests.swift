import Foundation
import Testing

import TerminalImages

@Suite struct EncoderTests {
  private let escape = "\u{1B}"

  @Test func kittyCutsIntoChunksOf4096() {
    // 6,145 bytes are 8,196 characters of base64: two full chunks and one of four.
    let png = Data(repeating: 0, count: 6145)
    let text = PictureText.kitty(png: png, columns: 40)
    let parts = text.components(separatedBy: "\(escape)\\").dropLast()
    #expect(parts.count == 3)
    #expect(parts[0].hasPrefix("\(escape)_Ga=T,f=100,q=2,c=40,m=1;"))
    #expect(parts[1].hasPrefix("\(escape)_Gm=1;"))
    #expect(parts[2].hasPrefix("\(escape)_Gm=0;"))
    let payloads = parts.map { $0.split(separator: ";", maxSplits: 1)[1] }
    #expect(payloads.map(\.count) == [4096, 4096, 4])
    #expect(Data(base64Encoded: payloads.joined()) == png)
    #expect(text.hasSuffix("\(escape)\\\n"))
  }

  @Test func kittyWithOneChunkEndsWithIt() {
    let text = PictureText.kitty(png: Data([1, 2, 3]), columns: 7)
    #expect(text == "\(escape)_Ga=T,f=100,q=2,c=7,m=0;AQID\(escape)\\\n")
  }

  @Test func itermNamesSizeAndWidth() {
    let text = PictureText.iterm(png: Data([1, 2, 3]), columns: 60)
    #expect(
      text == "\(escape)]1337;File=inline=1;size=3;width=60;preserveAspectRatio=1:AQID\u{07}\n")
  }

  @Test func halfBlocksHaveTwoRowsPerLine() {
    let red: [UInt8] = [255, 0, 0]
    let blue: [UInt8] = [0, 0, 255]
    let image = PixelImage(width: 2, height: 3, pixels: red + red + blue + blue + red + blue)
    let line1 = "\(escape)[38;2;255;0;0;48;2;0;0;255m▀▀\(escape)[0m\n"
    let line2 = "\(escape)[38;2;255;0;0;49m▀\(escape)[38;2;0;0;255;49m▀\(escape)[0m\n"
    #expect(PictureText.halfBlocks(image, columns: 2) == line1 + line2)
  }

  @Test func sixelByHand() {
    // Two columns, seven rows: six of black and white side by side, one row all white.
    let black: [UInt8] = [0, 0, 0]
    let white: [UInt8] = [255, 255, 255]
    let pixels: [UInt8] = Array(repeating: black + white, count: 6).flatMap { $0 } + white + white
    let text = PictureText.sixel(PixelImage(width: 2, height: 7, pixels: pixels))
    let head = "\(escape)P0;1;0q\"1;1;2;7#0;2;0;0;0#1;2;100;100;100"
    // 63 + 0b111111 is "~"; 63 + 0 is "?"; one row alone is 63 + 1, "@".
    #expect(text == head + "#0~$#1?~-" + "#1@@-" + "\(escape)\\\n")
  }

  @Test func sixelRunsAreCompressed() {
    let pixels = [UInt8](repeating: 9, count: 5 * 3)
    let text = PictureText.sixel(PixelImage(width: 5, height: 1, pixels: pixels))
    #expect(text.contains("#0!5@-"))
  }

  @Test func sixelHasAtMost256Colors() {
    var pixels: [UInt8] = []
    for index in 0..<40 * 40 {
      pixels += [UInt8(index % 251), UInt8(index % 241), UInt8(index % 239)]
    }
    let text = PictureText.sixel(PixelImage(width: 40, height: 40, pixels: pixels))
    let numbers: [Int] = text.components(separatedBy: "#").compactMap { part in
      Int(part.prefix { $0.isNumber })
    }
    #expect((numbers.max() ?? 999) < 256)
  }
}

@Suite struct PixelImageTests {
  @Test func halvingTakesMeans() {
    let image = PixelImage(
      width: 2, height: 2, pixels: [0, 0, 0, 100, 0, 0, 0, 40, 0, 100, 40, 200])
    #expect(image.scaled(toWidth: 1, height: 1).pixels == [50, 20, 50])
  }

  @Test func meansAreWeightedByArea() {
    let image = PixelImage(width: 3, height: 1, pixels: [0, 0, 0, 90, 90, 90, 240, 240, 240])
    // The left half covers one and a half pixels: (0 + 45) / 1.5.
    #expect(image.scaled(toWidth: 2, height: 1).pixels == [30, 30, 30, 190, 190, 190])
  }

  @Test func invalidBytesAreNotAPicture() {
    #expect(PixelImage(png: Data("no picture".utf8)) == nil)
    #expect(PixelImage(png: Data()) == nil)
    #expect(PictureText.draw(png: Data([1]), as: .half, columns: 10) == nil)
  }

  /// A file of 68 bytes that claims 10¹² pixels, 3 TB.
  @Test func aPictureThatFitsNoMemoryIsRefused() throws {
    let png = try #require(
      Data(
        base64Encoded: "iVBORw0KGgoAAAANSUhEUgAPQkAAD0JACAIAAADTD68qAAAAC0lEQVR4nGNg"
          + "QAUAABAAATm9j2UAAAAASUVORK5CYII="))
    #expect(PixelImage(png: png) == nil)
  }
}

@Suite struct DetectionTests {
  @Test(arguments: [
    (["TERM": "xterm-kitty"], ImageProtocol.kitty),
    (["TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"], .kitty),
    (["TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"], .iterm),
    (["TERM": "xterm-256color", "TERM_PROGRAM": "vscode"], .iterm),
    (["TERM": "tmux-256color", "TERM_PROGRAM": "iTerm.app"], .half),
    (["TERM": "xterm-kitty", "TMUX": "/tmp/x"], .half),
    (["TERM": "dumb"], .none), (["TERM": "xterm-kitty", "NO_COLOR": "1"], .none),
  ])
  func environmentNamesTheProtocol(_ environment: [String: String], _ wanted: ImageProtocol) {
    #expect(ImageProtocol.known(from: environment) == wanted)
  }

  @Test func answerOfTheTerminalNamesTheProtocol() {
    #expect(ImageProtocol.known(from: ["TERM": "xterm-256color"]) == nil)
    #expect(ImageProtocol.offered(in: "\u{1B}_Gi=31;OK\u{1B}\\\u{1B}[?62;c") == .kitty)
    #expect(ImageProtocol.offered(in: "\u{1B}[?63;1;4;22c") == .sixel)
    #expect(ImageProtocol.offered(in: "\u{1B}[?64;1;2c") == nil)
    // The first number is the terminal's class, not a feature.
    #expect(ImageProtocol.offered(in: "\u{1B}[?4;6c") == nil)
    #expect(ImageProtocol.offered(in: "") == nil)
  }

  @Test func fallbackDependsOnColor() {
    #expect(ImageProtocol.fallback(for: ["COLORTERM": "truecolor"]) == .half)
    #expect(ImageProtocol.fallback(for: ["TERM": "xterm-direct"]) == .half)
    #expect(ImageProtocol.fallback(for: ["TERM": "xterm"]) == .none)
  }
}
