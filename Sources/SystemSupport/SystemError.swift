import Foundation

/// A failed operation on a file or folder, with its reason in words.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The value of `errno`.
  public let code: Int32
  /// The reason without a full stop, such as "No space left on device".
  public let description: String

  /// The error of a failed system call, with the system's own text.
  public init(code: Int32) { self.init(code: code, reason: String(cString: strerror(code))) }

  public init(code: Int32, reason: String) {
    self.code = code
    description = reason
  }

  /// The error of the last system call of this thread.
  public static var last: SystemError { SystemError(code: errno) }
}

extension SystemError {
  /// The reason of any error. Foundation's own descriptions ("Error Domain=NSCocoaErrorDomain
  /// Code=516 …") are for programmers, so its errors are put into the system's words.
  public init(_ error: any Error) {
    if let error = error as? SystemError {
      self = error
    } else if let error = FoundationError(error) {
      self = error.reason
    } else {
      self.init(code: EIO, reason: "\(error)")
    }
  }
}

/// Any error as a sentence for the user. The errors of this package describe themselves; those of
/// Foundation are put into words, with the file that they are about.
public func sentence(for error: any Error) -> String {
  if error is SystemError { return "The system reports an error: \(error)." }
  if error is DecodingError { return "A file is not JSON of the expected form." }
  if error is EncodingError { return "A value cannot be written as JSON." }
  guard let known = FoundationError(error) else { return "\(error)" }
  guard let path = known.path else { return "The system reports an error: \(known.reason)." }
  return "\(path) cannot be used: \(known.reason)."
}

/// An error that Foundation throws: of its file functions, or of decoding.
private struct FoundationError {
  let reason: SystemError
  let path: String?

  /// Nil for an error of another origin.
  init?(_ error: any Error) {
    if error is DecodingError {
      (reason, path) = (
        SystemError(code: EINVAL, reason: "It is not JSON of the expected form"), nil
      )
      return
    }
    var chain = [error as NSError]
    while let inner = chain[chain.count - 1].userInfo[NSUnderlyingErrorKey] as? NSError,
      chain.count < 10
    { chain.append(inner) }
    let isKnown = [NSCocoaErrorDomain, NSPOSIXErrorDomain].contains(chain[0].domain)
    guard isKnown || chain[0].domain == NSURLErrorDomain else { return nil }
    let info = chain[0].userInfo
    path = info[NSFilePathErrorKey] as? String ?? (info[NSURLErrorKey] as? URL)?.path
    if let system = chain.last(where: { $0.domain == NSPOSIXErrorDomain }) {
      reason = SystemError(code: Int32(truncatingIfNeeded: system.code))
    } else {
      reason = Self.reason(ofCocoaCode: chain[0].code, path)
    }
  }

  private static func reason(ofCocoaCode code: Int, _ path: String?) -> SystemError {
    switch CocoaError.Code(rawValue: code) {
    case .fileNoSuchFile, .fileReadNoSuchFile: SystemError(code: ENOENT)
    case .fileReadNoPermission, .fileWriteNoPermission: SystemError(code: EACCES)
    case .fileWriteOutOfSpace: SystemError(code: ENOSPC)
    case .fileWriteVolumeReadOnly: SystemError(code: EROFS)
    case .fileWriteFileExists: SystemError(code: EEXIST)
    case .fileReadTooLarge: SystemError(code: EFBIG)
    case .fileReadInvalidFileName, .fileWriteInvalidFileName:
      SystemError(code: EINVAL, reason: "It is not a valid file name")
    case .fileReadCorruptFile, .fileReadInapplicableStringEncoding,
      .fileReadUnknownStringEncoding:
      SystemError(code: EINVAL, reason: "It is not text in UTF-8")
    default:
      path.flatMap(reason(ofPath:))
        ?? SystemError(code: EIO, reason: "The system gives no reason (number \(code))")
    }
  }

  /// Foundation on Linux does not say that a folder was treated as a file or a file as a folder.
  private static func reason(ofPath path: String) -> SystemError? {
    var status = stat()
    guard stat(path, &status) == 0 else { return .last }
    return status.st_mode & S_IFMT == S_IFDIR ? SystemError(code: EISDIR) : nil
  }
}
