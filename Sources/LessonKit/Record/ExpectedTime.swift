import Foundation

/// A trained model that a run needed.
public struct ModelUse: Codable, Equatable, Sendable {
  /// The name of its file in the cache.
  public var file: String
  /// The seconds of its training, in the run that trained it.
  public var seconds: Double
  /// Whether this run loaded it from the cache.
  public var wasCached: Bool

  public init(file: String, seconds: Double, wasCached: Bool) {
    self.file = file
    self.seconds = seconds
    self.wasCached = wasCached
  }
}

/// The time of a run, from an earlier run of the same lesson, scale and machine.
package struct ExpectedTime: Equatable, Sendable {
  package var seconds: Double
  /// The number of models that the run needs.
  package var modelCount: Int
  /// The number of those that must be trained, because they are not in the cache.
  package var missingCount: Int

  package init(seconds: Double, modelCount: Int, missingCount: Int) {
    self.seconds = seconds
    self.modelCount = modelCount
    self.missingCount = missingCount
  }
}

extension RunSettings {
  /// The expected time of a run with these settings; nil if `record` is no finished run of the same
  /// scale on the same machine, device and threads.
  ///
  /// What is not training takes as long as before. A model that is in the cache is not trained again;
  /// the file of a model that another seed or text trained has another name.
  package func expectedTime(
    like record: RunRecord, device: String, threads: Int?
  ) -> ExpectedTime? {
    let facts = record.facts
    guard record.state == .finished, facts.scale == scale, facts.device == device,
      facts.threads == threads, let machine = facts.process?.machine,
      machine == RunProcess.machineName, let models = record.models
    else { return nil }
    let trained = models.filter { !$0.wasCached }.reduce(0) { $0 + $1.seconds }
    // A step that was reused took no time in that run.
    let reused = reusesSteps ? [] : record.steps.filter { $0.origin != .ran }
    let rest = record.seconds - trained + reused.reduce(0) { $0 + $1.seconds }
    let isSame = repeated(facts.command) == repeated(command)
    let missing = models.filter { model in
      let file = cacheFolder.appendingPathComponent(model.file).path
      return !isSame || !FileManager.default.fileExists(atPath: file)
    }
    return ExpectedTime(
      seconds: max(0, rest) + missing.reduce(0) { $0 + $1.seconds },
      modelCount: models.count, missingCount: missing.count)
  }

  /// The command without what changes no model.
  private func repeated(_ command: String) -> String {
    command.components(separatedBy: " --output")[0].replacing(" --reuse", with: "")
  }
}
