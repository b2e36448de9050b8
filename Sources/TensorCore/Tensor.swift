/// Float32 numbers of any rank, row-major and without gaps, on one device.
///
/// A value that shares its storage: copying a tensor copies a reference. Kernels write into tensors
/// that nobody else holds; everybody else treats a tensor as constant.
public struct Tensor {
  public let shape: Shape
  public private(set) var storage: Storage
  /// Where the first element lies in the storage.
  public let offset: Int

  /// - Precondition: the storage holds `shape.count` elements from `offset` on.
  public init(shape: Shape, storage: Storage, offset: Int = 0) {
    precondition(
      offset >= 0 && offset + shape.count <= storage.count,
      "tensor: \(shape) at \(offset) does not fit in \(storage.count) numbers")
    self.shape = shape
    self.storage = storage
    self.offset = offset
  }

  public var count: Int { shape.count }

  /// Whether nobody else holds these numbers, so that they may be overwritten.
  public mutating func isUniquelyReferenced() -> Bool {
    isKnownUniquelyReferenced(&storage)
  }

  /// The same numbers seen in another shape; nothing is copied.
  /// - Precondition: the counts are equal.
  public func reshaped(_ newShape: Shape) -> Tensor {
    precondition(
      newShape.count == shape.count, "reshape: \(shape) has another count than \(newShape)")
    return Tensor(shape: newShape, storage: storage, offset: offset)
  }

  /// Entries `range` of the outermost axis; nothing is copied.
  /// - Precondition: `range` lies within the axis.
  public func slice(_ range: Range<Int>) -> Tensor {
    precondition(
      shape.rank > 0 && range.lowerBound >= 0 && range.upperBound <= shape[0],
      "slice: \(range) of \(shape)")
    let stride = shape.extents.dropFirst().reduce(1, *)
    return Tensor(
      shape: Shape([range.count] + shape.extents.dropFirst()), storage: storage,
      offset: offset + range.lowerBound * stride)
  }
}

extension Tensor {
  /// The numbers of a tensor in main memory, valid while the tensor lives. For kernels.
  /// - Precondition: the tensor lies in main memory.
  @inlinable
  public var hostPointer: UnsafeMutablePointer<Float> {
    guard let host = storage as? HostStorage else {
      preconditionFailure("tensor \(shape) does not lie in main memory")
    }
    return host.pointer + offset
  }
}
