import Foundation
import TensorCore

/// Where a text comes from.
public enum CorpusSource: Hashable, Sendable {
  /// The King James Bible, of the Debian package `bible-kjv`: 4.1 MB.
  case kingJames
  /// The Jargon File, of the Debian package `jargon-text`: 1.7 MB.
  case jargon
  /// Any file; it is taken byte by byte, so it need not be UTF-8, nor text.
  case file(URL)

  public var name: String {
    switch self {
    case .kingJames: "King James Bible"
    case .jargon: "Jargon File"
    case .file(let url): url.lastPathComponent
    }
  }
}

/// A text in two parts, by position: the front to learn from, the back to be tested on.
///
/// The parts never overlap, so nothing that is tested was seen in training, not even in another
/// order.
public struct Corpus: Sendable {
  public let name: String
  public let bytes: [UInt8]
  /// Positions in `bytes` to train on: all but the last tenth.
  public let training: Range<Int>
  /// Positions in `bytes` to evaluate on: the last tenth.
  public let heldOut: Range<Int>
  /// Of all bytes, as `ByteChecksum` prints it; part of the key under which trained models are kept.
  public let checksum: String

  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
    let split = bytes.count - bytes.count / 10
    training = 0..<split
    heldOut = split..<bytes.count
    checksum = ByteChecksum(bytes).description
  }

  /// Fetches the whole text; a fraction of a second for either book.
  /// - Throws: `CorpusError`, for a text that is not installed, or not readable, or empty.
  public init(
    _ source: CorpusSource, programs: CorpusPrograms = .installed
  ) throws(CorpusError) {
    let bytes =
      switch source {
      case .kingJames: try kingJamesBible(programs)
      case .jargon: try jargonFile(programs)
      case .file(let url): try fileBytes(url)
      }
    self.init(name: source.name, bytes: bytes)
  }
}
