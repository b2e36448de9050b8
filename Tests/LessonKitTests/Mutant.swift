import Foundation
import LessonKit

/// A typical mistake: a change to a solution, and what the answer to it must say.
struct Mutant {
  var name: String
  var says: String
  /// Lines to find and their replacements, without leading spaces.
  var changes: [(old: [String], new: [String])]

  struct InvalidMutant: Error, CustomStringConvertible {
    let description: String
  }

  /// All mistakes in a `Mutants.md`.
  static func all(in text: String) throws -> [Mutant] {
    try text.components(separatedBy: "## ").dropFirst().map { section in
      let lines = section.components(separatedBy: "\n")
      guard let says = lines.first(where: { $0.hasPrefix("Says: ") }) else {
        throw InvalidMutant(description: "'\(lines[0])' has no line 'Says: '")
      }
      return Mutant(
        name: lines[0], says: String(says.dropFirst(6)), changes: changes(in: lines))
    }
  }

  private static func changes(in lines: [String]) -> [(old: [String], new: [String])] {
    var changes: [(old: [String], new: [String])] = []
    for line in lines {
      if line.hasPrefix("-") {
        if changes.last.map({ !$0.new.isEmpty }) ?? true { changes.append(([], [])) }
        changes[changes.count - 1].old.append(trimmed(line.dropFirst()))
      } else if line.hasPrefix("+"), !changes.isEmpty {
        changes[changes.count - 1].new.append(trimmed(line.dropFirst()))
      }
    }
    return changes
  }

  /// The solution with the mistake in it.
  func applied(to solution: String) throws -> String {
    var lines = solution.components(separatedBy: "\n")
    guard !changes.isEmpty else { throw InvalidMutant(description: "'\(name)' changes nothing") }
    for change in changes {
      let starts = lines.indices.filter { start in
        start + change.old.count <= lines.count
          && change.old.indices.allSatisfy {
            Self.trimmed(lines[start + $0]) == change.old[$0]
          }
      }
      guard starts.count == 1 else {
        throw InvalidMutant(description: "'\(name)': \(change.old) occurs \(starts.count) times")
      }
      lines.replaceSubrange(starts[0]..<starts[0] + change.old.count, with: change.new)
    }
    return lines.joined(separator: "\n")
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    text.trimmingCharacters(in: .whitespaces)
  }
}
