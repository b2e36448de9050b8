import ArgumentParser
import Corpora
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
    parsing: .unconditional,
    help: """
      Run one lesson once with each of these seeds, such as 11-20, and print every claim's values \
      beside its bound. The runs are kept in a folder of their own for each seed.
      """,
    transform: parsedSeeds)
  var seeds: ClosedRange<UInt64>?

  @Option(
    help: "Text to use in place of the lesson's own.", completion: .file(), transform: parsedPath)
  var corpus: String?

  @Option(
    parsing: .unconditional,
    help: "Number of threads of the processor (default: one per processor that lab may use).",
    transform: parsedThreads)
  var threads: Int?

  @Option(help: "Device to compute on: cpu, gpu, gpu:N, a part of a device's name, or both.")
  var device: DeviceChoice = .cpu

  @OptionGroup var runs: RunsFolderOption

  @Option(
    name: .customLong("with"),
    help: """
      An exercise that you have passed: the lesson runs your function in place of its own, or \
      compares it with what it measures.
      """,
    completion: .custom { _, _, _ in exerciseNames })
  var exercises: [String] = []

  @OptionGroup var workbook: WorkbookOption

  @Flag(help: "Reuse the results of earlier steps if nothing that decides them has changed.")
  var reuse = false

  func validate() throws {
    if threads != nil, case .openCL(let name) = device {
      throw ValidationError(
        "--threads is for the processor; with --device \(name) it has no effect. Leave it out.")
    }
    guard seeds != nil else { return }
    if seed != 1 { throw ValidationError("--seeds names all seeds; leave out --seed.") }
    if device == .both {
      throw ValidationError("--seeds is for one device; leave out --device both.")
    }
    if !exercises.isEmpty {
      throw ValidationError("--seeds is for the lesson's own code; leave out --with.")
    }
  }

  var threadCount: Int { threads ?? HostLimits.current.threadCount }

  /// Checks, before any work is done, that the file of `--corpus` can be read as a text.
  /// - Throws: `CorpusError`.
  func checkCorpus() throws {
    if let corpus { _ = try TextFile(URL(fileURLWithPath: corpus)) }
  }

  /// A sentence for the lessons that read no text, where `--corpus` has no effect; nil without it.
  func unusedCorpus(in lessons: [any Lesson.Type]) -> String? {
    let unaffected = lessons.filter { !$0.readsText }.map { $0.card.slug }
    guard corpus != nil, !unaffected.isEmpty else { return nil }
    let verb = unaffected.count == 1 ? "reads" : "read"
    return
      "\(unaffected.joined(separator: " and ")) \(verb) no text, so --corpus is not used there."
  }

  /// The settings of a run of one lesson on one device.
  ///
  /// Each device has its own cache of trained models, since the weights differ in the last digits.
  /// If both devices run, the runs on the processor have their own subfolder.
  ///
  /// A run for `--seeds` also has its own subfolder.
  func settings(
    of card: LessonCard, on device: ChosenDevice, with learners: [LearnerProgram] = []
  ) -> RunSettings {
    let ofSeed = seeds == nil ? nil : "seed-\(seed)"
    // A run with the learner's code does not replace one with the lesson's.
    let own =
      learners.isEmpty
      ? nil : "with-" + learners.map(\.exercise.name).joined(separator: "-and-")
    var settings = RunSettings(
      scale: scale, seed: seed, corpusPath: corpus,
      runsFolder: [ofSeed, own, device.subfolder].compactMap { $0 }
        .reduce(runs.folder) { $0.appendingPathComponent($1) },
      cacheFolder: device.cacheName.map(LabFolder.cache.appendingPathComponent) ?? LabFolder.cache,
      command: command(for: card), versions: Self.versions)
    settings.reusesSteps = reuse
    // Beside the other device's run, one with the learner's code, or one of several seeds, there is no
    // course page.
    if device.subfolder == nil, learners.isEmpty, ofSeed == nil { settings.course = course.cards }
    settings.learners = learners
    return settings
  }

  /// The command that repeats this run.
  private func command(for card: LessonCard) -> String {
    var words = ["lab", "run", card.slug, "--scale", scale.rawValue, "--seed", "\(seed)"]
    switch device {
    case .cpu, .both: words += ["--threads", "\(threadCount)"]
    case .openCL: break
    }
    if device != .cpu { words += ["--device", device.argument] }
    for exercise in exercises { words += repeatedOption("--with", exercise) }
    if let folder = workbook.workbook { words += repeatedOption("--workbook", folder) }
    if reuse { words.append("--reuse") }
    if let corpus { words += repeatedOption("--corpus", corpus) }
    if let output = runs.output { words += repeatedOption("--output", output) }
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

private func parsedSeed(_ text: String) throws -> UInt64 {
  guard let seed = UInt64(text) else {
    throw ValidationError("The seed must be a whole number from 0 to \(UInt64.max), not '\(text)'.")
  }
  return seed
}

/// Seeds such as `11-20`.
private func parsedSeeds(_ text: String) throws -> ClosedRange<UInt64> {
  let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt64($0) }
  guard ends.count == 2, let first = ends[0], let last = ends[1], first <= last,
    last - first < mostSeeds
  else {
    throw ValidationError(
      "--seeds must be a first and a last seed, such as 11-20, and at most \(mostSeeds) of them, "
        + "not '\(text)'.")
  }
  return first...last
}

/// More runs at once are more likely a slip than a plan.
private let mostSeeds: UInt64 = 100
