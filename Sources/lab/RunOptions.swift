import ArgumentParser
import Foundation
import LessonKit

extension Scale: ExpressibleByArgument {}

/// What a reader can choose for a run.
struct RunOptions: ParsableArguments {
  @Option(help: "How much work: smoke (seconds), standard (minutes), full (close to the paper).")
  var scale: Scale = .standard

  @Option(
    parsing: .unconditional, help: "Where all randomness comes from; 0 or more.",
    transform: parsedSeed)
  var seed: UInt64 = 1

  @Option(help: "A text to read in place of the lesson's own.", completion: .file())
  var corpus: String?

  @Option(
    parsing: .unconditional, help: "Threads that share the work; all processors by default.",
    transform: parsedThreads)
  var threads: Int = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: "Where to compute: cpu, gpu, gpu:N or a part of its name, or both.")
  var device: DeviceChoice = .cpu

  @Option(
    help: "Where runs are written, one folder for each lesson (default: .lab/runs).",
    completion: .directory)
  var output: String?

  @Flag(help: "Take steps from earlier runs where nothing that decides them has changed.")
  var reuse = false

  /// The file is there and holds something, before any work is done.
  func checkCorpus() throws(CorpusFileError) {
    guard let corpus else { return }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: corpus, isDirectory: &isFolder) else {
      throw CorpusFileError(path: corpus, trouble: "is not there")
    }
    guard !isFolder.boolValue else {
      throw CorpusFileError(path: corpus, trouble: "is a folder, not a file")
    }
    let kind = try? FileManager.default.attributesOfItem(
      atPath: URL(fileURLWithPath: corpus).resolvingSymlinksInPath().path)[.type]
    guard kind as? FileAttributeType == .typeRegular else {
      throw CorpusFileError(path: corpus, trouble: "is no regular file")
    }
    guard let file = FileHandle(forReadingAtPath: corpus) else {
      throw CorpusFileError(path: corpus, trouble: "cannot be read")
    }
    guard let start = try? file.read(upToCount: 1), !start.isEmpty else {
      throw CorpusFileError(path: corpus, trouble: "is empty")
    }
  }

  /// The settings of a run of one lesson.
  /// Models trained on another device have weights of their own, and so a cache of their own; of
  /// two runs, that on the processor is written beside the other's folder.
  func settings(of card: LessonCard, on chosen: ChosenDevice? = nil) -> RunSettings {
    let runs = output.map { URL(fileURLWithPath: $0) } ?? RunsFolder.standard
    var settings = RunSettings(
      scale: scale, seed: seed, corpusPath: corpus,
      runsFolder: chosen?.subfolder.map(runs.appendingPathComponent) ?? runs,
      cacheFolder: chosen?.cacheName.map(RunsFolder.cache.appendingPathComponent)
        ?? RunsFolder.cache, command: command(for: card), versions: Self.versions)
    settings.reusesSteps = reuse
    return settings
  }

  private func command(for card: LessonCard) -> String {
    var words = ["lab", "run", card.slug, "--scale", scale.rawValue, "--seed", "\(seed)"]
    words += ["--threads", "\(threads)"]
    if device != .cpu { words += ["--device", device.word] }
    if reuse { words.append("--reuse") }
    if let corpus { words += ["--corpus", corpus.contains(" ") ? "'\(corpus)'" : corpus] }
    return words.joined(separator: " ")
  }

  private static var versions: [String: String] {
    #if compiler(>=6.3)
      let swift = "6.3"
    #elseif compiler(>=6.2)
      let swift = "6.2"
    #else
      let swift = "6.0"
    #endif
    let system = ProcessInfo.processInfo.operatingSystemVersionString
    return ["lab": labVersion, "Swift": swift, "system": system]
  }
}

/// A text that the reader named and that cannot be used.
struct CorpusFileError: Error, CustomStringConvertible {
  let path: String
  let trouble: String

  var description: String {
    "The text \(path) \(trouble). Give another with --corpus FILE, or leave it out to read the "
      + "lesson's own text."
  }
}

private func parsedSeed(_ text: String) throws -> UInt64 {
  guard let seed = UInt64(text) else {
    throw ValidationError("The seed is a whole number from 0 to \(UInt64.max); '\(text)' is not.")
  }
  return seed
}

func parsedThreads(_ text: String) throws -> Int {
  let most = ProcessInfo.processInfo.activeProcessorCount
  guard let count = Int(text), (1...most).contains(count) else {
    throw ValidationError(
      "The number of threads is from 1 to \(most), the processors here; '\(text)' is not.")
  }
  return count
}
