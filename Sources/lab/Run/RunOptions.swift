import ArgumentParser
import Foundation
import LessonKit
import SystemSupport

extension Scale: ExpressibleByArgument {}

/// The options that decide the results of a run.
struct RunOptions: ParsableArguments {
  @Option(help: "Amount of work: smoke (seconds), standard (minutes), full (tens of minutes).")
  var scale: Scale = .standard

  @Option(
    parsing: .unconditional, help: "Seed of all random numbers, 0 or more (default: 1).",
    transform: parsedSeed)
  var seed: UInt64 = 1

  @Option(
    help: "Text to use in place of the lesson's own.", completion: .file(), transform: parsedPath)
  var corpus: String?

  @Option(
    parsing: .unconditional, help: "Number of threads (default: one per processor).",
    transform: parsedThreads)
  var threads: Int = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: "Device to compute on: cpu, gpu, gpu:N, a part of a device's name, or both.")
  var device: DeviceChoice = .cpu

  @OptionGroup var runs: RunsFolderOption

  @Flag(help: "Reuse the results of earlier steps if nothing that decides them has changed.")
  var reuse = false

  /// Checks that the file of `--corpus` can be read and is not empty.
  func checkCorpus() throws(CorpusFileError) {
    guard let corpus else { return }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: corpus, isDirectory: &isFolder) else {
      throw CorpusFileError(path: corpus, reason: "does not exist")
    }
    guard !isFolder.boolValue else {
      throw CorpusFileError(path: corpus, reason: "is a folder, not a file")
    }
    let kind = try? FileManager.default.attributesOfItem(
      atPath: URL(fileURLWithPath: corpus).resolvingSymlinksInPath().path)[.type]
    guard kind as? FileAttributeType == .typeRegular else {
      throw CorpusFileError(path: corpus, reason: "is not a regular file")
    }
    guard let file = FileHandle(forReadingAtPath: corpus) else {
      throw CorpusFileError(path: corpus, reason: "cannot be read")
    }
    guard let start = try? file.read(upToCount: 1), !start.isEmpty else {
      throw CorpusFileError(path: corpus, reason: "is empty")
    }
  }

  /// The settings of a run of one lesson on one device.
  ///
  /// Each device has its own cache of trained models, since the weights differ in the last digits.
  /// If both devices run, the runs on the processor have their own subfolder.
  func settings(of card: LessonCard, on device: ChosenDevice) -> RunSettings {
    var settings = RunSettings(
      scale: scale, seed: seed, corpusPath: corpus,
      runsFolder: device.subfolder.map(runs.folder.appendingPathComponent) ?? runs.folder,
      cacheFolder: device.cacheName.map(LabFolder.cache.appendingPathComponent) ?? LabFolder.cache,
      command: command(for: card), versions: Self.versions)
    settings.reusesSteps = reuse
    return settings
  }

  /// The command that repeats this run.
  private func command(for card: LessonCard) -> String {
    var words = ["lab", "run", card.slug, "--scale", scale.rawValue, "--seed", "\(seed)"]
    words += ["--threads", "\(threads)"]
    if device != .cpu { words += ["--device", device.argument] }
    if reuse { words.append("--reuse") }
    if let corpus { words += repeatedOption("--corpus", corpus) }
    return words.shellCommand
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

/// The file of `--corpus` cannot be used.
struct CorpusFileError: Error, CustomStringConvertible {
  let path: String
  let reason: String

  var description: String {
    "The text \(path) \(reason). Name another file with --corpus FILE, or leave out --corpus "
      + "to use the lesson's own text."
  }
}

private func parsedSeed(_ text: String) throws -> UInt64 {
  guard let seed = UInt64(text) else {
    throw ValidationError("The seed must be a whole number from 0 to \(UInt64.max), not '\(text)'.")
  }
  return seed
}
