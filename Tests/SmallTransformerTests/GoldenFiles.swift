import CPUBackend
import Foundation
import ModelFiles
import SmallTransformer
import TensorCore

/// Reference numbers from PyTorch; see `Tests/Golden/README.md`.
struct GoldenFile {
  let file: SafetensorsFile
  let url: URL

  init(_ name: String, sourceFile: String = #filePath) throws {
    url = URL(fileURLWithPath: sourceFile).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Golden/\(name)")
    file = try SafetensorsFile(reading: url)
  }

  func values(_ name: String) throws -> [Float] {
    guard let found = file[name] else { throw MissingGolden(name: name) }
    return found.values
  }

  func tokens(_ name: String) throws -> [Int32] { try values(name).map { Int32($0) } }
}

struct MissingGolden: Error { let name: String }

/// The two small models of the golden files.
enum GoldenModel: String, CaseIterable, Sendable {
  case gpt
  case llama

  var configuration: TransformerConfiguration {
    switch self {
    case .gpt: .gpt(vocabularyCount: 50, modelDim: 32, layerCount: 2, headCount: 4)
    case .llama:
      .llama(vocabularyCount: 50, modelDim: 32, layerCount: 2, headCount: 4, kvHeadCount: 2)
    }
  }

  func load(on backend: any Backend) throws -> (Transformer, GoldenFile) {
    let golden = try GoldenFile("\(rawValue).safetensors")
    let model = Transformer(configuration, on: backend, seed: 0)
    try model.loadWeights(from: golden.url)
    return (model, golden)
  }
}
