import Foundation
import SystemSupport
import TensorCore

extension SafetensorsFile {
  /// Writes all tensors as F32, in their order, with a checksum of the data.
  ///
  /// The same tensors and metadata always give the same bytes. The data goes to a temporary file
  /// that is then renamed, so `url` is always a complete file, the old one or the new one.
  /// - Complexity: O(n) time; the extra memory is the bytes of the largest tensor.
  /// - Throws: `SafetensorsError.unwritable`; the temporary file is removed.
  /// - Precondition: every tensor has as many values as its shape says; the names differ, and none
  ///   is `__metadata__`.
  public func write(to url: URL) throws(SafetensorsError) {
    checkTensors()
    do throws(SystemError) {
      try AtomicFile.replace(url, synchronizes: true) { file throws(SystemError) in
        try file.append(headerBytes())
        for tensor in tensors { try file.append(littleEndianBytes(tensor.values)) }
      }
    } catch {
      throw .unwritable(file: url.path, reason: "\(error)")
    }
  }

  private func checkTensors() {
    var names: Set<String> = [Self.metadataName]
    for tensor in tensors {
      precondition(
        names.insert(tensor.name).inserted, "safetensors: two tensors are named \(tensor.name)")
      precondition(
        tensor.shape.allSatisfy { $0 >= 0 } && tensor.shape.reduce(1, *) == tensor.values.count,
        "safetensors: \(tensor.name) of shape \(tensor.shape) has \(tensor.values.count) values")
    }
  }

  /// The length and the JSON, padded so that the data starts at a multiple of 8.
  private func headerBytes() -> Data {
    var fields = [(name: Self.metadataName, json: metadataObject())]
    var offset = 0
    for (name, shape, values) in tensors {
      let extents = shape.map(String.init).joined(separator: ",")
      let end = offset + 4 * values.count
      let json = #"{"dtype":"F32","shape":[\#(extents)],"data_offsets":[\#(offset),\#(end)]}"#
      fields.append((name, json))
      offset = end
    }
    var json = jsonObject(fields)
    json += String(repeating: " ", count: (8 - json.utf8.count % 8) % 8)
    var bytes = withUnsafeBytes(of: UInt64(json.utf8.count).littleEndian) { Data($0) }
    bytes.append(contentsOf: json.utf8)
    return bytes
  }

  /// Sorted by key, so that equal metadata gives equal bytes.
  private func metadataObject() -> String {
    var checksum = ByteChecksum()
    for tensor in tensors {
      littleEndianBytes(tensor.values).withUnsafeBytes { checksum.append($0) }
    }
    var texts = metadata
    texts[Self.checksumKey] = checksum.description
    return jsonObject(texts.sorted { $0.key < $1.key }.map { ($0.key, jsonString($0.value)) })
  }
}

private func littleEndianBytes(_ values: [Float]) -> Data {
  #if _endian(little)
    values.withUnsafeBytes { Data($0) }
  #else
    values.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) }
  #endif
}

/// `fields` are names without quotes, and values that are JSON.
private func jsonObject(_ fields: [(name: String, json: String)]) -> String {
  "{" + fields.map { jsonString($0.name) + ":" + $0.json }.joined(separator: ",") + "}"
}

private func jsonString(_ text: String) -> String {
  var quoted = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": quoted += "\\\""
    case "\\": quoted += "\\\\"
    case "\u{0}"..."\u{1F}":
      let digits = String(scalar.value, radix: 16)
      quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: quoted.unicodeScalars.append(scalar)
    }
  }
  return quoted + "\""
}
