/// Named tensors in the safetensors format, as Python's `safetensors` package reads and writes it.
///
/// The file: the length of the header as 8 bytes, little-endian; the header, a JSON object of
/// `name: {dtype, shape, data_offsets}` padded with spaces to a multiple of 8; the data, tensor
/// after tensor without gaps. Source: huggingface/safetensors, "Format".
public struct SafetensorsFile {
  /// In the order of their data in the file.
  public var tensors: [(name: String, shape: [Int], values: [Float])]

  /// Free text by key. The file's metadata also has the checksum, under `checksumKey`, which is
  /// left out here.
  public var metadata: [String: String]

  /// The key under which `write(to:)` stores the `ByteChecksum` of all data.
  public static let checksumKey = "data_checksum"

  /// The name under which the header keeps `metadata`.
  static let metadataName = "__metadata__"

  public init(
    tensors: [(name: String, shape: [Int], values: [Float])] = [], metadata: [String: String] = [:]
  ) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// The tensor of this name, if there is one.
  /// - Complexity: O(number of tensors).
  public subscript(name: String) -> (shape: [Int], values: [Float])? {
    tensors.first { $0.name == name }.map { ($0.shape, $0.values) }
  }
}
