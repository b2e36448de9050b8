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
  /// The sources of a program that answers calls of a lesson.
  let server: [URL]
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
    server = catalog.server
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
    try answer(to: source, exercise).verdict
  }

  /// Checks the content of a learner's file; the answer also has what the learner's code printed.
  /// - Throws: `CheckTrouble` if the machine is at fault, and not the learner.
  package func answer(to source: Data, _ exercise: Exercise) throws(CheckTrouble) -> CheckAnswer {
    removeLitter()
    do throws(CheckTrouble) {
      return try answer(to: source, exercise, in: scratch, modules)
    } catch {
      guard let spareScratch, error.isOfPlace else { throw error }
      let answer: CheckAnswer
      do throws(CheckTrouble) {
        answer = try self.answer(to: source, exercise, in: spareScratch, nil)
      } catch _ {
        throw error
      }
      // The cache may be damaged. It is filled again by the next check.
      try? FileManager.default.removeItem(at: modules)
      return answer
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

  /// Compiles a learner's file into a program that a lesson can call.
  ///
  /// The file has passed its check, so messages of the compiler are a trouble. It is not optimized:
  /// an optimized program does not say why it stopped.
  /// - Throws: `CheckTrouble`.
  func program(
    of source: Data, _ exercise: Exercise, limits: LearnerProgram.Limits
  ) throws(CheckTrouble) -> LearnerProgram {
    do throws(CheckTrouble) {
      return try program(of: source, exercise, limits, in: scratch, modules)
    } catch {
      guard let spareScratch, error.isOfPlace else { throw error }
      return try program(of: source, exercise, limits, in: spareScratch, nil)
    }
  }

  private func program(
    of source: Data, _ exercise: Exercise, _ limits: LearnerProgram.Limits, in place: URL,
    _ modules: URL?
  ) throws(CheckTrouble) -> LearnerProgram {
    let folder = place.appendingPathComponent("\(Self.prefix)\(UUID().uuidString)")
    let build = LearnerBuild(
      exercise: exercise, compiler: compiler, folder: folder,
      modules: modules ?? folder.appendingPathComponent("modules"), limits: self.limits)
    do throws(CheckTrouble) {
      let messages = try build.compile(
        source, calledBy: exercise.call, server, main: "serve(answer)\n")
      if let messages { throw build.trouble(messages, isOfPlace: false) }
    } catch {
      try? FileManager.default.removeItem(at: folder)
      throw error
    }
    return LearnerProgram(
      build: build, source: String(decoding: source, as: UTF8.self), limits: limits)
  }

  private func answer(
    to source: Data, _ exercise: Exercise, in place: URL, _ modules: URL?
  ) throws(CheckTrouble) -> CheckAnswer {
    let folder = place.appendingPathComponent("\(Self.prefix)\(id)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let build = LearnerBuild(
      exercise: exercise, compiler: compiler, folder: folder,
      modules: modules ?? folder.appendingPathComponent("modules"), limits: limits)
    return try CheckRun(build: build, kit: kit).answer(to: source)
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
