import Foundation
import SystemSupport

/// One function that a learner writes: the file that is given, what checks it, hints, a solution.
///
/// It is a folder of plain files under `Exercises/`, so that one can be added without a line of
/// Swift elsewhere: `Exercise.swift` as it is given, `Solution.swift`, `Check.swift`, `About.md` and
/// `Mutants.md`. `Exercises/README.md` says what stands in each.
public struct Exercise: Equatable, Sendable {
  /// `05-1-online-softmax`: lesson, place in it, name; the folder's name, and the
  /// learner's file.
  public let stem: String
  /// The lesson that it belongs to.
  public let lessonNumber: Int
  /// `online-softmax`: the name on the command line.
  public let name: String
  public let title: String
  /// What to write, in Markdown.
  public let task: String
  /// From a nudge to nearly all of it.
  public let hints: [String]
  package let folder: URL

  package var template: URL { folder.appendingPathComponent("Exercise.swift") }
  public var solutionFile: URL { folder.appendingPathComponent("Solution.swift") }
  package var check: URL { folder.appendingPathComponent("Check.swift") }
  package var mutants: URL { folder.appendingPathComponent("Mutants.md") }

  /// Reads the folder of an exercise; nil where it is none.
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
    task = trimmed(opening.dropFirst().joined(separator: "\n"))
    hints = sections.filter { $0.hasPrefix("Hint") }.map { section in
      trimmed(section.components(separatedBy: "\n").dropFirst().joined(separator: "\n"))
    }
  }
}

private func trimmed(_ text: String) -> String {
  text.trimmingCharacters(in: .whitespacesAndNewlines)
}

/// All exercises of the course, in order.
public struct ExerciseCatalog {
  public let exercises: [Exercise]
  /// The part that all checks share.
  package let kit: [URL]

  /// Reads `Exercises` in the checkout that this program was built from, or in the folder that it
  /// is called from.
  public static func standard(filePath: String = #filePath) throws(CatalogMissing) -> Self {
    let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    let places = [packageRoot(above: filePath), here].compactMap {
      $0?.appendingPathComponent("Exercises")
    }
    for place in places {
      let shelf = ExerciseCatalog(folder: place)
      if !shelf.exercises.isEmpty { return shelf }
    }
    throw CatalogMissing()
  }

  package init(folder: URL) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    exercises = names.sorted().compactMap { Exercise(folder: folder.appendingPathComponent($0)) }
    let kit = folder.appendingPathComponent("Kit")
    let files = (try? FileManager.default.contentsOfDirectory(atPath: kit.path)) ?? []
    self.kit = files.filter { $0.hasSuffix(".swift") }.sorted().map(kit.appendingPathComponent)
  }

  public func exercises(ofLesson number: Int) -> [Exercise] {
    exercises.filter { $0.lessonNumber == number }
  }

  /// The exercises that a name means: `all`, a lesson's number, or the name or file of one.
  public func exercises(named name: String) throws(UnknownExercise) -> [Exercise] {
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

/// A name that no exercise has.
public struct UnknownExercise: Error, Equatable, CustomStringConvertible {
  public let name: String
  public let nearest: String?

  public var description: String {
    let wayOut = nearest.map { "Did you mean '\($0)'?" } ?? "'lab check --list' shows them."
    return "There is no exercise '\(name)'. \(wayOut)"
  }
}

/// The program was carried away from the checkout that has the exercises.
public struct CatalogMissing: Error, Equatable, CustomStringConvertible {
  public init() {}

  public var description: String {
    "The exercises are not at hand. Call lab from the folder of LongContextLab, the one with "
      + "'Package.swift' and 'Exercises'."
  }
}
