import Foundation
import TensorCore

/// A checksum of everything that decides a result: inputs such as device, threads, scale, seed and
/// text, the source files that compute it, and the source of the step.
///
/// A result on disk is reused only if its fingerprint is the same. The cache of trained models and
/// the cache of steps both use it.
package struct Fingerprint: CustomStringConvertible {
  private var checksum = ByteChecksum()

  package init(inputs: [String] = []) { add(inputs) }

  package mutating func add(_ texts: [String]) {
    for text in texts {
      // The zero byte separates texts, so that "ab", "c" differs from "a", "bc".
      (Array(text.utf8) + [0]).withUnsafeBytes { checksum.append($0) }
    }
  }

  /// Adds the text of source files.
  /// - Complexity: reads every file once, in a few milliseconds per megabyte.
  package mutating func add(sources: [URL]) {
    add(sources.map { (try? String(contentsOf: $0, encoding: .utf8)) ?? "" })
  }

  package var description: String { checksum.description }
}

/// Why the sources that a program was built from are not known.
package enum UnknownSources: Error, Equatable, CustomStringConvertible {
  case missing
  case newerThanProgram(String)

  package var description: String {
    switch self {
    case .missing: "The sources that this program was built from are not on this machine."
    case .newerThanProgram(let file):
      "\(file) was changed after this program was built: build it (`make build`), then run again."
    }
  }
}

/// The source files of the running program.
struct ProgramSources {
  let root: URL
  /// All files under `Sources`.
  let engine: [URL]
  private let program: URL
  private let built: Date

  /// - Parameters:
  ///   - file: Any source file of the package, as `#filePath` gave it when it was compiled.
  ///   - program: The running program.
  /// - Throws: `UnknownSources.missing`.
  init(above file: String, program: URL?) throws(UnknownSources) {
    let now = currentPath(ofSource: file, program: program)
    guard let root = packageRoot(above: now), let program, let built = changeDate(of: program)
    else { throw .missing }
    self.root = root
    self.program = program
    self.built = built
    engine = sourceFiles(under: root.appendingPathComponent("Sources"))
    if engine.isEmpty { throw .missing }
  }

  /// The files that decide the weights of a model trained with a backend from this module. The code
  /// that writes pages is not included.
  func training(backendModule: String) -> [URL] {
    (Fingerprint.trainingFolders + [backendModule]).sorted().flatMap {
      sourceFiles(under: root.appendingPathComponent("Sources/\($0)"))
    }
  }

  /// Checks that the program was built after the last change of its sources. A file that was
  /// restored with an old date is not noticed: `touch` it, or build again.
  func requireOlderThanProgram(_ files: [URL]) throws(UnknownSources) {
    if let newer = files.first(where: { (changeDate(of: $0) ?? .distantFuture) > built }) {
      throw .newerThanProgram(newer.lastPathComponent)
    }
  }
}

extension Fingerprint {
  /// The folders of `Sources` whose code decides the weights of a trained model, beside the backend.
  package static let trainingFolders = [
    "Autograd", "CProcessor", "Corpora", "LessonKit/Training", "SmallTransformer", "TensorCore",
  ]

  /// The fingerprint of the code that trains models: of the engine's sources, or of the program
  /// file if the sources are unknown. So a model of another engine is never loaded.
  package static func ofTraining(
    sourceFile: String, program: URL?, backendModule: String
  ) -> Fingerprint {
    var fingerprint = Fingerprint()
    do throws(UnknownSources) {
      let sources = try ProgramSources(above: sourceFile, program: program)
      let files = sources.training(backendModule: backendModule)
      try sources.requireOlderThanProgram(files)
      fingerprint.add(sources: files)
    } catch {
      let bytes = program.flatMap { try? Data(contentsOf: $0, options: .mappedIfSafe) } ?? Data()
      var checksum = ByteChecksum()
      bytes.withUnsafeBytes { checksum.append($0) }
      fingerprint.add(["program \(checksum)"])
    }
    return fingerprint
  }
}

/// The fingerprints of the steps of one run. Each also covers the earlier steps, so a step counts
/// as unchanged only if all steps before it are unchanged.
package struct StepFingerprints {
  /// Why no step can be reused; nil if the sources are known.
  package private(set) var unknown: UnknownSources?
  private var fingerprint: Fingerprint

  /// - Parameters:
  ///   - lessonFile: The file of the first step, as it was compiled.
  ///   - program: The running program, which must be newer than its sources.
  ///   - inputs: Device, threads, scale, seed and the like.
  package init(lessonFile: String, program: URL?, inputs: [String]) {
    fingerprint = Fingerprint(inputs: inputs)
    do throws(UnknownSources) {
      let sources = try ProgramSources(above: lessonFile, program: program)
      let now = currentPath(ofSource: lessonFile, program: program)
      let lesson = sourceFiles(under: lessonFolder(of: now))
      try sources.requireOlderThanProgram(sources.engine + lesson)
      fingerprint.add(sources: sources.engine)
      // The lesson's code outside of its steps is part of every fingerprint: a changed helper may
      // change any step.
      fingerprint.add(
        lesson.map { SourceFile(filePath: $0.path)?.textOutsideClosures(of: "step") ?? "" })
    } catch {
      unknown = error
    }
  }

  /// The fingerprint of the next step; `textsRead` are checksums of the texts read so far. Nil if
  /// the sources are unknown.
  package mutating func next(_ step: Step, textsRead: [String]) -> Fingerprint? {
    guard unknown == nil else { return nil }
    guard let source = step.source else {
      unknown = .missing
      return nil
    }
    fingerprint.add(textsRead + [step.title, source.text])
    return fingerprint
  }
}

/// Swift, C, C++ and OpenCL files in a folder and its subfolders, sorted by path.
private func sourceFiles(under folder: URL) -> [URL] {
  let kinds: Set<String> = ["swift", "cl", "c", "cpp", "h", "hpp"]
  let paths =
    FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
  return paths.filter { kinds.contains(($0 as NSString).pathExtension) }.sorted()
    .map(folder.appendingPathComponent)
}

private func changeDate(of file: URL) -> Date? {
  let path = file.resolvingSymlinksInPath().path
  return try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
}
