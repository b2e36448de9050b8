/// The shape of a tensor: the size (extent) of each axis, outermost first (row-major).
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The size of each axis, outermost first.
  public let extents: [Int]

  /// - Precondition: no extent is negative.
  public init(_ extents: [Int]) {
    precondition(extents.allSatisfy { $0 >= 0 }, "shape: a negative extent in \(extents)")
    self.extents = extents
  }

  public init(arrayLiteral extents: Int...) {
    self.init(extents)
  }

  /// The number of axes; a scalar has none.
  public var rank: Int { extents.count }

  /// The number of elements: the product of the extents, 1 for a scalar.
  public var count: Int { extents.reduce(1, *) }

  /// The extent of the innermost axis, 1 for a scalar.
  public var lastExtent: Int { extents.last ?? 1 }

  /// The number of rows of `lastExtent` elements: all axes but the innermost, flattened.
  public var rowCount: Int { extents.dropLast().reduce(1, *) }

  /// The size of one axis.
  public subscript(axis: Int) -> Int { extents[axis] }

  /// A copy with another innermost extent.
  public func replacingLast(with extent: Int) -> Shape {
    Shape(extents.dropLast() + [extent])
  }

  public var description: String {
    "[" + extents.map(String.init).joined(separator: ", ") + "]"
  }
}
