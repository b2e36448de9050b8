import Foundation

/// The header of a safetensors file: the tensors and their offsets, without the data.
struct SafetensorsHeader {
  struct Entry {
    let name: String
    let dataType: SafetensorsDataType
    let shape: [Int]
    /// Byte offsets from the start of the data.
    let begin: Int
    let end: Int
  }

  /// In the order of their data.
  let entries: [Entry]
  let metadata: [String: String]
  /// Offset of the data in the file, in bytes.
  let dataStart: Int

  /// Bytes of a header with its length, from the first 8 bytes of the file.
  static func byteCount(_ bytes: Data, file: String) throws(SafetensorsError) -> Int {
    guard bytes.count >= 8 else {
      throw .truncated(file: file, expectedBytes: 8, actualBytes: bytes.count)
    }
    let length = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    // The format's limit. With a larger value the file is not a safetensors file, rather than a
    // truncated one.
    guard length <= 100_000_000 else {
      throw .badHeader(
        file: file, reason: "its first 8 bytes say that the header has \(length) bytes")
    }
    return 8 + Int(length)
  }

  /// Reads the length, the JSON and every entry, but no data.
  init(bytes: Data, file: String) throws(SafetensorsError) {
    dataStart = try Self.byteCount(bytes, file: file)
    guard bytes.count >= dataStart else {
      throw .truncated(file: file, expectedBytes: dataStart, actualBytes: bytes.count)
    }
    let json = Data(bytes.dropFirst(8).prefix(dataStart - 8))
    let raw: RawHeader
    do {
      raw = try JSONDecoder().decode(RawHeader.self, from: json)
    } catch {
      throw .badHeader(file: file, reason: headerProblem(error))
    }
    metadata = raw.metadata
    var checked: [Entry] = []
    for (name, entry) in raw.entries {
      checked.append(try Self.check(entry, name: name, file: file))
    }
    entries = checked.sorted { ($0.begin, $0.end, $0.name) < ($1.begin, $1.end, $1.name) }
  }

  /// Checks that tensors have no gaps and no overlaps, and that every byte belongs to one.
  func checkLayout(dataByteCount: Int, file: String) throws(SafetensorsError) {
    var end = 0
    for entry in entries {
      guard entry.begin == end else {
        let problem = entry.begin < end ? "overlaps" : "leaves a gap after"
        throw .badTensor(
          file: file, tensor: entry.name,
          reason:
            "it starts at byte \(entry.begin) and \(problem) the tensor that ends at byte \(end)")
      }
      end = entry.end
    }
    guard dataByteCount >= end else {
      // No file is this large, and neither is an Int.
      let (expected, overflows) = dataStart.addingReportingOverflow(end)
      guard !overflows else {
        throw .badHeader(file: file, reason: "its header says that the data has \(end) bytes")
      }
      throw .truncated(
        file: file, expectedBytes: expected, actualBytes: dataStart + dataByteCount)
    }
    guard dataByteCount == end else {
      throw .badHeader(
        file: file, reason: "its last \(dataByteCount - end) bytes belong to no tensor")
    }
  }

  private static func check(
    _ entry: RawEntry, name: String, file: String
  ) throws(SafetensorsError) -> Entry {
    guard let dataType = SafetensorsDataType(rawValue: entry.dtype) else {
      throw .unsupportedDataType(file: file, tensor: name, dataType: entry.dtype)
    }
    guard entry.offsets.count == 2, 0 <= entry.offsets[0], entry.offsets[0] <= entry.offsets[1]
    else {
      throw .badTensor(
        file: file, tensor: name, reason: "its data_offsets \(entry.offsets) are not a range")
    }
    let byteCount = entry.offsets[1] - entry.offsets[0]
    guard expectedBytes(shape: entry.shape, dataType: dataType) == byteCount else {
      throw .badTensor(
        file: file, tensor: name,
        reason: "shape \(entry.shape) of \(entry.dtype) does not have \(byteCount) bytes")
    }
    return Entry(
      name: name, dataType: dataType, shape: entry.shape, begin: entry.offsets[0],
      end: entry.offsets[1])
  }

  /// Nil for a negative extent and for a product that overflows.
  private static func expectedBytes(shape: [Int], dataType: SafetensorsDataType) -> Int? {
    var bytes = dataType.byteCount
    for extent in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow else { return nil }
      bytes = product
    }
    return bytes
  }
}

/// The JSON of the header.
private struct RawHeader: Decodable {
  var metadata: [String: String] = [:]
  var entries: [(name: String, entry: RawEntry)] = []

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: AnyKey.self)
    for key in container.allKeys {
      if key.stringValue == SafetensorsFile.metadataName {
        metadata = try container.decode([String: String].self, forKey: key)
      } else {
        entries.append((key.stringValue, try container.decode(RawEntry.self, forKey: key)))
      }
    }
  }
}

private struct RawEntry: Decodable {
  let dtype: String
  let shape: [Int]
  let offsets: [Int]

  enum CodingKeys: String, CodingKey {
    case dtype
    case shape
    case offsets = "data_offsets"
  }
}

private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

private func headerProblem(_ error: any Error) -> String {
  switch error as? DecodingError {
  case .keyNotFound(let key, let context):
    return "in its header \(place(context)) has no \"\(key.stringValue)\""
  case .typeMismatch(_, let context), .valueNotFound(_, let context):
    return "in its header \(place(context)) has the wrong type"
  default:
    return "its header is not JSON"
  }
}

private func place(_ context: DecodingError.Context) -> String {
  let keys = context.codingPath.map(\.stringValue)
  return keys.isEmpty ? "the top level" : "\"" + keys.joined(separator: "\" \"") + "\""
}
