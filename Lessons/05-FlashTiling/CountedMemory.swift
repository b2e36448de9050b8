/// A large slow memory and a small fast one, with a counter on the road between them.
///
/// Computing happens in fast memory only. A number gets there by `read`, which counts it, and back
/// by `write`, which counts it too; `make` takes room without traffic. The capacity is enforced: an
/// algorithm that does not fit throws, it does not get a larger memory. On a GPU the slow memory is
/// HBM and the fast one a multiprocessor's shared memory.
package final class CountedMemory {
  /// Numbers that fast memory holds.
  package let capacity: Int
  /// Numbers that went from slow to fast memory.
  package private(set) var readCount = 0
  /// Numbers that went from fast to slow memory.
  package private(set) var writtenCount = 0
  /// Numbers in fast memory now.
  package private(set) var heldCount = 0
  /// The most that it held.
  package private(set) var peakCount = 0

  package init(capacity: Int) {
    self.capacity = capacity
  }

  package var trafficCount: Int { readCount + writtenCount }

  // lesson: begin the road
  /// Copies part of a matrix into fast memory; all columns if none are named.
  package func read(
    _ rows: Range<Int>, _ columns: Range<Int>? = nil, of matrix: SlowMatrix
  ) throws(CountedMemoryError) -> FastBlock {
    let columns = columns ?? 0..<matrix.numbers.columns
    let block = try make(rows: rows.count, columns: columns.count)
    for i in rows {
      for j in columns {
        block.numbers[i - rows.lowerBound, j - columns.lowerBound] =
          matrix.numbers[i, j]
      }
    }
    readCount += rows.count * columns.count
    return block
  }

  /// Room in fast memory, filled with one number; no traffic.
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

  /// Copies a block out, its first number to this row and column of a matrix.
  package func write(
    _ block: FastBlock, to matrix: SlowMatrix, row: Int, column: Int = 0
  ) {
    for i in 0..<block.numbers.rows {
      for j in 0..<block.numbers.columns {
        matrix.numbers[row + i, column + j] = block.numbers[i, j]
      }
    }
    writtenCount += block.numbers.values.count
  }
  // lesson: end the road

  /// Gives the room of these blocks back.
  /// - Precondition: none of them was dropped before.
  package func drop(_ blocks: FastBlock...) {
    for block in blocks {
      precondition(block.isHeld, "counted memory: a block is dropped twice")
      block.isHeld = false
      heldCount -= block.numbers.values.count
    }
  }
}

/// A matrix in slow memory: nothing can be computed with it there.
package final class SlowMatrix {
  fileprivate var numbers: Matrix

  package init(_ numbers: Matrix) {
    self.numbers = numbers
  }

  /// Its numbers, for a look from outside that no counter sees: to check a result.
  package var contents: Matrix { numbers }
}

/// A block in fast memory, free to compute with.
package final class FastBlock {
  package var numbers: Matrix
  fileprivate var isHeld = true

  fileprivate init(_ numbers: Matrix) {
    self.numbers = numbers
  }
}

/// An algorithm asked fast memory for more than it has.
package struct CountedMemoryError: Error, Equatable, CustomStringConvertible {
  package let wanted: Int
  package let held: Int
  package let capacity: Int

  package init(wanted: Int, held: Int, capacity: Int) {
    (self.wanted, self.held, self.capacity) = (wanted, held, capacity)
  }

  package var description: String {
    """
    Fast memory holds \(capacity) numbers, \(held) of them are taken, and \(wanted) more are asked \
    for. Take smaller tiles.
    """
  }
}
