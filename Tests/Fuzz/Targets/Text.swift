import Foundation
import LessonKit
import TerminalImages
import lab

func readExcerpts(_ bytes: [UInt8]) throws {
  let line = Int(bytes.first ?? 0)
  let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
  try expect(
    scannedPieces(of: text).joined() == text, "the scanner's tokens are not the whole source")
  let file = SourceFile(path: "Lesson.swift", text: text)
  let excerpts = [
    file.whole, file.closure(of: "step", at: line), file.declaration(of: "Rotary"),
    file.marked("part"),
  ].compactMap { $0 }
  for excerpt in excerpts {
    try expect(excerpt.firstLine >= 1, "an excerpt begins at line \(excerpt.firstLine)")
    let page = TerminalPage(TerminalStyle(isColored: true))
    _ = page.text(of: Cell(id: "source", content: .source(excerpt)))
  }
  _ = file.textOutsideClosures(of: "step")
}

func readTerminalAnswer(_ bytes: [UInt8]) throws {
  // As `lab` reads it: byte by byte, each a Unicode scalar.
  var answer = ""
  for byte in bytes { answer.unicodeScalars.append(UnicodeScalar(byte)) }
  let offered = ImageProtocol.offered(in: answer)
  try expect(
    offered == nil || offered == .kitty || offered == .sixel,
    "no terminal can offer \(String(describing: offered))")
  let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\n")
  let names = ["TERM", "TERM_PROGRAM", "COLORTERM", "NO_COLOR", "TMUX", "KITTY_WINDOW_ID"]
  let environment = Dictionary(zip(names, lines), uniquingKeysWith: { first, _ in first })
  _ = ImageProtocol.known(from: environment)
  _ = ImageProtocol.fallback(for: environment)
}

func readMemoryOptions(_ bytes: [UInt8]) throws {
  let arguments = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\n")
  // This machine would be measured, for a second.
  guard !arguments.contains(where: { $0.lowercased().contains("here") }) else { return }
  let text: String
  do {
    text = try memoryText(arguments: arguments)
  } catch {
    return
  }
  try expect(!text.contains("nan"), "a number is missing:\n\(text)")
}
