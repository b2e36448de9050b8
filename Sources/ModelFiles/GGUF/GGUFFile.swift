import Foundation
import SystemSupport

/// The header of a GGUF file (version 2 or 3), the format of llama.cpp: metadata, and of each tensor
/// its name, shape, type and place. The weights themselves are not read; see `GGUFWeights`.
///
/// The file: "GGUF", the version, the counts of tensors and of values; the values, each a key, a type
/// and its bytes; the tensors' descriptions; the data, from a multiple of the alignment on. Numbers
/// are little-endian. Source: ggml-org/ggml, `docs/gguf.md`.
///
/// A header may say anything, so every count is limited and every read is checked.
public struct GGUFFile: Sendable {
  /// A value of the metadata. Of an array its length is kept, and its numbers if there are at most
  /// as many as a model may have layers. Arrays that were asked for are kept whole.
  public enum Value: Sendable {
    case number(Double)
    case flag(Bool)
    case text(String)
    case array(count: Int, numbers: [Double])
    case texts([String])
  }

  /// The description of a tensor.
  public struct Tensor: Sendable {
    public let name: String
    /// The extents, the innermost first: `[in, out]` for a matrix of `out` rows.
    public let dimensions: [Int]
    /// The number of elements.
    public let count: Int
    public let type: GGUFType
    /// The place of its data, from the beginning of all data on.
    public let offset: Int
    /// Bytes of its data, if its rows consist of whole blocks.
    public var bytes: Double {
      Double(count) / Double(type.blockLength) * Double(type.blockBytes)
    }
  }

  /// The file's name, for errors.
  public let path: String
  /// The metadata by key.
  public private(set) var values: [String: Value] = [:]
  /// In the order of the file.
  public private(set) var tensors: [Tensor] = []
  /// Bytes of the header, before the data is aligned.
  public let headerBytes: Int

  /// Reads the header of a file.
  ///
  /// - Parameters:
  ///   - path: the file; a link is followed.
  ///   - keeping: keys of arrays that are kept whole.
  /// - Throws: `ModelFileError`.
  public init(at path: String, keeping: Set<String> = []) throws(ModelFileError) {
    let file: RegularFile.Reader
    do {
      file = try RegularFile.Reader(URL(fileURLWithPath: path), links: .followed)
    } catch {
      throw ModelFileError(path: path, error)
    }
    try self.init(file, path: path, keeping: keeping)
  }

  /// Reads the header of an open file.
  init(
    _ file: RegularFile.Reader, path: String, keeping: Set<String>
  ) throws(ModelFileError) {
    let bytes = HeaderBytes(path: path) { count throws(ModelFileError) in
      do throws(SystemError) {
        return try file.read(upTo: count)
      } catch {
        throw ModelFileError(path: path, error)
      }
    }
    try self.init(bytes, path: path, keeping: keeping)
  }

  /// Reads a header from these bytes.
  /// - Throws: `ModelFileError`.
  public init(
    _ data: Data, path: String, keeping: Set<String> = []
  ) throws(ModelFileError) {
    var rest = data[...]
    let bytes = HeaderBytes(path: path) { count throws(ModelFileError) in
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count)
    }
    try self.init(bytes, path: path, keeping: keeping)
  }

  private init(
    _ bytes: HeaderBytes, path: String, keeping: Set<String>
  ) throws(ModelFileError) {
    self.path = path
    guard try bytes.take(4).elementsEqual("GGUF".utf8) else {
      throw ModelFileError(path: path, reason: "it is not a GGUF file")
    }
    let version = try bytes.integer(4)
    guard version == 2 || version == 3 else {
      throw ModelFileError(
        path: path, reason: "it has version \(version) of GGUF, or another byte order")
    }
    let tensorCount = try bytes.count(most: 1_000_000, of: "tensors")
    let valueCount = try bytes.count(most: 1_000_000, of: "values")
    for _ in 0..<valueCount {
      let key = try bytes.text(most: 65_536)
      let type = try bytes.integer(4)
      values[key] = try bytes.value(type, keeps: keeping.contains(key))
    }
    for _ in 0..<tensorCount { tensors.append(try Self.tensor(bytes, path)) }
    headerBytes = bytes.consumed
  }

  private static func tensor(
    _ bytes: HeaderBytes, _ path: String
  ) throws(ModelFileError) -> Tensor {
    let name = try bytes.text(most: 65_536)
    let rank = try bytes.integer(4)
    guard rank <= 8 else {
      throw ModelFileError(path: path, reason: "a tensor has \(rank) dimensions")
    }
    var dimensions: [Int] = []
    for _ in 0..<rank { dimensions.append(try bytes.count(most: 1 << 40, of: "rows of a tensor")) }
    let count = dimensions.reduce(1.0) { $0 * Double($1) }
    guard count < 1e15 else {
      throw ModelFileError(path: path, reason: "a tensor has \(count) elements")
    }
    let number = try bytes.integer(4)
    guard let type = GGUFType(number: number) else {
      throw ModelFileError(path: path, reason: "a tensor has the unknown type \(number)")
    }
    return Tensor(
      name: name, dimensions: dimensions, count: Int(count), type: type,
      offset: try bytes.integer(8))
  }
}
