import Foundation
import SystemSupport

/// Writes a picture to a file, all of it or nothing.
package enum PictureFile {
  /// - Parameters:
  ///   - data: The bytes of the picture.
  ///   - url: A file in a folder that exists.
  ///   - write: How bytes reach a file descriptor; tests put a full disk here.
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
      return "the folder \(folder) does not let you write; choose another, or change its rights"
    case ENOSPC, EDQUOT: return "the disk is full; free some space and run again"
    case EISDIR: return "a folder of that name is in the way"
    default: return error.description
    }
  }
}
