import Foundation
import TensorCore

extension Notebook {
  /// The checksum of everything up to this step; nil where nobody can know it.
  func fingerprint(with step: Step, in lessonFile: String) -> String? {
    let lineage =
      self.lineage
      ?? StepLineage(
        lessonFile: lessonFile, program: settings.program, witnesses: stepFolder,
        circumstances: circumstances)
    self.lineage = lineage
    return lineage.fingerprint(with: step, textsRead)
  }

  var shelf: StepCache {
    StepCache(
      folder: stepFolder,
      run: circumstances.joined(separator: ", "), shortestSeconds: settings.shortestKeptStep)
  }

  private var stepFolder: URL { cacheFolder.appendingPathComponent("steps") }

  /// At the end of the page: what of it did not run.
  func noticeTaken() {
    guard settings.reusesSteps else { return }
    let steps = log.snapshot.steps
    let taken = steps.filter { $0.reusedFrom != nil }.count
    notice(
      "Taken from earlier runs: \(taken) of \(steps.count) steps",
      lineage?.unknown?.description
        ?? """
        A step is taken where its source, that of every step before it, the engine and the lesson's \
        other code, and the text, device, scale and seed are the same as then. Steps of less than \
        \(Quantity.seconds.text(settings.shortestKeptStep)) ran again, and so did those whose result \
        cannot be kept, such as tensors; trained models come from a cache of their own.
        """)
  }

  /// Where and how this run computes. Times of another machine are not this one's.
  private var circumstances: [String] {
    [
      card.slug, RunProcess.machineName ?? "", backend.deviceName, "\(backend.threadCount) threads",
      "scale \(scale.rawValue)", "seed \(seed)", corpusPath ?? "the lesson's text",
    ] + settings.versions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
  }
}
