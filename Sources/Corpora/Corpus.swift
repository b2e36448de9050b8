import Foundation
import SystemSupport
import TensorCore

/// The source of a text.
public enum CorpusSource: Hashable, Sendable {
  /// The King James Bible of the Debian package `bible-kjv`, 4.1 MB.
  case kingJames
  /// Any file. It is read as bytes, so it need not be UTF-8 or text.
  case file(URL)

  public var name: String {
    switch self {
    case .kingJames: "King James Bible"
    case .file(let url): url.lastPathComponent
    }
  }
}

extension Corpus {
  /// The name in prose, which is Markdown. The name of a file can contain its special characters.
  public var nameInProse: String { name.markdownText(startsLine: false) }
}

/// A text, split into a training part (the first nine tenths) and a held-out part (the last tenth).
///
/// The parts do not overlap, so no position of the held-out part was seen in training.
public struct Corpus: Sendable {
  public let name: String
  public let bytes: [UInt8]
  /// Positions in `bytes` to train on: all but the last tenth.
  public let training: Range<Int>
  /// Positions in `bytes` to evaluate on: the last tenth.
  public let heldOut: Range<Int>
  /// The `ByteChecksum` of all bytes, in hexadecimal. It is part of the key of cached models.
  public let checksum: String

  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
    let split = bytes.count - bytes.count / 10
    training = 0..<split
    heldOut = split..<bytes.count
    checksum = ByteChecksum(bytes).description
  }

  /// Reads the whole text, in a fraction of a second.
  /// - Parameters:
  ///   - source: The text.
  ///   - bible: The program that prints the King James Bible.
  /// - Throws: `CorpusError`, for a text that is not installed, cannot be read, is empty or is too
  ///   large.
  public init(
    _ source: CorpusSource, bible: BibleProgram = BibleProgram()
  ) throws(CorpusError) {
    let bytes =
      switch source {
      case .kingJames: try bible.wholeText()
      case .file(let url): try TextFile(url).bytes()
      }
    self.init(name: source.name, bytes: bytes)
  }
}
