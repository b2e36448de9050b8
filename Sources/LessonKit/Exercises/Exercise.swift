import Foundation
import SystemSupport

/// An exercise: one function that a learner writes, with its template, check, hints and solution.
///
/// It is a folder of files under `Exercises/`. A new exercise needs no other change. The files are
/// `Exercise.swift` (the template), `Solution.swift`, `Check.swift`, `About.md`, `Mutants.md` and,
/// if a lesson can run with the learner's function, `Call.swift`. `Exercises/README.md` describes
/// each file.
package struct Exercise: Equatable, Sendable {
  /// `05-1-online-softmax`: lesson, number within it, name. The name of the folder and of the
  /// learner's file.
  package let stem: String
  /// The lesson that it belongs to.
  package let lessonNumber: Int
  /// `online-softmax`: the name on the command line.
  package let name: String
  package let title: String
  /// From 1, a few lines, to 3, an algorithm.
  package let level: Int
  /// What to write, in Markdown.
  package let task: String
  /// In order: from a first idea to nearly the whole solution.
  package let hints: [String]
  package let folder: URL

  package var template: URL { folder.appendingPathComponent("Exercise.swift") }
  package var solutionFile: URL { folder.appendingPathComponent("Solution.swift") }
  package var check: URL { folder.appendingPathComponent("Check.swift") }
  /// How a lesson calls the learner's function; not every exercise has this file.
  package var call: URL { folder.appendingPathComponent("Call.swift") }
  package var mutants: URL { folder.appendingPathComponent("Mutants.md") }

  /// Reads the folder of an exercise; nil if it is not such a folder.
  package init?(folder: URL) {
    let stem = folder.lastPathComponent
    let parts = stem.split(separator: "-", maxSplits: 2)
    guard parts.count == 3, let number = Int(parts[0]), Int(parts[1]) != nil,
      let about = try? String(
        contentsOf: folder.appendingPathComponent("About.md"), encoding: .utf8)
    else { return nil }
    var sections = about.components(separatedBy: "\n## ")
    let opening = sections.removeFirst().components(separatedBy: "\n")
    self.stem = stem
    self.folder = folder
    lessonNumber = number
    name = String(parts[2])
    title = String(opening[0].drop { $0 == "#" || $0 == " " })
    let prefix = "Level: "
    let levels = opening.filter { $0.hasPrefix(prefix) }
      .compactMap { Int($0.dropFirst(prefix.count)) }
    level = levels.first ?? 1
    task = trimmed(
      opening.dropFirst().filter { !$0.hasPrefix(prefix) }.joined(separator: "\n"))
    hints = sections.filter { $0.hasPrefix("Hint") }.map { section in
      trimmed(section.components(separatedBy: "\n").dropFirst().joined(separator: "\n"))
    }
  }
}

private func trimmed(_ text: String) -> String {
  text.trimmingCharacters(in: .whitespacesAndNewlines)
}

/// All exercises of the course, in order.
package struct ExerciseCatalog {
  package let exercises: [Exercise]
  /// The source files that all checks share.
  package let kit: [URL]
  /// The source files that all programs share that a lesson calls.
  package let server: [URL]

  /// Reads `Exercises` in the checkout that this program was built from, or in the current folder.
  package static func standard(filePath: String = #filePath) throws(CatalogMissing) -> Self {
    let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    let folders = [packageRoot(above: currentPath(ofSource: filePath)), here].compactMap {
      $0?.appendingPathComponent("Exercises")
    }
    for folder in folders {
      let catalog = ExerciseCatalog(folder: folder)
      if !catalog.exercises.isEmpty { return catalog }
    }
    throw CatalogMissing()
  }

  package init(folder: URL) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    exercises = names.sorted().compactMap { Exercise(folder: folder.appendingPathComponent($0)) }
    func sources(_ name: String) -> [URL] {
      let kit = folder.appendingPathComponent(name)
      let files = (try? FileManager.default.contentsOfDirectory(atPath: kit.path)) ?? []
      return files.filter { $0.hasSuffix(".swift") }.sorted().map(kit.appendingPathComponent)
    }
    kit = sources("Kit")
    server = sources("Kit/Server")
  }

  package func exercises(ofLesson number: Int) -> [Exercise] {
    exercises.filter { $0.lessonNumber == number }
  }

  /// The exercises for a name: `all`, the number of a lesson, or the name or file of one exercise.
  package func exercises(named name: String) throws(UnknownExercise) -> [Exercise] {
    let typed = name.lowercased()
    if typed == "all" { return exercises }
    if let number = Int(typed) {
      let found = exercises(ofLesson: number)
      if !found.isEmpty { return found }
    }
    let file = typed.hasSuffix(".swift") ? String(typed.dropLast(6)) : typed
    let stem = file.split(separator: "/").last.map(String.init) ?? file
    if let found = exercises.first(where: { $0.name == stem || $0.stem == stem }) { return [found] }
    throw UnknownExercise(name: name, nearest: nearest(to: name))
  }

  /// The closest name, or the name with the closest word in it.
  private func nearest(to typed: String) -> String? {
    if let name = nearestName(to: typed, among: exercises.map(\.name)) { return name }
    let words = exercises.flatMap { $0.name.split(separator: "-").map(String.init) }
    guard let word = nearestName(to: typed, among: words) else { return nil }
    return exercises.first { $0.name.split(separator: "-").contains(Substring(word)) }?.name
  }
}

/// There is no exercise with this name.
package struct UnknownExercise: Error, Equatable, CustomStringConvertible {
  package let name: String
  package let nearest: String?

  package var description: String {
    let advice = nearest.map { "Did you mean '\($0)'?" } ?? "'lab check --list' shows them."
    return "There is no exercise '\(name)'. \(advice)"
  }
}

/// The folder of the exercises is not on this machine.
package struct CatalogMissing: Error, Equatable, CustomStringConvertible {
  package init() {}

  package var description: String {
    "The exercises are not found. Call lab from the folder of LongContextLab, the one with "
      + "'Package.swift' and 'Exercises'."
  }
}
