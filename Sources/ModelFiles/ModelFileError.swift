import SystemSupport

/// An error: a file does not describe a model that can be used here.
public struct ModelFileError: Error, Equatable, CustomStringConvertible {
  public let path: String
  public let reason: String

  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// The file cannot be read.
  public init(path: String, _ error: SystemError) {
    self.init(path: path, reason: error.description)
  }

  public var description: String { "Cannot use \(path): \(reason)." }
}
