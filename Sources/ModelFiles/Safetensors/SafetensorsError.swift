/// An error of reading or writing a safetensors file; each message names the file.
public enum SafetensorsError: Error, Equatable, CustomStringConvertible {
  case unreadable(file: String, reason: String)
  /// The file ends earlier than its header says.
  case truncated(file: String, expectedBytes: Int, actualBytes: Int)
  case badHeader(file: String, reason: String)
  case badTensor(file: String, tensor: String, reason: String)
  case unsupportedDataType(file: String, tensor: String, dataType: String)
  /// The data differs from the data that was written.
  case checksumMismatch(file: String, expected: String, actual: String)
  case unwritable(file: String, reason: String)

  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file) cannot be read: \(reason)."
    case .truncated(let file, let expected, let actual):
      "\(file) is truncated: it should have at least \(expected) bytes, but has \(actual)."
    case .badHeader(let file, let reason):
      "\(file) is not a valid safetensors file: \(reason)."
    case .badTensor(let file, let tensor, let reason):
      "\(file): the header entry of tensor \"\(tensor)\" is invalid: \(reason)."
    case .unsupportedDataType(let file, let tensor, let dataType):
      "\(file): tensor \"\(tensor)\" has type \(dataType), but only F32, F16 and BF16 can be read."
    case .checksumMismatch(let file, let expected, let actual):
      """
      \(file) was damaged or edited: the checksum of its data is \(actual), but it was \
      \(expected) when the file was written.
      """
    case .unwritable(let file, let reason):
      "\(file) cannot be written: \(reason)."
    }
  }
}
