import Foundation
import TensorCore

extension SafetensorsFile {
  /// Reads a file of F32, F16 or BF16 tensors; the two short types become Float exactly.
  ///
  /// Where the file carries our checksum the numbers are held against it.
  /// - Complexity: O(n) time; the file is mapped, so the extra memory is the values.
  /// - Throws: `SafetensorsError`, for a file that is anything but whole.
  public init(reading url: URL) throws(SafetensorsError) {
    let file = url.path
    let bytes = try Self.bytes(of: url)
    let header = try SafetensorsHeader(bytes: bytes, file: file)
    let numbers = bytes.dropFirst(header.dataStart)
    try header.checkLayout(dataByteCount: numbers.count, file: file)
    try Self.verify(numbers, against: header.metadata[Self.checksumKey], file: file)
    tensors = numbers.withUnsafeBytes { raw in
      header.entries.map { entry in
        let slice = UnsafeRawBufferPointer(rebasing: raw[entry.begin..<entry.end])
        return (entry.name, entry.shape, entry.dataType.floats(in: slice))
      }
    }
    metadata = header.metadata
    metadata[Self.checksumKey] = nil
  }

  private static func bytes(of url: URL) throws(SafetensorsError) -> Data {
    do {
      return try Data(contentsOf: url, options: .mappedIfSafe)
    } catch {
      throw .unreadable(file: url.path, reason: readingProblem(at: url, error))
    }
  }

  private static func verify(
    _ numbers: Data, against expected: String?, file: String
  ) throws(SafetensorsError) {
    guard let expected else { return }
    var checksum = ByteChecksum()
    numbers.withUnsafeBytes { checksum.append($0) }
    guard checksum.description == expected else {
      throw .checksumMismatch(file: file, expected: expected, actual: checksum.description)
    }
  }
}

/// The reason in words of our own: Foundation's differ between systems and say little.
private func readingProblem(at url: URL, _ error: any Error) -> String {
  var isFolder: ObjCBool = false
  guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
    return "there is no such file"
  }
  if isFolder.boolValue { return "it is a folder" }
  guard FileManager.default.isReadableFile(atPath: url.path) else {
    return "this user may not read it"
  }
  return error.localizedDescription
}
