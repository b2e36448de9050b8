import Foundation
import Testing

/// Files that other programs wrote for the tests: `Tests/Golden`.
public enum GoldenFolder {
  public static let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Golden")

  /// The value in a JSON file of the folder.
  public static func decode<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: url.appendingPathComponent(name)))
  }

  /// The Float32 numbers in the bytes of a JSON file.
  public static func floats(_ data: Data) -> [Float] {
    data.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map {
        let bits = bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)
        return Float(bitPattern: UInt32(littleEndian: bits))
      }
    }
  }
}

/// The file of the published model, which `lab model` fetches.
public enum PublishedModelFile {
  public static let url = GoldenFolder.url.deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent(".lab/models/SmolLM2-135M-Instruct.Q4_1.gguf")
}

extension Trait where Self == Needs {
  /// The file of the published model.
  public static var needsPublishedModel: Needs {
    .needs("published model", "'lab model' fetches it") {
      FileManager.default.fileExists(atPath: PublishedModelFile.url.path)
    }
  }
}
