import Foundation
import SystemSupport

/// The weights in the `*.safetensors` files of a folder, as Hugging Face publishes a model.
///
/// Headers are read and checked when the folder is opened. A tensor's data is read when it is asked
/// for, so that the memory never holds the file and its values together.
public final class SafetensorsWeights: WeightFile {
  private struct Place {
    let file: Int
    let entry: SafetensorsHeader.Entry
  }

  public let path: String
  public let shapes: [String: [Int]]
  public let byteCount: Int
  public let typeCounts: [String: Int]
  private let places: [String: Place]
  private let files: [(reader: RegularFile.Reader, name: String, dataStart: Int)]

  /// Opens all files of a folder whose names end in `.safetensors`.
  /// - Throws: `SafetensorsError` for a file that is damaged or of another format, `ModelFileError` if
  ///   there is none or a tensor occurs in two.
  public init(folder: URL) throws {
    path = folder.path
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        .filter { $0.hasSuffix(".safetensors") }.sorted()
    } catch {
      throw ModelFileError(path: path, reason: "the folder cannot be listed")
    }
    guard !names.isEmpty else {
      throw ModelFileError(path: path, reason: "the folder has no file '*.safetensors'")
    }
    var files: [(reader: RegularFile.Reader, name: String, dataStart: Int)] = []
    var places: [String: Place] = [:]
    for (index, name) in names.enumerated() {
      let url = folder.appendingPathComponent(name)
      let (reader, header) = try Self.open(url)
      files.append((reader, url.path, header.dataStart))
      for entry in header.entries {
        guard places.updateValue(Place(file: index, entry: entry), forKey: entry.name) == nil else {
          throw ModelFileError(path: path, reason: "the tensor '\(entry.name)' is in two files")
        }
      }
    }
    (self.files, self.places) = (files, places)
    shapes = places.mapValues(\.entry.shape)
    byteCount = places.values.reduce(0) { $0 + $1.entry.end - $1.entry.begin }
    typeCounts = Dictionary(
      places.values.map { ($0.entry.dataType.rawValue, 1) }, uniquingKeysWith: +)
  }

  private static func open(
    _ url: URL
  ) throws -> (reader: RegularFile.Reader, header: SafetensorsHeader) {
    do {
      let reader = try RegularFile.Reader(url, links: .followed)
      let length = try SafetensorsHeader.byteCount(
        try reader.read(at: 0, upTo: 8), file: url.path)
      let header = try SafetensorsHeader(
        bytes: try reader.read(at: 0, upTo: length), file: url.path)
      try header.checkLayout(dataByteCount: reader.byteCount - header.dataStart, file: url.path)
      return (reader, header)
    } catch let error as SystemError {
      throw SafetensorsError.unreadable(file: url.path, reason: error.description)
    }
  }

  /// Bytes that are read at once.
  private static let pieceBytes = 1 << 20

  public func read(_ name: String, into target: UnsafeMutableBufferPointer<Float>) throws {
    guard let place = places[name], place.entry.shape.reduce(1, *) == target.count else {
      preconditionFailure("safetensors: \(path) has no tensor '\(name)' of this size")
    }
    let (file, entry) = (files[place.file], place.entry)
    for begin in stride(from: entry.begin, to: entry.end, by: Self.pieceBytes) {
      let end = min(entry.end, begin + Self.pieceBytes)
      let bytes: Data
      do throws(SystemError) {
        bytes = try file.reader.read(at: file.dataStart + begin, upTo: end - begin)
      } catch {
        throw SafetensorsError.unreadable(file: file.name, reason: error.description)
      }
      guard bytes.count == end - begin else {
        throw SafetensorsError.truncated(
          file: file.name, expectedBytes: file.dataStart + entry.end,
          actualBytes: file.dataStart + begin + bytes.count)
      }
      let first = (begin - entry.begin) / entry.dataType.byteCount
      let values = bytes.withUnsafeBytes { entry.dataType.floats(in: $0) }
      _ = target[first..<first + values.count].update(fromContentsOf: values)
    }
  }
}
