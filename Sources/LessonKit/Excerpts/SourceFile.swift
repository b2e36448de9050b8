import Foundation

/// A Swift file that pages quote from, read at run time.
package struct SourceFile {
  /// Relative to the root of the package, so that pages contain no folder names of this machine.
  let path: String
  let text: String

  package init(path: String, text: String) {
    self.path = path
    self.text = text
  }

  /// Reads the file that `#filePath` named when the lesson was built; nil if the file is not on
  /// this machine. See `currentPath(ofSource:program:)`.
  package init?(filePath: String) {
    let now = currentPath(ofSource: filePath)
    guard let text = try? String(contentsOfFile: now, encoding: .utf8) else { return nil }
    self.init(path: pathInPackage(now), text: text)
  }

  /// Reads a file by its path from the root of the package, or from the folder of the lesson that
  /// the calling file belongs to.
  package init?(_ path: String, near callingFile: String) {
    let now = currentPath(ofSource: callingFile)
    let candidates = [lessonFolder(of: now), packageRoot(above: now)].compactMap {
      $0?.appendingPathComponent(path).path
    }
    for candidate in candidates {
      if let file = SourceFile(filePath: candidate) {
        self = file
        return
      }
    }
    return nil
  }

  /// The whole file.
  package var whole: SourceExcerpt? { excerpt(bytes: 0..<text.utf8.count) }

  /// The body, without braces, of the trailing closure of the next call to `function`, on this line
  /// or soon after it.
  package func closure(of function: String, at line: Int) -> SourceExcerpt? {
    let source = Tokens(text)
    guard let start = source.firstByte(ofLine: line),
      let call = source.firstWord(function, from: start),
      let brace = source.trailingBrace(ofCallAt: call), let end = source.end(ofGroupAt: brace)
    else { return nil }
    return excerpt(
      bytes: source.tokens[brace].range.upperBound..<source.tokens[end].range.lowerBound)
  }

  /// The file without the bodies of the trailing closures of calls to `function`.
  package func textOutsideClosures(of function: String) -> String {
    let source = Tokens(text)
    var kept: [String] = []
    var index = 0
    while index < source.tokens.count {
      kept.append(source.text(index))
      if source.isWord(function, at: index), let brace = source.trailingBrace(ofCallAt: index),
        let end = source.end(ofGroupAt: brace)
      {
        kept += (index + 1...brace).map(source.text)
        index = end
      } else {
        index += 1
      }
    }
    return kept.joined()
  }

  /// A type, function, extension or other braced declaration, with the comment above it.
  ///
  /// In focus are the marked lines of this name, or the lines from one that begins with it; without
  /// a name, those from the first to the last with the number of an equation.
  package func declaration(of name: String, focus: String? = nil) -> SourceExcerpt? {
    let source = Tokens(text)
    guard let first = source.declarator(of: name) else { return nil }
    var index = first
    while index < source.tokens.count, !source.isSign("{", at: index) { index += 1 }
    guard index < source.tokens.count, let end = source.end(ofGroupAt: index) else { return nil }
    let start = source.firstByteWithComment(ofLineAt: source.tokens[first].range.lowerBound)
    return excerpt(bytes: start..<source.tokens[end].range.upperBound, focus: focus)
  }

  /// The lines between `// lesson: begin NAME` and `// lesson: end NAME`.
  ///
  /// In focus are the lines from one that begins with `focus`, if it is given.
  package func marked(_ name: String, focus: String? = nil) -> SourceExcerpt? {
    let lines = text.components(separatedBy: "\n")
    func line(_ word: String) -> Int? {
      lines.firstIndex { $0.trimmingCharacters(in: .whitespaces) == "// lesson: \(word) \(name)" }
    }
    guard let begin = line("begin"), let end = line("end"), begin < end else { return nil }
    return excerpt(lines: Array(lines[begin + 1..<end]), firstLine: begin + 2, focus: focus)
  }

  private func excerpt(bytes range: Range<Int>, focus: String? = nil) -> SourceExcerpt? {
    let utf8 = Array(text.utf8)
    let before = utf8[..<range.lowerBound]
    let firstLine = before.reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
    let body = String(decoding: utf8[range], as: UTF8.self)
    let lines = body.components(separatedBy: "\n")
    let startsWithinLine = before.last.map { $0 != UInt8(ascii: "\n") } ?? false
    return excerpt(
      lines: startsWithinLine ? [trimmedStart(lines[0])] + lines.dropFirst() : lines,
      unindentedLines: startsWithinLine ? 1 : 0, firstLine: firstLine, focus: focus)
  }

  /// Drops empty lines at both ends, and the indentation that all lines share. A first line that
  /// begins after a brace has no indentation and is not counted.
  private func excerpt(
    lines: [String], unindentedLines: Int = 0, firstLine: Int, focus: String? = nil
  ) -> SourceExcerpt? {
    func isEmpty(_ line: String) -> Bool { line.allSatisfy(\.isWhitespace) }
    func indent(_ line: String) -> Int { line.prefix { $0 == " " }.count }
    let dropped = lines.prefix(while: isEmpty).count
    var kept = Array(lines.dropFirst(dropped))
    while let last = kept.last, isEmpty(last) { kept.removeLast() }
    guard !kept.isEmpty else { return nil }
    let indented = kept.dropFirst(max(0, unindentedLines - dropped)).filter { !isEmpty($0) }
    let shared = indented.map(indent).min() ?? 0
    let cut = kept.map { String($0.dropFirst(min(shared, indent($0)))) }
    let (text, marked) = withoutMarks(cut, focus: focus)
    return SourceExcerpt(
      path: path, firstLine: firstLine + dropped, text: text.joined(separator: "\n"),
      focus: marked ?? focus.flatMap { linesBeginning(with: $0, in: text) } ?? equationLines(text))
  }

  /// From the first line that begins so to the end of the block that it opens; if it opens none, to
  /// the end of the block around it. At most as many as are read beside a sentence.
  private func linesBeginning(with words: String, in lines: [String]) -> Range<Int>? {
    func indent(_ index: Int) -> Int { lines[index].prefix { $0 == " " }.count }
    func isEmpty(_ index: Int) -> Bool { lines[index].allSatisfy { $0 == " " } }
    guard let first = lines.indices.first(where: { lines[$0].drop { $0 == " " }.hasPrefix(words) })
    else { return nil }
    var end = first + 1
    if end < lines.count, indent(end) > indent(first) {
      // A line such as `) -> Int {` closes one block and opens another.
      while end < lines.count,
        isEmpty(end) || indent(end) > indent(first)
          || lines[end].hasSuffix("{")
      { end += 1 }
      if end < lines.count, let sign = lines[end].first(where: { $0 != " " }), "})]".contains(sign)
      {
        end += 1
      }
    } else {
      while end < lines.count, isEmpty(end) || indent(end) >= indent(first) { end += 1 }
    }
    end = min(end, first + SourceExcerpt.longestOpen)
    while isEmpty(end - 1) { end -= 1 }
    return first..<end
  }

  /// The lines without those that mark an excerpt, and the lines that were between the marks of
  /// `focus`.
  private func withoutMarks(
    _ lines: [String], focus: String?
  ) -> (lines: [String], focus: Range<Int>?) {
    var kept: [String] = []
    var (first, end): (Int?, Int?)
    for line in lines {
      let words = line.trimmingCharacters(in: .whitespaces)
      guard words.hasPrefix("// lesson: ") else {
        kept.append(line)
        continue
      }
      if let focus, words == "// lesson: begin \(focus)" { first = kept.count }
      if let focus, words == "// lesson: end \(focus)" { end = kept.count }
    }
    guard let first, let end, first < end else { return (kept, nil) }
    return (kept, first..<end)
  }

  /// From the first to the last line with the number of an equation; nil if there is none, or if
  /// those are too many lines to read beside a sentence.
  private func equationLines(_ lines: [String]) -> Range<Int>? {
    let numbered = lines.indices.filter { equationNumber(ofLine: lines[$0]) != nil }
    guard let first = numbered.first, let last = numbered.last,
      last - first < SourceExcerpt.longestOpen
    else { return nil }
    return first..<last + 1
  }

  private func trimmedStart(_ line: String) -> String { String(line.drop { $0 == " " }) }
}

/// The number of the equation that a line of code computes, from the comment `// (3)` at its end;
/// nil without one.
func equationNumber(ofLine line: String) -> Int? {
  guard line.hasSuffix(")"), let start = line.range(of: "// (", options: .backwards) else {
    return nil
  }
  return Int(line[start.upperBound...].dropLast())
}

extension SourceExcerpt {
  /// More lines are folded on a page: about 15, and the braces that close them.
  static let longestOpen = 18

  package var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

  /// The lines that a page shows without being asked; nil for all of them.
  package var shownLines: Range<Int>? {
    if let focus { return focus.count == lines.count ? nil : focus }
    return lines.count > Self.longestOpen ? 0..<0 : nil
  }
}

/// Where a source file is that `#filePath` named when the program was built.
///
/// A built checkout can be moved or copied. So the file is looked for first in the checkout of the
/// running program: below the folder above it that contains `Package.swift`. The place of
/// `#filePath` is the second choice: tests run in another program, and `lab` may be installed
/// elsewhere.
package func currentPath(
  ofSource filePath: String, program: URL? = Bundle.main.executableURL
) -> String {
  guard let program, let root = packageRoot(above: program.resolvingSymlinksInPath().path)
  else { return filePath }
  var parts = filePath.split(separator: "/")[...]
  while parts.count > 1 {
    let candidate = root.appendingPathComponent(parts.joined(separator: "/")).path
    if FileManager.default.fileExists(atPath: candidate) { return candidate }
    parts.removeFirst()
  }
  return filePath
}

/// The folder of the lesson that a source file belongs to: the nearest folder above it that
/// contains `Lesson.swift`. So a lesson can have subfolders. If there is none, the file's own
/// folder.
func lessonFolder(of file: String) -> URL {
  let own = URL(fileURLWithPath: file).deletingLastPathComponent()
  var folder = own
  while folder.path.count > 1 {
    let lesson = folder.appendingPathComponent("Lesson.swift").path
    if FileManager.default.fileExists(atPath: lesson) { return folder }
    folder.deleteLastPathComponent()
  }
  return own
}

/// The folder above a file that contains `Package.swift`; nil if there is none.
func packageRoot(above file: String) -> URL? {
  var folder = URL(fileURLWithPath: file).deletingLastPathComponent()
  while folder.path.count > 1 {
    let manifest = folder.appendingPathComponent("Package.swift").path
    if FileManager.default.fileExists(atPath: manifest) { return folder }
    folder.deleteLastPathComponent()
  }
  return nil
}

private func pathInPackage(_ file: String) -> String {
  guard let root = packageRoot(above: file)?.path, file.hasPrefix(root + "/") else {
    return URL(fileURLWithPath: file).lastPathComponent
  }
  return String(file.dropFirst(root.count + 1))
}
