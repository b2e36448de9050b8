import Foundation
import SystemSupport
import TensorCore

extension SafetensorsFile {
  /// Reads a file of F32, F16 or BF16 tensors. The two 16-bit types are converted to Float exactly.
  ///
  /// If the file has the checksum of `write(to:)`, it is compared with that of the data.
  /// The file is read and not mapped: the access to a mapped file that another program cuts would end
  /// the process.
  /// - Complexity: O(n) time; memory for the file and for the values.
  /// - Throws: `SafetensorsError` for a file that is missing, damaged, of another format, or larger
  ///   than half of the memory that this process may use.
  public init(reading url: URL) throws(SafetensorsError) {
    try self.init(bytes: try Self.bytes(of: url), file: url.path)
  }

  /// The tensors of a file's bytes. `file` is its name in errors.
  package init(bytes: Data, file: String) throws(SafetensorsError) {
    let header = try SafetensorsHeader(bytes: bytes, file: file)
    let data = bytes.dropFirst(header.dataStart)
    try header.checkLayout(dataByteCount: data.count, file: file)
    try Self.verify(data, against: header.metadata[Self.checksumKey], file: file)
    tensors = data.withUnsafeBytes { raw in
      header.entries.map { entry in
        let slice = UnsafeRawBufferPointer(rebasing: raw[entry.begin..<entry.end])
        return (entry.name, entry.shape, entry.dataType.floats(in: slice))
      }
    }
    metadata = header.metadata
    metadata[Self.checksumKey] = nil
  }

  private static func bytes(of url: URL) throws(SafetensorsError) -> Data {
    do throws(SystemError) {
      return try RegularFile.read(
        url, byteLimit: HostLimits.current.memory.amount / 2, links: .followed)
    } catch {
      throw .unreadable(file: url.path, reason: error.description)
    }
  }

  private static func verify(
    _ data: Data, against expected: String?, file: String
  ) throws(SafetensorsError) {
    guard let expected else { return }
    var checksum = ByteChecksum()
    data.withUnsafeBytes { checksum.append($0) }
    guard checksum.description == expected else {
      throw .checksumMismatch(file: file, expected: expected, actual: checksum.description)
    }
  }
}
