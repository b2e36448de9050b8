import Foundation
import SmallTransformer
import TensorCore

/// Trained models on disk, each under the hash of everything that went into it.
///
/// A file that is damaged or belongs to something else is found by its checksum and its identity,
/// told, and trained again.
struct ModelCache {
  let folder: URL

  /// Raised when the engine changes so that the same recipe gives other weights.
  private static let engineVersion = 1

  /// What came of looking for a model.
  enum Found {
    case losses([Double], seconds: Double)
    case nothing
    /// Why the file on disk cannot be used.
    case unusable(String)
  }

  func file(for recipe: String) -> URL {
    folder.appendingPathComponent(
      ByteChecksum(Array(full(recipe).utf8)).description + ".safetensors")
  }

  /// Loads the weights into the model if they are there and whole, and were trained by the step as it
  /// stands now: `step` is the checksum of its source, nil where that is not at hand.
  func load(_ recipe: String, step: String?, into model: Transformer) -> Found {
    let url = file(for: recipe)
    guard FileManager.default.fileExists(atPath: url.path) else { return .nothing }
    do {
      let saved = try SafetensorsFile(reading: url)
      guard saved.metadata["recipe"] == full(recipe) else {
        return .unusable("\(url.lastPathComponent) was made by another recipe.")
      }
      if let step, let then = saved.metadata["step"], then != step {
        return .unusable("The step that trains it has changed since.")
      }
      try model.loadWeights(from: url)
      return .losses(
        (saved.metadata["losses"] ?? "").split(separator: " ").compactMap { Double($0) },
        seconds: saved.metadata["seconds"].flatMap(Double.init) ?? 0)
    } catch {
      return .unusable(sentence(for: error))
    }
  }

  func save(
    _ model: Transformer, _ recipe: String, step: String?, losses: [Double], seconds: Double
  ) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var metadata = [
      "recipe": full(recipe), "seconds": String(seconds),
      "losses": losses.map { String($0) }.joined(separator: " "),
    ]
    metadata["step"] = step
    try model.saveWeights(to: file(for: recipe), metadata: metadata)
  }

  private func full(_ recipe: String) -> String { "engine \(Self.engineVersion); \(recipe)" }
}
