/// A large slow memory and a small fast one, with a counter of the traffic between them.
///
/// Computation happens in fast memory only. `read` copies numbers into it, `write` copies them
/// back, and both count them. `make` allocates memory without traffic. The capacity is enforced: an
/// algorithm that does not fit throws. On a GPU the slow memory is HBM, and the fast one is SRAM:
/// the shared memory of a multiprocessor.
package final class CountedMemory {
  /// The size of fast memory, in numbers.
  package let capacity: Int
  /// Numbers copied from slow to fast memory.
  package private(set) var readCount = 0
  /// Numbers copied from fast to slow memory.
  package private(set) var writtenCount = 0
  /// Numbers in fast memory now.
  package private(set) var heldCount = 0
  /// The most numbers that were in fast memory at one time, so far.
  package private(set) var peakCount = 0

  package init(capacity: Int) {
    self.capacity = capacity
  }

  package var trafficCount: Int { readCount + writtenCount }

  // lesson: begin traffic
  /// Copies rows of a matrix into fast memory; all columns unless some are given.
  package func read(
    _ rows: Range<Int>, _ columns: Range<Int>? = nil, of matrix: SlowMatrix
  ) throws(CountedMemoryError) -> FastBlock {
    let columns = columns ?? 0..<matrix.elements.columns
    let block = try make(rows: rows.count, columns: columns.count)
    for i in rows {
      for j in columns {
        block.elements[i - rows.lowerBound, j - columns.lowerBound] =
          matrix.elements[i, j]
      }
    }
    readCount += rows.count * columns.count
    return block
  }

  /// Allocates a block in fast memory, filled with one value; no traffic.
  package func make(
    rows: Int, columns: Int, repeating value: Float = 0
  ) throws(CountedMemoryError) -> FastBlock {
    let wanted = rows * columns
    guard heldCount + wanted <= capacity else {
      throw CountedMemoryError(
        wanted: wanted, held: heldCount, capacity: capacity)
    }
    heldCount += wanted
    peakCount = max(peakCount, heldCount)
    return FastBlock(Matrix(rows: rows, columns: columns, repeating: value))
  }

  /// Copies a block into a matrix in slow memory, at this row and column.
  package func write(
    _ block: FastBlock, to matrix: SlowMatrix, row: Int, column: Int = 0
  ) {
    for i in 0..<block.elements.rows {
      for j in 0..<block.elements.columns {
        matrix.elements[row + i, column + j] = block.elements[i, j]
      }
    }
    writtenCount += block.elements.values.count
  }
  // lesson: end traffic

  /// Frees the room of these blocks.
  /// - Precondition: none of them was freed before.
  package func drop(_ blocks: FastBlock...) {
    for block in blocks {
      precondition(block.isHeld, "counted memory: a block is dropped twice")
      block.isHeld = false
      heldCount -= block.elements.values.count
    }
  }
}

/// A matrix in slow memory. An algorithm must read it into fast memory to compute with it.
package final class SlowMatrix {
  fileprivate var elements: Matrix

  package init(_ elements: Matrix) {
    self.elements = elements
  }

  /// The elements, uncounted: for checking a result from outside.
  package var contents: Matrix { elements }
}

/// A block in fast memory.
package final class FastBlock {
  package var elements: Matrix
  fileprivate var isHeld = true

  fileprivate init(_ elements: Matrix) {
    self.elements = elements
  }
}

/// Fast memory has too little room for a block.
package struct CountedMemoryError: Error, Equatable, CustomStringConvertible {
  package let wanted: Int
  package let held: Int
  package let capacity: Int

  package init(wanted: Int, held: Int, capacity: Int) {
    (self.wanted, self.held, self.capacity) = (wanted, held, capacity)
  }

  package var description: String {
    """
    Fast memory has room for \(capacity) numbers, \(held) are in use, and \(wanted) more were \
    requested. Use smaller tiles.
    """
  }
}
