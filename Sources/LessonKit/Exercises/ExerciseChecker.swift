import Foundation
import SystemSupport
import TensorCore

/// Compiles a learner's file together with the check of its exercise, and runs the program.
///
/// It calls the compiler directly and does not build the package. An editor may have locked the
/// package's build, and a few small files compile in a second or two.
package struct ExerciseChecker {
  let compiler: URL
  let kit: [URL]
  /// For programs and object files. Each check has its own folder there and removes it, so that
  /// several can go on at once.
  let scratch: URL
  /// A folder that is used instead if the machine fails in `scratch`: its disk may be full,
  /// read-only, or mounted without the right to execute, or the cache of modules may be damaged.
  var spareScratch: URL? = FileManager.default.temporaryDirectory
  /// The compiler's cache of system modules, which takes a second or two to fill. Its name depends
  /// on its path, because modules cannot be used after their folder has moved.
  let modules: URL
  package var limits = Limits()

  /// The limits of a learner's program and of the compiler.
  package struct Limits {
    /// Of the learner's program. All exercises together need less than 0.1 s.
    package var processorSeconds = 5
    package var seconds = 20
    package var outputBytes = 20_000_000
    package var memoryBytes = 1_000_000_000
    package var compilerProcessorSeconds = 60
    package var compilerSeconds = 300
    package var compilerMemoryBytes = 4_000_000_000
  }

  /// Part of the names of this checker's folders, which `Litter` recognizes.
  private let id = UUID().uuidString
  private static let prefix = "longcontextlab-check-"

  package init(compiler: URL, catalog: ExerciseCatalog, scratch: URL, modules: URL? = nil) {
    self.compiler = compiler
    kit = catalog.kit
    self.scratch = scratch
    let path = scratch.resolvingSymlinksInPath().path + compiler.path
    self.modules = modules ?? scratch.appendingPathComponent("modules-" + textChecksum(path))
  }

  /// Checks a file against an exercise.
  /// - Throws: `WorkbookError` if the file cannot be read; `CheckTrouble`.
  package func check(_ file: URL, _ exercise: Exercise) throws -> Verdict {
    try check(Workbook.bytes(of: file), exercise)
  }

  /// Checks the content of a learner's file against an exercise.
  /// - Throws: `CheckTrouble` if the machine is at fault, and not the learner.
  package func check(_ source: Data, _ exercise: Exercise) throws(CheckTrouble) -> Verdict {
    removeLitter()
    do throws(CheckTrouble) {
      return try check(source, exercise, in: scratch, modules)
    } catch {
      guard let spareScratch, error.isOfPlace else { throw error }
      let verdict: Verdict
      do throws(CheckTrouble) {
        verdict = try check(source, exercise, in: spareScratch, nil)
      } catch _ {
        throw error
      }
      // The cache may be damaged. It is filled again by the next check.
      try? FileManager.default.removeItem(at: modules)
      return verdict
    }
  }

  /// Removes the folders of this checker. Call it when a check is interrupted.
  package func removeScratch() {
    for place in [scratch, spareScratch].compactMap({ $0 }) {
      for folder in entries(of: place, from: Self.prefix + id) {
        try? FileManager.default.removeItem(at: folder)
      }
    }
  }

  private func check(
    _ source: Data, _ exercise: Exercise, in place: URL, _ modules: URL?
  ) throws(CheckTrouble) -> Verdict {
    let folder = place.appendingPathComponent("\(Self.prefix)\(id)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let run = CheckRun(
      exercise: exercise, compiler: compiler, kit: kit, folder: folder,
      modules: modules ?? folder.appendingPathComponent("modules"), limits: limits)
    return try run.verdict(of: source)
  }

  /// Removes what killed checks left behind more than a day ago, and the module caches of other
  /// paths. A cache that is in use is younger: each check sets its date.
  private func removeLitter() {
    try? FileManager.default.setAttributes(
      [.modificationDate: Date.now], ofItemAtPath: modules.path)
    for place in [scratch, spareScratch].compactMap({ $0 }) {
      Litter.sweep(partialsIn: [], temporary: place)
    }
    for entry in entries(of: scratch, from: "modules") {
      let attributes = try? FileManager.default.attributesOfItem(atPath: entry.path)
      guard let date = attributes?[.modificationDate] as? Date,
        Date.now.timeIntervalSince(date) > 86_400
      else { continue }
      try? FileManager.default.removeItem(at: entry)
    }
  }

  private func entries(of folder: URL, from prefix: String) -> [URL] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasPrefix(prefix) }.map(folder.appendingPathComponent)
  }
}

/// A check that the machine prevented. It says nothing about the learner's file.
package struct CheckTrouble: Error, Equatable, CustomStringConvertible {
  package let exercise: String
  /// What happened and what to do, in sentences.
  package let reason: String
  /// Whether the same check may succeed in another folder.
  let isOfPlace: Bool

  package var description: String {
    "'\(exercise)' could not be checked. \(reason) This does not count as an attempt, and an earlier "
      + "pass stays."
  }
}

/// A checksum of a text, the same on every machine.
func textChecksum(_ text: String) -> String { ByteChecksum(Array(text.utf8)).description }
