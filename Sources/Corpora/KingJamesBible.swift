import Foundation
import SystemSupport

/// The program `bible` of the package `bible-kjv`, which prints the King James Bible.
public struct BibleProgram: Sendable {
  /// A name on the PATH, or a path.
  public var name: String
  /// Wall time in seconds, after which the program is killed. It needs a tenth of a second.
  public var timeLimit: Double

  public init(_ name: String = "bible", timeLimit: Double = 30) {
    self.name = name
    self.timeLimit = timeLimit
  }

  /// Prints one verse, as a test of the program.
  /// - Returns: the path of the program.
  /// - Throws: `CorpusError` if it is missing, fails, does not end, or prints another verse.
  public func check() throws(CorpusError) -> URL {
    let program = try found()
    let line = try output(of: program, verses: "gen1:1").prefix { $0 != newline }
    guard let verse = Verse(line: line), verse.reference.elementsEqual("Ge1:1".utf8) else {
      throw .unexpectedOutput(
        program: program.path,
        reason: line.isEmpty ? "nothing" : "\"\(beginning(of: line))\" in place of Ge1:1")
    }
    return program
  }

  /// The whole text; see `kingJamesText`.
  func wholeText() throws(CorpusError) -> [UInt8] {
    let program = try found()
    return try kingJamesText(
      of: try output(of: program, verses: "gen1:1-rev22:21"), from: program.path)
  }

  private func found() throws(CorpusError) -> URL {
    guard let program = Program.find(name) else {
      throw .notInstalled(text: CorpusSource.kingJames.name, package: "bible-kjv")
    }
    return program
  }

  /// Runs the program to its end and returns its standard output.
  /// - Throws: `CorpusError.programFailed`, with the beginning of its standard error.
  private func output(of url: URL, verses: String) throws(CorpusError) -> [UInt8] {
    var program = Program(url, arguments: ["-f", verses])
    program.timeLimit = timeLimit
    program.outputLimit = 64 << 20
    let result: Program.Result
    do {
      result = try program.run()
    } catch {
      throw .programFailed(error.description)
    }
    guard result.end == .exit(0) else {
      let message = result.errorText.prefix(500).trimmingCharacters(in: .whitespacesAndNewlines)
      throw .programFailed(
        "\(url.path) \(result.end)" + (message.isEmpty ? "." : ": \(message)."))
    }
    guard !result.isTruncated else {
      throw .unexpectedOutput(
        program: url.path, reason: "more than \(program.outputLimit >> 20) MB")
    }
    return [UInt8](result.output)
  }
}

/// The text of what the program printed, verse after verse, without the references.
///
/// The program begins each verse with its reference ("Ge1:1 In the beginning"). The references are
/// removed, because a model would spend capacity on them. A verse is one line; a blank line
/// precedes each new chapter.
package func kingJamesText(
  of output: [UInt8], from program: String
) throws(CorpusError) -> [UInt8] {
  var text: [UInt8] = []
  text.reserveCapacity(output.count)
  var chapter: ArraySlice<UInt8>?
  var lastReference = ""
  for line in output.split(separator: newline) {
    guard let verse = Verse(line: line) else {
      throw .unexpectedOutput(
        program: program, reason: "\"\(beginning(of: line))\" does not begin with a verse")
    }
    if let chapter, chapter != verse.chapter { text.append(newline) }
    chapter = verse.chapter
    lastReference = String(decoding: verse.reference, as: UTF8.self)
    text += verse.words
    text.append(newline)
  }
  // On an error the program prints "Bad Book" and ends with status 0, so the last verse is checked.
  guard lastReference.hasSuffix("22:21") else {
    throw .unexpectedOutput(
      program: program, reason: lastReference.isEmpty ? "nothing" : "it stops at \(lastReference)")
  }
  return text
}

private func beginning(of line: ArraySlice<UInt8>) -> String {
  String(decoding: line.prefix(40), as: UTF8.self)
}

private let newline = UInt8(ascii: "\n")

/// One printed line: a reference such as `1Sm17:4`, a space, and the words.
private struct Verse {
  let reference: ArraySlice<UInt8>
  /// The reference up to its colon: `1Sm17`.
  let chapter: ArraySlice<UInt8>
  let words: ArraySlice<UInt8>

  init?(line: ArraySlice<UInt8>) {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard let space = line.firstIndex(of: UInt8(ascii: " ")),
      let colon = line[..<space].lastIndex(of: UInt8(ascii: ":")),
      let beforeColon = line[..<colon].last, digits.contains(beforeColon),
      colon + 1 < space, line[(colon + 1)..<space].allSatisfy(digits.contains)
    else { return nil }
    reference = line[..<space]
    chapter = line[..<colon]
    words = line[(space + 1)...]
  }
}
