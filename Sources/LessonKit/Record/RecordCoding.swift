import Foundation

extension RunRecord {
  /// JSON with sorted keys, so that differences between two runs are small. A number that is not
  /// finite is written as a word, since JSON has none.
  public func encoded() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .wordsForNonFinite
    return try encoder.encode(self)
  }

  /// - Throws: `RecordError` where the bytes are no record, or one of a newer version.
  public static func decoded(from data: Data, at path: String) throws -> RunRecord {
    struct Version: Decodable { var version: Int }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .wordsForNonFinite
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
  /// JSON has no number for them.
  static var wordsForNonFinite: Self {
    .convertToString(positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
  }
}

extension JSONDecoder.NonConformingFloatDecodingStrategy {
  static var wordsForNonFinite: Self {
    .convertFromString(positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
  }
}

/// A record on disk that cannot be used.
public enum RecordError: Error, Equatable, CustomStringConvertible {
  case missing(path: String)
  case unreadable(path: String)
  case otherVersion(path: String, version: Int)

  public var description: String {
    switch self {
    case .missing(let path): "There is no run at \(path). Run the lesson first: lab run SLUG"
    case .unreadable(let path):
      "\(path) is no run record, or was cut short. Run the lesson again; it is written anew."
    case .otherVersion(let path, let version):
      "\(path) was written by another version of lab (record \(version), this one reads "
        + "\(RunRecord.currentVersion)). Run the lesson again; it is written anew."
    }
  }
}
