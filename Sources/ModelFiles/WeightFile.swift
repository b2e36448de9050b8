/// A published file, or folder of files, whose tensors are read one at a time.
///
/// Files are read and not mapped: the access to a mapped file that another program cuts would end
/// the process, and reading costs a fraction of decoding.
public protocol WeightFile: AnyObject {
  /// The file's name, for errors.
  var path: String { get }
  /// The shape of each tensor, row-major, the outermost extent first.
  var shapes: [String: [Int]] { get }
  /// Bytes of all tensors, as they are stored.
  var byteCount: Int { get }
  /// How many tensors have each type.
  var typeCounts: [String: Int] { get }

  /// The elements of a tensor, row-major, as Float32.
  /// - Throws: an error in a sentence, if the file cannot be read.
  /// - Precondition: `shapes` has this name.
  func values(of name: String) throws -> [Float]
}
