import Foundation
import SystemSupport
import TensorCore

/// Results of steps on disk, for a later run that reuses them. Each step of one lesson, device,
/// scale and seed has one file, so the cache does not grow with every run.
///
/// A file begins with a checksum. Two runs may write the same file: the last one remains, whole.
package struct StepCache {
  private let folder: URL
  /// Identifies the runs that the files belong to: lesson, device, scale, seed and so on.
  private let run: String
  /// Steps that took less time run again: loading their result would not save time.
  private let shortestSeconds: Double

  package init(folder: URL, run: String, shortestSeconds: Double) {
    (self.folder, self.run, self.shortestSeconds) = (folder, run, shortestSeconds)
  }

  /// What is on disk for a step.
  package enum Entry<Value> {
    case saved(Step, Value)
    /// There is no result, or it is from other sources.
    case none
    /// Why the file cannot be used.
    case unusable(String)
  }

  /// The step of this number, if it was saved with this fingerprint and has a result of this type.
  package func load<Value>(
    _ number: Int, _ fingerprint: Fingerprint, as type: Value.Type
  ) -> Entry<Value> {
    guard let type = type as? any Codable.Type,
      let data = try? RegularFile.read(file(number), byteLimit: 1 << 30)
    else { return .none }
    guard let text = ChecksummedData.unwrapped(data) else {
      return .unusable("The file is damaged.")
    }
    return decode(type, from: text, fingerprint)
  }

  /// Saves a step, if its result is `Codable` and it took long enough.
  /// - Throws: `FolderError` if the file cannot be written.
  package func save<Value>(
    _ value: Value, of step: Step, _ number: Int, _ fingerprint: Fingerprint
  ) throws(FolderError) {
    guard step.seconds >= shortestSeconds, let value = value as? any Codable,
      let data = try? encode(value, of: step, fingerprint)
    else { return }
    try FolderError.makeFolder(folder)
    do throws(SystemError) {
      try AtomicFile.write(ChecksummedData.wrapped(data), to: file(number))
    } catch {
      throw FolderError(path: folder.path, reason: error.description)
    }
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
  ) -> Entry<Wanted> {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .nonFiniteAsStrings
    // Other sources may have saved a result of another type.
    guard let saved = try? decoder.decode(Saved<Value>.self, from: data),
      saved.fingerprint == fingerprint.description, let value = saved.value as? Wanted
    else { return .none }
    return .saved(saved.step, value)
  }
}
