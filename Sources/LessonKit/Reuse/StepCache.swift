import Foundation
import SystemSupport
import TensorCore

/// Results of steps on disk, for a later run that reuses them. Each step of one lesson, device,
/// scale and seed has one file, so the cache does not grow with every run.
///
/// If a result is damaged or cannot be written, the step runs again; nothing else is lost.
package struct StepCache {
  private let folder: URL
  /// Identifies the runs that the files belong to: lesson, device, scale, seed and so on.
  private let run: String
  /// Steps that took less time run again: loading their result would not save time.
  private let shortestSeconds: Double

  package init(folder: URL, run: String, shortestSeconds: Double) {
    (self.folder, self.run, self.shortestSeconds) = (folder, run, shortestSeconds)
  }

  /// A step with its result.
  package struct Entry<Value> {
    package var step: Step
    package var value: Value
  }

  /// The step of this number, if it was saved with this fingerprint and has a result of this type.
  package func load<Value>(
    _ number: Int, _ fingerprint: Fingerprint, as type: Value.Type
  ) -> Entry<Value>? {
    guard let type = type as? any Codable.Type,
      let data = FileManager.default.contents(atPath: file(number).path)
    else { return nil }
    return decode(type, from: data, fingerprint)
  }

  /// Saves a step, if its result is `Codable` and it took long enough.
  package func save<Value>(
    _ value: Value, of step: Step, _ number: Int, _ fingerprint: Fingerprint
  ) {
    guard step.seconds >= shortestSeconds, let value = value as? any Codable,
      let data = try? encode(value, of: step, fingerprint)
    else { return }
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try? AtomicFile.write(data, to: file(number))
  }

  private func file(_ number: Int) -> URL {
    folder.appendingPathComponent("\(Fingerprint(inputs: [run, "step \(number)"])).json")
  }

  private struct Saved<Value: Codable>: Codable {
    var fingerprint: String
    var step: Step
    var value: Value
  }

  private func encode<Value: Codable>(
    _ value: Value, of step: Step, _ fingerprint: Fingerprint
  ) throws -> Data {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .nonFiniteAsStrings
    return try encoder.encode(
      Saved(fingerprint: fingerprint.description, step: step, value: value))
  }

  private func decode<Value: Codable, Wanted>(
    _ type: Value.Type, from data: Data, _ fingerprint: Fingerprint
  ) -> Entry<Wanted>? {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .nonFiniteAsStrings
    guard let saved = try? decoder.decode(Saved<Value>.self, from: data),
      saved.fingerprint == fingerprint.description, let value = saved.value as? Wanted
    else { return nil }
    return Entry(step: saved.step, value: value)
  }
}
