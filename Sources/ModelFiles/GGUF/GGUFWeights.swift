import Foundation
import SystemSupport

/// The weights of a GGUF file. The place, size and type of every tensor are checked when the file is
/// opened.
public final class GGUFWeights: WeightFile {
  /// The header.
  public let file: GGUFFile
  /// Reads bytes of the file: fewer at its end.
  private let read: (_ offset: Int, _ count: Int) throws(SystemError) -> Data
  private let tensors: [String: GGUFFile.Tensor]
  private let dataStart: Int

  public var path: String { file.path }
  public let byteCount: Int
  public let shapes: [String: [Int]]
  public let typeCounts: [String: Int]

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - path: the file; a link is followed.
  ///   - keeping: keys of arrays of the metadata that are kept whole.
  /// - Throws: `ModelFileError` for a file that is not GGUF, is truncated, contradicts itself, or has
  ///   tensors of a type that cannot be decoded.
  public convenience init(at path: String, keeping: Set<String> = []) throws(ModelFileError) {
    let reader: RegularFile.Reader
    do {
      reader = try RegularFile.Reader(URL(fileURLWithPath: path), links: .followed)
    } catch {
      throw ModelFileError(path: path, error)
    }
    let file = try GGUFFile(reader, path: path, keeping: keeping)
    try self.init(file, fileBytes: reader.byteCount) { offset, count throws(SystemError) in
      try reader.read(at: offset, upTo: count)
    }
  }

  /// The weights in these bytes.
  /// - Throws: `ModelFileError`.
  package convenience init(
    _ data: Data, path: String, keeping: Set<String> = []
  ) throws(ModelFileError) {
    let file = try GGUFFile(data, path: path, keeping: keeping)
    try self.init(file, fileBytes: data.count) { offset, count throws(SystemError) in
      data.dropFirst(offset).prefix(count)
    }
  }

  private init(
    _ file: GGUFFile, fileBytes: Int,
    read: @escaping (_ offset: Int, _ count: Int) throws(SystemError) -> Data
  ) throws(ModelFileError) {
    (self.file, self.read) = (file, read)
    let alignment = try Self.alignment(of: file)
    // Both are far below the greatest number: the header has at most 256 MiB.
    dataStart = (file.headerBytes + alignment - 1) / alignment * alignment
    byteCount = try Self.layout(of: file, alignment: alignment, dataBytes: fileBytes - dataStart)
    tensors = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0) })
    shapes = tensors.mapValues { $0.dimensions.reversed() }
    typeCounts = Dictionary(file.tensors.map { ($0.type.name, 1) }, uniquingKeysWith: +)
  }

  private static func alignment(of file: GGUFFile) throws(ModelFileError) -> Int {
    guard let value = file.values["general.alignment"] else { return 32 }
    guard case .number(let number) = value, let alignment = Int(exactly: number),
      (1...1 << 20).contains(alignment), alignment & (alignment - 1) == 0
    else {
      throw ModelFileError(
        path: file.path, reason: "its 'general.alignment' is not a power of two of a usable size")
    }
    return alignment
  }

  /// Checks every tensor: its name, type and blocks, and that its data is in the file and in no other
  /// tensor. Returns the bytes of all.
  private static func layout(
    of file: GGUFFile, alignment: Int, dataBytes: Int
  ) throws(ModelFileError) -> Int {
    func failure(_ tensor: GGUFFile.Tensor, _ reason: String) -> ModelFileError {
      ModelFileError(path: file.path, reason: "its tensor '\(tensor.name.prefix(100))' \(reason)")
    }
    var names: Set<String> = []
    var sum = 0
    var end = 0
    for tensor in file.tensors.sorted(by: { ($0.offset, $0.count) < ($1.offset, $1.count) }) {
      guard names.insert(tensor.name).inserted else { throw failure(tensor, "occurs twice") }
      guard tensor.type.encoding != nil else {
        let known = BlockEncoding.allCases.compactMap { GGUFType(number: $0.rawValue)?.name }
        throw failure(
          tensor,
          "has the type \(tensor.type.name), and only \(known.joined(separator: ", ")) are read")
      }
      let row = tensor.dimensions.first ?? 1
      guard tensor.count > 0, row % tensor.type.blockLength == 0 else {
        throw failure(
          tensor, "has rows of \(row) elements, which are no whole blocks of \(tensor.type.name)")
      }
      guard tensor.offset % alignment == 0 else {
        throw failure(tensor, "begins at byte \(tensor.offset), no multiple of \(alignment)")
      }
      guard tensor.offset >= end else { throw failure(tensor, "overlaps another one") }
      // At most 1e15 elements of 4 bytes.
      let bytes = tensor.count / tensor.type.blockLength * tensor.type.blockBytes
      guard bytes <= dataBytes, tensor.offset <= dataBytes - bytes else {
        throw failure(
          tensor,
          "has \(bytes) bytes from byte \(tensor.offset) of the data on, but the file has only "
            + "\(max(0, dataBytes)) bytes of data; it may be truncated")
      }
      end = tensor.offset + bytes
      sum += bytes
    }
    return sum
  }

  /// Bytes that are read at once, about.
  private static let pieceBytes = 1 << 20

  public func read(_ name: String, into target: UnsafeMutableBufferPointer<Float>) throws {
    guard let tensor = tensors[name], let encoding = tensor.type.encoding,
      tensor.count == target.count
    else { preconditionFailure("GGUF: \(path) has no tensor '\(name)' of this size") }
    let (length, size) = (tensor.type.blockLength, tensor.type.blockBytes)
    let pieceBlocks = max(1, Self.pieceBytes / size)
    let blockCount = tensor.count / length
    for first in stride(from: 0, to: blockCount, by: pieceBlocks) {
      let blocks = first..<min(blockCount, first + pieceBlocks)
      let bytes: Data
      do throws(SystemError) {
        bytes = try read(dataStart + tensor.offset + first * size, blocks.count * size)
      } catch {
        throw ModelFileError(path: path, error)
      }
      guard bytes.count == blocks.count * size else {
        throw ModelFileError(path: path, reason: "another program has cut it while it was read")
      }
      let part = target[first * length..<blocks.upperBound * length]
      bytes.withUnsafeBytes {
        encoding.decode($0, into: UnsafeMutableBufferPointer(rebasing: part))
      }
    }
  }
}
