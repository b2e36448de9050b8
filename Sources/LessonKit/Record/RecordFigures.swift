import Foundation
import SystemSupport

/// The pictures of a record, read from the folder of its run.
package struct RecordFigures: Sendable {
  /// A figure whose file cannot be used.
  package struct Missing: Equatable, Sendable {
    package let name: FigureName
    package let reason: String
  }

  private let pictures: [FigureName: Data]
  /// The figures whose files can be used, in the order of the record.
  package let names: [FigureName]
  /// In the order of the record.
  package let missing: [Missing]

  /// Reads the file of every figure.
  /// - Complexity: O(n) time and memory in the bytes of the files.
  package init(of record: RunRecord, in folder: RunFolder) {
    var pictures: [FigureName: Data] = [:]
    var missing: [Missing] = []
    for figure in record.figures where pictures[figure.file] == nil {
      do throws(SystemError) {
        pictures[figure.file] = try folder.picture(figure.file)
      } catch {
        missing.append(Missing(name: figure.file, reason: error.description))
      }
    }
    (self.pictures, self.missing) = (pictures, missing)
    names = record.figures.map(\.file).filter { pictures[$0] != nil }
  }

  /// The bytes of a PNG file; nil if it is missing.
  package subscript(name: FigureName) -> Data? { pictures[name] }

  /// Names the missing figures and says how to get them back; nil if none is missing.
  package var warning: String? {
    guard !missing.isEmpty else { return nil }
    let names = missing.map { "\($0.name) (\($0.reason))" }.joined(separator: ", ")
    let count = missing.count == 1 ? "1 figure is" : "\(missing.count) figures are"
    return "\(count) missing: \(names). Run the lesson again with the same options to draw them."
  }
}

extension RunFolder {
  /// The file of a figure.
  package func figure(_ name: FigureName) -> URL { file(name.description) }

  /// The bytes of a figure's file.
  /// - Throws: `SystemError` if the file is missing, a symbolic link, or not a PNG.
  package func picture(_ name: FigureName) throws(SystemError) -> Data {
    let data = try RegularFile.read(figure(name), byteLimit: 100_000_000)
    guard pngSize(of: data) != nil else {
      throw SystemError(code: EINVAL, reason: "It is not a PNG file")
    }
    return data
  }
}

/// Width and height from the header of a PNG (its IHDR chunk); nil if the data is not a PNG.
func pngSize(of data: Data) -> (width: Int, height: Int)? {
  let bytes = [UInt8](data.prefix(24))
  guard bytes.count == 24, Array(bytes[0..<8]) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  else { return nil }
  func number(_ start: Int) -> Int { bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
  return (number(16), number(20))
}
