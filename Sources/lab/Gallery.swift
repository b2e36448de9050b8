import Foundation
import LessonKit

/// The pictures of a run copied into one folder, under the names that they have.
struct Gallery {
  let folder: RunFolder

  /// Copies each figure aside and renames it; an older picture of the same name goes.
  func take(_ record: RunRecord, from run: RunFolder) throws {
    try folder.prepare()
    for figure in record.figures {
      let data = try Data(contentsOf: run.file(figure.file))
      try folder.write(data, to: folder.file(figure.file))
    }
  }
}
