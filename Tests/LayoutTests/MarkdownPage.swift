import Foundation

/// A Markdown file of the package, as far as the tests read it: tables, code and links.
struct MarkdownPage {
  /// Relative to the root of the package.
  let path: String
  let lines: [String]

  init(_ path: String) throws {
    self.init(path: path, text: try SourceFile.text(path))
  }

  init(path: String, text: String) {
    self.path = path
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// The pages of a folder.
  static func all(in folder: String) throws -> [MarkdownPage] {
    try FileManager.default
      .contentsOfDirectory(atPath: SourceFile.root.appendingPathComponent(folder).path)
      .filter { $0.hasSuffix(".md") }.sorted().map { try MarkdownPage("\(folder)/\($0)") }
  }

  /// A piece of code and the number of its first line.
  struct Code: Equatable {
    let line: Int
    let text: String
  }

  /// A row of a table and the number of its line. Cells are without the spaces around them.
  struct Row: Equatable {
    let line: Int
    let cells: [String]
  }

  struct Table: Equatable {
    let header: [String]
    let rows: [Row]
  }

  /// The fenced blocks of a language.
  func blocks(_ language: String) -> [Code] {
    var result: [Code] = []
    var start: Int?
    for (index, line) in lines.enumerated() {
      if let first = start {
        guard line == "```" else { continue }
        result.append(
          Code(line: first + 1, text: lines[first..<index].joined(separator: "\n")))
        start = nil
      } else if line == "```\(language)" {
        start = index + 1
      }
    }
    return result
  }

  /// Lines outside of fenced and indented blocks, by number.
  var prose: [Code] {
    var isFenced = false
    return lines.enumerated().compactMap { index, line in
      if line.hasPrefix("```") {
        isFenced.toggle()
        return nil
      }
      return isFenced || line.hasPrefix("    ") ? nil : Code(line: index + 1, text: line)
    }
  }

  var tables: [Table] {
    var result: [Table] = []
    var rows: [Row] = []
    for line in prose + [Code(line: 0, text: "")] {
      if line.text.hasPrefix("|") {
        rows.append(Row(line: line.line, cells: Self.cells(of: line.text)))
      } else if !rows.isEmpty {
        // The second row is the line of dashes.
        result.append(Table(header: rows[0].cells, rows: Array(rows.dropFirst(2))))
        rows = []
      }
    }
    return result
  }

  /// What is between single backquotes.
  static func codeSpans(_ text: String) -> [String] {
    text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .compactMap { $0.offset % 2 == 1 ? String($0.element) : nil }
  }

  /// The targets of links to files of the package, without anchors.
  var links: [Code] {
    prose.flatMap { line in
      let text = line.text.replacing(#/`[^`]*`/#, with: "")
      return text.components(separatedBy: "](").dropFirst().compactMap { rest in
        let target = rest.prefix { $0 != ")" && $0 != "#" }
        return target.isEmpty || target.contains("://")
          ? nil : Code(line: line.line, text: String(target))
      }
    }
  }

  /// A bar inside of code does not separate cells.
  private static func cells(of line: String) -> [String] {
    var cells = [""]
    var isCode = false
    for character in line.dropFirst() {
      if character == "`" { isCode.toggle() }
      if character == "|", !isCode {
        cells.append("")
      } else {
        cells[cells.count - 1].append(character)
      }
    }
    return cells.dropLast().map { $0.trimmingCharacters(in: .whitespaces) }
  }
}
