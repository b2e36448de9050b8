import Foundation
import TensorCore

extension Notebook {
  /// The fingerprint of the step that begins now; nil if the sources are unknown.
  func nextFingerprint(of step: Step, in lessonFile: String) -> Fingerprint? {
    var fingerprints =
      stepFingerprints
      ?? StepFingerprints(lessonFile: lessonFile, program: settings.program, inputs: runInputs)
    defer { stepFingerprints = fingerprints }
    return fingerprints.next(step, textsRead: textsRead)
  }

  var stepCache: StepCache {
    StepCache(
      folder: cacheFolder.appendingPathComponent("steps"), run: runInputs.joined(separator: ", "),
      shortestSeconds: settings.shortestKeptStep)
  }

  /// The fingerprint of a trained model: the code that trains it, the step that it is trained in,
  /// and the model that it starts from.
  func modelFingerprint(startingFrom start: TrainedModel?) -> String {
    var fingerprint =
      trainingFingerprint
      ?? .ofTraining(
        sourceFile: #filePath, program: settings.program,
        backendModule: moduleName(of: type(of: backend)))
    trainingFingerprint = fingerprint
    let source = openSteps.last.flatMap { step(at: $0).source?.text }
    fingerprint.add([source ?? "", start?.fingerprint ?? ""])
    return fingerprint.description
  }

  /// At the end of the page, lists how many steps were reused.
  func noticeReusedSteps() {
    guard settings.reusesSteps else { return }
    let steps = log.snapshot.steps
    let reused = steps.filter { $0.origin != .ran }.count
    notice(
      "Reused from earlier runs: \(reused) of \(steps.count) steps",
      stepFingerprints?.unknown.map {
        "\($0) So lab does not know which steps have changed, and it ran all of them."
      }
        ?? """
        A step is reused if all of this is unchanged: its source, the source of every step before \
        it, the engine, the lesson's other code, the text, device, scale and seed. Two kinds of \
        steps always run: those of less than \(Quantity.seconds.text(settings.shortestKeptStep)), \
        and those whose result cannot be saved, such as tensors. Trained models have their own cache.
        """)
  }

  /// At the end of the page, says what was computed again because of a damaged cache, and what a
  /// later run must compute again.
  func noticeCacheTroubles() {
    guard !cacheTroubles.sentences.isEmpty else { return }
    notice("Trouble with the cache", cacheTroubles.sentences.joined(separator: " "))
  }

  /// Where and how this run computes. It includes the machine, because times differ between
  /// machines.
  private var runInputs: [String] {
    [
      card.slug, RunProcess.machineName ?? "", backend.deviceName, "\(backend.threadCount) threads",
      "scale \(scale.rawValue)", "seed \(seed)", corpusPath ?? "the lesson's text",
    ] + settings.learners.map { "with \($0.fingerprint)" }
      + settings.versions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
  }
}

/// What went wrong with the cache in one run, each sentence once.
struct CacheTroubles {
  private(set) var sentences: [String] = []

  mutating func add(_ sentence: String) {
    if !sentences.contains(sentence) { sentences.append(sentence) }
  }

  /// A file that could not be saved. Only the first is told, since the others fail alike.
  /// - Returns: whether it is the first.
  @discardableResult
  mutating func add(unsaved reason: String, in path: String) -> Bool {
    defer { hasUnsaved = true }
    if !hasUnsaved {
      add("Nothing could be saved in \(path): \(reason). A later run computes it again.")
    }
    return !hasUnsaved
  }

  private var hasUnsaved = false
}

/// `CPUBackend` for the type `CPUBackend.CPUBackend`.
private func moduleName(of type: any Any.Type) -> String {
  String(String(reflecting: type).prefix { $0 != "." })
}
