import Foundation
import ModelFiles
import SmallTransformer
import SystemSupport
import TensorCore

/// Trained models on disk. The file of a model is named after its recipe; the fingerprint of the
/// code that trained it is stored inside and must be the same.
///
/// If a file is damaged, or belongs to another recipe or to changed code, this is reported and the
/// model is trained again. Two runs may train the same model: both save it, and the file of the last
/// one remains, whole.
struct ModelCache {
  let folder: URL

  enum LoadResult {
    case loaded(losses: [Double], seconds: Double)
    case missing
    /// Why the file on disk cannot be used.
    case unusable(String)
  }

  func file(for recipe: String) -> URL {
    folder.appendingPathComponent("\(Fingerprint(inputs: [recipe])).safetensors")
  }

  /// Loads the weights into the model, if the file exists, is complete and has this fingerprint and
  /// one loss per training step. The checksum of the file does not cover the losses.
  func load(
    _ recipe: String, _ fingerprint: String, stepCount: Int, into model: Transformer
  ) -> LoadResult {
    let url = file(for: recipe)
    guard FileManager.default.fileExists(atPath: url.path) else { return .missing }
    do {
      let saved = try SafetensorsFile(reading: url)
      guard saved.metadata["recipe"] == recipe else {
        return .unusable("\(url.lastPathComponent) belongs to another recipe.")
      }
      guard saved.metadata["fingerprint"] == fingerprint else {
        return .unusable("The engine, or the step that trains it, has changed since.")
      }
      let losses = (saved.metadata["losses"] ?? "").split(separator: " ").compactMap { Double($0) }
      guard losses.count == stepCount else {
        return .unusable(
          "\(url.lastPathComponent) has \(losses.count) losses, not one for each of the "
            + "\(stepCount) training steps.")
      }
      guard let seconds = saved.metadata["seconds"].flatMap(Double.init), seconds >= 0,
        seconds.isFinite
      else { return .unusable("\(url.lastPathComponent) does not say how long it trained.") }
      // Not from the path again, where another run may have put another file.
      try model.loadWeights(of: saved, named: url.lastPathComponent)
      return .loaded(losses: losses, seconds: seconds)
    } catch {
      return .unusable(sentence(for: error))
    }
  }

  func save(
    _ model: Transformer, _ recipe: String, _ fingerprint: String, losses: [Double],
    seconds: Double
  ) throws(FolderError) {
    try FolderError.makeFolder(folder)
    do throws(SafetensorsError) {
      try model.saveWeights(
        to: file(for: recipe),
        metadata: [
          "recipe": recipe, "fingerprint": fingerprint, "seconds": String(seconds),
          "losses": losses.map { String($0) }.joined(separator: " "),
        ])
    } catch {
      guard case .unwritable(_, let reason) = error else {
        throw FolderError(path: folder.path, reason: sentence(for: error))
      }
      throw FolderError(path: folder.path, reason: reason)
    }
  }
}
