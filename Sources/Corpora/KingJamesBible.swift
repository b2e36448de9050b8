import Foundation
import SystemSupport

/// The King James Bible as the program `bible` prints it, verse after verse, without the
/// references.
///
/// The program begins each verse with its reference ("Ge1:1 In the beginning"). The references are
/// removed, because a model would spend capacity on them. A verse is one line; a blank line
/// precedes each new chapter.
func kingJamesBible(program: String) throws(CorpusError) -> [UInt8] {
  guard let bible = Program.find(program) else {
    throw .notInstalled(text: CorpusSource.kingJames.name, package: "bible-kjv")
  }
  return try kingJamesText(
    of: try runProgram(bible, ["-f", "gen1:1-rev22:21"]), from: bible.path)
}

/// The text of what the program printed: without the references, each verse a line.
package func kingJamesText(
  of output: [UInt8], from program: String
) throws(CorpusError) -> [UInt8] {
  var text: [UInt8] = []
  text.reserveCapacity(output.count)
  var chapter: ArraySlice<UInt8>?
  var lastReference = ""
  for line in output.split(separator: newline) {
    guard let verse = Verse(line: line) else {
      let start = String(decoding: line.prefix(40), as: UTF8.self)
      throw .unexpectedOutput(
        program: program, reason: "\"\(start)\" does not begin with a verse")
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
      program: program,
      reason: lastReference.isEmpty ? "nothing" : "it stops at \(lastReference)")
  }
  return text
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

/// Runs a program to its end and returns its standard output.
/// - Throws: `CorpusError.programFailed`, with the beginning of its standard error.
private func runProgram(_ program: URL, _ arguments: [String]) throws(CorpusError) -> [UInt8] {
  let result: Program.Result
  do {
    result = try Program(program, arguments: arguments).run()
  } catch {
    throw .programFailed(error.description)
  }
  guard result.end == .exit(0) else {
    let message = result.errorText.prefix(500).trimmingCharacters(in: .whitespacesAndNewlines)
    throw .programFailed(
      "\(program.path) \(result.end)" + (message.isEmpty ? "." : ": \(message)."))
  }
  return [UInt8](result.output)
}
