import SystemSupport

/// The King James Bible as the program `bible` prints it, verse after verse, without the references.
///
/// The program begins each verse with its place ("Ge1:1 In the beginning"). Counting is no part of
/// the text, and a model would spend itself on it, so the places are taken off: a verse is one
/// line, and a blank line stands before each new chapter.
func kingJamesBible(_ programs: CorpusPrograms) throws(CorpusError) -> [UInt8] {
  guard let bible = Program.find(programs.bible) else {
    throw .notInstalled(text: CorpusSource.kingJames.name, package: "bible-kjv")
  }
  let output = try runProgram(bible, ["-f", "gen1:1-rev22:21"])
  var text: [UInt8] = []
  text.reserveCapacity(output.count)
  var chapter: ArraySlice<UInt8>?
  var lastPlace = ""
  for line in output.split(separator: newline) {
    guard let verse = Verse(line: line) else {
      let start = String(decoding: line.prefix(40), as: UTF8.self)
      throw .unexpectedOutput(
        program: bible.path, reason: "\"\(start)\" does not begin with a verse")
    }
    if let chapter, chapter != verse.chapter { text.append(newline) }
    chapter = verse.chapter
    lastPlace = String(decoding: verse.place, as: UTF8.self)
    text += verse.words
    text.append(newline)
  }
  // The program says "Bad Book" and the like with status 0: only the last verse shows it is whole.
  guard lastPlace.hasSuffix("22:21") else {
    throw .unexpectedOutput(
      program: bible.path, reason: lastPlace.isEmpty ? "nothing" : "it stops at \(lastPlace)")
  }
  return text
}

private let newline = UInt8(ascii: "\n")

/// One printed line: a place such as `1Sm17:4`, a space, and the words.
private struct Verse {
  let place: ArraySlice<UInt8>
  /// The place up to its colon: `1Sm17`.
  let chapter: ArraySlice<UInt8>
  let words: ArraySlice<UInt8>

  init?(line: ArraySlice<UInt8>) {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard let space = line.firstIndex(of: UInt8(ascii: " ")),
      let colon = line[..<space].lastIndex(of: UInt8(ascii: ":")),
      let beforeColon = line[..<colon].last, digits.contains(beforeColon),
      colon + 1 < space, line[(colon + 1)..<space].allSatisfy(digits.contains)
    else { return nil }
    place = line[..<space]
    chapter = line[..<colon]
    words = line[(space + 1)...]
  }
}
