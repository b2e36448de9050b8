/// What can be wrong with a safetensors file, each with the file's name in the sentence.
public enum SafetensorsError: Error, Equatable, CustomStringConvertible {
  case unreadable(file: String, reason: String)
  /// The file ends before its own header says it should.
  case cutShort(file: String, expectedBytes: Int, actualBytes: Int)
  case badHeader(file: String, reason: String)
  case badTensor(file: String, tensor: String, reason: String)
  case unsupportedDataType(file: String, tensor: String, dataType: String)
  /// The numbers are not those that were written.
  case checksumMismatch(file: String, expected: String, actual: String)
  case unwritable(file: String, reason: String)

  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file) cannot be read: \(reason)."
    case .cutShort(let file, let expected, let actual):
      "\(file) was cut short: it should have at least \(expected) bytes and has \(actual)."
    case .badHeader(let file, let reason):
      "\(file) is no whole safetensors file: \(reason)."
    case .badTensor(let file, let tensor, let reason):
      "\(file): the entry of tensor \"\(tensor)\" is wrong: \(reason)."
    case .unsupportedDataType(let file, let tensor, let dataType):
      "\(file): tensor \"\(tensor)\" holds \(dataType); only F32, F16 and BF16 can be read."
    case .checksumMismatch(let file, let expected, let actual):
      """
      \(file) was damaged or edited: the checksum of its numbers is \(actual), and it was \
      \(expected) when the file was written.
      """
    case .unwritable(let file, let reason):
      "\(file) cannot be written: \(reason)."
    }
  }
}
