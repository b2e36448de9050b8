import Foundation
import TensorCore

/// What steps gave, on disk, for a later run that takes it in place of running them again. Of one
/// lesson, device, scale and seed each step has one place, so that the shelf does not grow.
///
/// A value that is damaged or cannot be written costs nothing but the time to run the step again.
package struct StepCache {
  private let folder: URL
  /// Names the run that the places belong to.
  private let run: String
  /// Steps that took less are run again: reading their value would save nothing.
  private let shortestSeconds: Double

  package init(folder: URL, run: String, shortestSeconds: Double) {
    (self.folder, self.run, self.shortestSeconds) = (folder, run, shortestSeconds)
  }

  /// A step with what it gave.
  package struct Kept<Value> {
    package var step: Step
    package var value: Value
  }

  /// The step at this place, if it was made under this fingerprint and gave such a value.
  package func take<Value>(_ place: Int, fingerprint: String, as type: Value.Type) -> Kept<Value>? {
    guard let type = type as? any Codable.Type,
      let data = FileManager.default.contents(atPath: file(place).path)
    else { return nil }
    return decode(type, from: data, fingerprint)
  }

  package func keep<Value>(_ value: Value, of step: Step, _ place: Int, fingerprint: String) {
    guard step.seconds >= shortestSeconds, let value = value as? any Codable,
      let data = try? encode(value, of: step, fingerprint)
    else { return }
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try? data.write(to: file(place), options: .atomic)
  }

  private func file(_ place: Int) -> URL {
    let name = ByteChecksum(Array("\(run), step \(place)".utf8)).description
    return folder.appendingPathComponent(name + ".json")
  }

  private struct Entry<Value: Codable>: Codable {
    var fingerprint: String
    var step: Step
    var value: Value
  }

  private func encode<Value: Codable>(
    _ value: Value, of step: Step, _ fingerprint: String
  ) throws -> Data {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .wordsForNonFinite
    return try encoder.encode(Entry(fingerprint: fingerprint, step: step, value: value))
  }

  private func decode<Value: Codable, Wanted>(
    _ type: Value.Type, from data: Data, _ fingerprint: String
  ) -> Kept<Wanted>? {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .wordsForNonFinite
    guard let entry = try? decoder.decode(Entry<Value>.self, from: data),
      entry.fingerprint == fingerprint, let value = entry.value as? Wanted
    else { return nil }
    return Kept(step: entry.step, value: value)
  }
}
