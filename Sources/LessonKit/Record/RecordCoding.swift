import Foundation

extension RunRecord {
  /// JSON with sorted keys, so that a diff of two runs is small. Infinity and NaN are written as
  /// strings, because JSON has no such numbers.
  package func encoded() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .nonFiniteAsStrings
    return try encoder.encode(self)
  }

  /// - Throws: `RecordError` if the bytes are not a record of this version.
  package static func decoded(from data: Data, at path: String) throws -> RunRecord {
    struct Version: Decodable { var version: Int }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .nonFiniteAsStrings
    guard let version = try? decoder.decode(Version.self, from: data).version else {
      throw RecordError.unreadable(path: path)
    }
    guard version == currentVersion else {
      throw RecordError.otherVersion(path: path, version: version)
    }
    do {
      return try decoder.decode(RunRecord.self, from: data)
    } catch {
      throw RecordError.unreadable(path: path)
    }
  }
}

extension JSONEncoder.NonConformingFloatEncodingStrategy {
  /// JSON has no such numbers.
  static var nonFiniteAsStrings: Self {
    .convertToString(positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
  }
}

extension JSONDecoder.NonConformingFloatDecodingStrategy {
  static var nonFiniteAsStrings: Self {
    .convertFromString(positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
  }
}

/// Why a record on disk cannot be used.
package enum RecordError: Error, Equatable, CustomStringConvertible {
  case missing(path: String)
  case unreadable(path: String)
  case otherVersion(path: String, version: Int)
  /// New runs replaced it again and again while it was read.
  case replaced(path: String)

  package var description: String {
    switch self {
    case .missing(let path): "There is no run at \(path). Run the lesson first: lab run LESSON"
    case .unreadable(let path):
      "\(path) is not a run record, or is not complete. Run the lesson again to replace it."
    case .otherVersion(let path, let version):
      "\(path) was written by another version of lab (record \(version), this one reads "
        + "\(RunRecord.currentVersion)). Run the lesson again to replace it."
    case .replaced(let path):
      "\(path) was replaced by new runs while it was read. Try again when they have ended."
    }
  }
}
