/// A Float32 array of any rank on one device, row-major and contiguous.
///
/// Copying a tensor copies a reference to its storage, not the elements. Kernels write only to
/// tensors whose storage is not shared; all other code treats tensors as constants.
public struct Tensor {
  public let shape: Shape
  /// The memory with the elements, which views of the same elements share.
  public private(set) var storage: Storage
  /// The index of the first element in the storage.
  public let offset: Int

  /// - Precondition: the storage holds `shape.count` elements from `offset` on.
  public init(shape: Shape, storage: Storage, offset: Int = 0) {
    precondition(
      offset >= 0 && offset + shape.count <= storage.count,
      "tensor: \(shape) at \(offset) does not fit in a storage of \(storage.count) elements")
    self.shape = shape
    self.storage = storage
    self.offset = offset
  }

  /// The number of elements.
  public var count: Int { shape.count }

  /// Whether no other tensor shares the storage, so that it may be overwritten.
  public mutating func isUniquelyReferenced() -> Bool {
    isKnownUniquelyReferenced(&storage)
  }

  /// A view of the same elements with another shape, as PyTorch's `view`; nothing is copied.
  /// - Precondition: the counts are equal.
  public func reshaped(_ newShape: Shape) -> Tensor {
    precondition(
      newShape.count == shape.count, "reshape: \(shape) and \(newShape) have different counts")
    return Tensor(shape: newShape, storage: storage, offset: offset)
  }

  /// A view of entries `range` of the outermost axis, as PyTorch's `x[a:b]`; nothing is copied.
  ///
  /// Shapes: this tensor `[n, …]`, the result `[range.count, …]`.
  /// - Precondition: `range` is within the axis.
  public func slice(_ range: Range<Int>) -> Tensor {
    precondition(
      shape.rank > 0 && range.lowerBound >= 0 && range.upperBound <= shape[0],
      "slice: \(range) is outside the first axis of \(shape)")
    let stride = shape.extents.dropFirst().reduce(1, *)
    return Tensor(
      shape: Shape([range.count] + shape.extents.dropFirst()), storage: storage,
      offset: offset + range.lowerBound * stride)
  }
}

extension Tensor {
  /// The elements of a tensor in main memory, for kernels; valid while the tensor is alive.
  /// - Precondition: the tensor is in main memory.
  @inlinable
  public var hostPointer: UnsafeMutablePointer<Float> {
    guard let host = storage as? HostStorage else {
      preconditionFailure("tensor \(shape) is not in main memory")
    }
    return host.pointer + offset
  }
}
