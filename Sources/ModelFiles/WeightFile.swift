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

  /// Writes the elements of a tensor, row-major, as Float32.
  /// - Complexity: O(n) time; memory for a piece of the file.
  /// - Throws: an error in a sentence, if the file cannot be read. Then the target is incomplete.
  /// - Precondition: `shapes` has this name, and the target as many elements.
  func read(_ name: String, into target: UnsafeMutableBufferPointer<Float>) throws
}

extension WeightFile {
  /// The elements of a tensor, row-major, as Float32.
  /// - Throws: an error in a sentence, if the file cannot be read.
  /// - Precondition: `shapes` has this name.
  public func values(of name: String) throws -> [Float] {
    let count = shapes[name]?.reduce(1, *) ?? 0
    return try [Float](unsafeUninitializedCapacity: count) { target, initializedCount in
      try read(name, into: UnsafeMutableBufferPointer(rebasing: target.prefix(count)))
      initializedCount = count
    }
  }
}
