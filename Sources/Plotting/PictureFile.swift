import Foundation
import SystemSupport

/// Writes a picture to a file, completely or not at all.
package enum PictureFile {
  /// - Parameters:
  ///   - data: The bytes of the picture.
  ///   - url: A file in a folder that exists.
  ///   - write: Writes bytes to a file descriptor; tests simulate a full disk with it.
  /// - Throws: `PlottingError.cannotWrite`. Then nothing is left behind, and an older file at `url`
  ///   is unchanged.
  package static func save(
    _ data: Data, to url: URL, by write: @escaping AtomicFile.Write = AtomicFile.systemWrite
  ) throws {
    do throws(SystemError) {
      try AtomicFile.write(data, to: url, by: write)
    } catch {
      throw PlottingError.cannotWrite(path: url.path, reason: reason(error, url))
    }
  }

  private static func reason(_ error: SystemError, _ url: URL) -> String {
    let folder = url.deletingLastPathComponent().path
    switch error.code {
    case ENOENT: return "the folder \(folder) does not exist; create it first"
    case ENOTDIR: return "\(folder) is not a folder; choose another"
    case EACCES, EPERM, EROFS:
      return "the folder \(folder) is not writable; choose another, or change its permissions"
    case ENOSPC, EDQUOT: return "the disk is full; free some space and run again"
    case EISDIR: return "there is a folder with this name; choose another name"
    default: return error.description
    }
  }
}
