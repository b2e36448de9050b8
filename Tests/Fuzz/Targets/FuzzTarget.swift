import Foundation
import ModelFiles

/// A reader of bytes from outside: a file, a command line, a terminal's answer.
///
/// `run` gives it any bytes. The reader must accept them or throw an error in sentences. A trap, a
/// memory error, a hang or a wrong result is a finding.
package enum FuzzTarget: String, CaseIterable, Sendable {
  /// A file of saved weights.
  case safetensors
  /// A `run.json`, and every page, export and summary of it.
  case record
  /// The pages and exports of a record whose texts, numbers and cells come from the bytes. Almost
  /// all bytes are a record, so this gets further than `record`.
  case cells
  /// A learner's progress file.
  case progress
  /// A PNG. The checksums of its chunks are corrected first, so that its contents are reached.
  case png
  /// A text of `--corpus`, its batches and its windows.
  case corpus
  /// The output of the program `bible`.
  case bible
  /// Markdown as HTML and as lines of a terminal.
  case markdown
  /// The options of `lab memory`, one per line.
  case memory
  /// A `config.json` of Hugging Face, and the page of `lab memory` about its model.
  case config
  /// The header of a GGUF file, and the page of `lab memory` about its model.
  case gguf
  /// A GGUF file with its weights.
  case weights
  /// A `tokenizer.json`, and a text that it encodes and decodes.
  case tokenizer
  /// A Swift file that a page quotes.
  case excerpt
  /// What a terminal answers to the question about its pictures, and its environment variables.
  case terminal

  /// With `isFast`, only one model in sixteen is calculated with. The page of a model costs some
  /// hundred times as much as reading its file, and `memory` is about pages.
  ///
  /// - Throws: `WrongResult` if the reader accepted the bytes and its result contradicts them.
  package func run(_ bytes: [UInt8], isFast: Bool = false) throws {
    let checksPage = !isFast || bytes.checksum % 16 == 0
    switch self {
    case .safetensors: try readSafetensors(bytes)
    case .record: try readRecord(bytes)
    case .cells: try readCells(bytes)
    case .progress: try readProgress(bytes)
    case .png: try readPNG(bytes)
    case .corpus: try readCorpus(bytes)
    case .bible: try readBible(bytes)
    case .markdown: try readMarkdown(bytes)
    case .memory: try readMemoryOptions(bytes)
    case .config: try readConfiguration(bytes, checksPage: checksPage)
    case .gguf: try readGGUF(bytes, checksPage: checksPage)
    case .weights: try readWeights(bytes)
    case .tokenizer: try readTokenizer(bytes)
    case .excerpt: try readExcerpts(bytes)
    case .terminal: try readTerminalAnswer(bytes)
    }
  }
}

extension [UInt8] {
  /// FNV-1a, without its lowest bits.
  fileprivate var checksum: UInt32 {
    reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 } >> 16
  }
}

/// A reader accepted the bytes, and its result contradicts them.
package struct WrongResult: Error, CustomStringConvertible {
  package let description: String
}

/// - Throws: `WrongResult` with this sentence, unless the condition holds.
func expect(_ condition: Bool, _ sentence: @autoclosure () -> String) throws(WrongResult) {
  if !condition { throw WrongResult(description: sentence()) }
}

/// An error must be a sentence, not the name of a case or of a Foundation domain.
func expectSentence(_ error: any Error) throws(WrongResult) {
  let text = "\(error)"
  try expect(
    text.contains(" ") && text.hasSuffix("."),
    "an error is not a sentence: \(text.debugDescription)")
}

/// Numbers and texts that are taken from bytes, one after another; zero and empty after their end.
struct ByteSource {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  var isEmpty: Bool { rest.isEmpty }

  mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

  mutating func number(below count: Int) -> Int { Int(byte()) % count }

  /// Mostly a small number; with the last kind, any 64 bits.
  mutating func integer() -> Int {
    switch byte() {
    case 0..<200: Int(Int8(bitPattern: byte()))
    case 200: .max
    case 201: .min
    default: Int(truncatingIfNeeded: bits())
    }
  }

  mutating func double() -> Double {
    byte() < 128 ? Double(integer()) / 16 : Double(bitPattern: bits())
  }

  /// Any UTF-8 of at most 255 bytes; invalid bytes become U+FFFD.
  mutating func text() -> String {
    let taken = rest.prefix(Int(byte()))
    rest = rest.dropFirst(taken.count)
    return String(decoding: taken, as: UTF8.self)
  }

  mutating func list<Element>(below count: Int, _ element: (inout ByteSource) -> Element)
    -> [Element]
  {
    (0..<number(below: count)).map { _ in element(&self) }
  }

  private mutating func bits() -> UInt64 {
    (0..<8).reduce(0) { sum, _ in sum << 8 | UInt64(byte()) }
  }
}
