import Foundation
import TensorCore

/// Everything that decides what a step gives, as one checksum that grows with the run: where and how
/// it runs, the sources of the engine and of the lesson, the texts that were read, and the source of
/// every step so far. So a step counts as unchanged only where all steps before it are, too.
///
/// What stands in the lesson outside its steps counts as a whole: a helper that changed may change any
/// of them.
package final class StepLineage {
  /// Why no step's value can be kept or taken; nil where all is known.
  package private(set) var unknown: UnknownLineage?
  private var checksum = ByteChecksum()
  private let lesson: String

  /// - Parameters:
  ///   - lessonFile: the file of the first step, as it was compiled.
  ///   - program: the running program, which must be younger than the sources it stands for.
  ///   - witnesses: a folder in which a program's first run leaves the checksum of its sources, so that
  ///     older files put back under it are seen; nil for nowhere.
  ///   - circumstances: device, threads, scale, seed and the like.
  /// - Complexity: reads every source once, a few milliseconds a megabyte.
  package init(
    lessonFile: String, program: URL?, witnesses: URL? = nil, circumstances: [String]
  ) {
    let folder = lessonFolder(of: lessonFile)
    lesson = folder.lastPathComponent
    circumstances.forEach(add)
    guard let root = packageRoot(above: lessonFile) else {
      unknown = .sourcesMissing
      return
    }
    let engine = sourceFiles(under: root.appendingPathComponent("Sources"))
    let pages = sourceFiles(under: folder)
    guard !engine.isEmpty, let built = program.flatMap(dateOfChange) else {
      unknown = .sourcesMissing
      return
    }
    if let newer = (engine + pages).first(where: { (dateOfChange($0) ?? .distantFuture) > built }) {
      unknown = .sourceIsNewer(newer.lastPathComponent)
      return
    }
    let texts = (engine + pages).map { (try? String(contentsOf: $0, encoding: .utf8)) ?? "" }
    guard isWitnessed(texts, of: program, built: built, in: witnesses) else {
      unknown = .otherSources
      return
    }
    for text in texts.prefix(engine.count) { add(text) }
    for file in pages {
      add(SourceFile(filePath: file.path)?.textOutsideClosures(of: "step") ?? "")
    }
  }

  /// Whether this program has been seen with these sources, or with none so far.
  private func isWitnessed(
    _ texts: [String], of program: URL?, built: Date, in folder: URL?
  ) -> Bool {
    guard let folder, let program else { return true }
    let name = ByteChecksum(Array("\(program.path), \(lesson)".utf8)).description
    let file = folder.appendingPathComponent("program-\(name).txt")
    let build = "\(built.timeIntervalSince1970) "
    let sources = ByteChecksum(Array(texts.joined(separator: "\0").utf8)).description
    if let seen = try? String(contentsOf: file, encoding: .utf8), seen.hasPrefix(build) {
      return seen == build + sources
    }
    // Another build, or the first: what stands here now is what it was built from.
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try? Data((build + sources).utf8).write(to: file, options: .atomic)
    return true
  }

  private func add(_ text: String) {
    let bytes = Array(text.utf8) + [0]
    bytes.withUnsafeBytes { checksum.append($0) }
  }

  /// The checksum up to and with this step, and the texts read by then; nil where it cannot be known.
  package func fingerprint(with step: Step, _ textsRead: [String]) -> String? {
    guard unknown == nil else { return nil }
    guard let source = step.source else {
      unknown = .sourcesMissing
      return nil
    }
    (textsRead + [step.title, source.text]).forEach(add)
    return checksum.description
  }
}

/// Why nobody can say whether a step has changed.
package enum UnknownLineage: Equatable, CustomStringConvertible {
  case sourcesMissing
  case sourceIsNewer(String)
  case otherSources

  package var description: String {
    switch self {
    case .sourcesMissing:
      "The sources that this program was built from are not at hand, so nobody can say what changed."
    case .sourceIsNewer(let file):
      "\(file) was changed after this program was built: build it (`make build`), then run again."
    case .otherSources:
      "The sources are not those that this program ran with before: build it (`make build`), then "
        + "run again."
    }
  }
}

/// Swift, C and OpenCL files of a folder and all below it, by path.
private func sourceFiles(under folder: URL) -> [URL] {
  let kinds: Set<String> = ["swift", "cl", "c", "cpp", "h"]
  let paths =
    FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
  return paths.filter { kinds.contains(($0 as NSString).pathExtension) }.sorted()
    .map(folder.appendingPathComponent)
}

private func dateOfChange(_ file: URL) -> Date? {
  let path = file.resolvingSymlinksInPath().path
  return try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
}
