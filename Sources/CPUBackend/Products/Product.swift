import COpenBLAS
import TensorCore

extension CPUBackend {
  public func multiply(
    _ a: Tensor, transposed aTransposed: Bool, _ b: Tensor, transposed bTransposed: Bool,
    into c: Tensor, accumulate: Bool
  ) {
    // C [m, n] = op(A) [m, k] • op(B) [k, n]
    let product = PackedProduct(
      a: MatrixView(a.hostPointer, width: a.shape.lastExtent, isTransposed: aTransposed),
      b: MatrixView(b.hostPointer, width: b.shape.lastExtent, isTransposed: bTransposed),
      c: c.hostPointer, cStride: c.shape.lastExtent, m: c.shape.rowCount, n: c.shape.lastExtent,
      k: aTransposed ? a.shape.rowCount : a.shape.lastExtent, accumulates: accumulate)
    if product.isVectorProduct {
      multiplyVector(product)
    } else if !product.isLarge {
      multiplyByLibrary(product)
    } else if aTransposed {
      multiplyParts(product)
    } else {
      multiplyRows(product)
    }
  }

  /// Packs B once; each task computes some rows of C.
  private func multiplyRows(_ product: PackedProduct) {
    withUncountedMemory(product.panelCount) { panels in
      let panelGroups = (product.n + 63) / 64
      forTasks(panelGroups, operations: 16 * product.panelCount) { group in
        product.pack(columns: group * 64..<min(product.n, (group + 1) * 64), into: panels)
      }
      // Whole register tiles, and enough tasks that a thread which starts late loses little.
      let rows = max(12, min(96, product.m / (8 * threadCount) / 12 * 12))
      forTasks((product.m + rows - 1) / rows, operations: product.operations) { task in
        product.multiply(rows: task * rows..<min(product.m, (task + 1) * rows), panels: panels)
      }
    }
  }

  /// Each task computes some columns of C over a part of the depth. Then the parts are added.
  private func multiplyParts(_ product: PackedProduct) {
    let (pieces, groups) = (product.pieces, product.groupCount)
    let (size, span) = (product.m * product.n, product.workspaceCount)
    let partCount = pieces.count > 1 ? pieces.count : 0
    withUncountedMemory(partCount * size + threadCount * span) { memory in
      let workspace = memory + partCount * size
      parallel(
        tasks: pieces.count * groups, operations: product.operations
      ) { task, worker in
        let piece = task / groups
        product.multiplyPart(
          depth: pieces[piece], group: task % groups,
          into: partCount == 0 ? product.c : memory + piece * size, stride: product.n,
          accumulates: partCount == 0 && product.accumulates, workspace: workspace + worker * span)
      }
      guard partCount > 0 else { return }
      let (c, accumulates) = (product.c, product.accumulates)
      forElements(size) { range in
        forLanes(range.count) { i, lanes in
          let first = range.lowerBound + i
          var sum = Float8.zero
          for piece in 0..<partCount { sum += load(memory + piece * size + first, lanes) }
          if accumulates { sum += load(c + first, lanes) }
          store(c + first, sum, lanes)
        }
      }
    }
  }

  /// Few rows or columns: panels do not pay, and OpenBLAS has kernels for vectors.
  private func multiplyByLibrary(_ product: PackedProduct) {
    let (m, n) = (product.m, product.n)
    // The longer side of C is cut. Below a few hundred thousand FLOPs a thread costs more time than it
    // saves.
    // Parts depend on the shape only, and begin at multiples of 16: the library's kernels may add in
    // another order at an edge.
    let longest = max(m, n)
    let least = max(262_144 / max(1, product.k * min(m, n)), longest / 16)
    let size = (max(1, least) + 15) / 16 * 16
    forTasks((longest + size - 1) / size, operations: product.operations) { task in
      let part = task * size..<min(longest, (task + 1) * size)
      product.multiplyByLibrary(rows: m >= n ? part : 0..<m, columns: m >= n ? 0..<n : part)
    }
  }

  /// Calls `body` with memory that the meter does not count, as that of a library.
  func withUncountedMemory(
    _ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void
  ) {
    let storage = HostStorage(count: count, purpose: .workspace, meter: uncounted, pool: pool)
    withExtendedLifetime(storage) { body(storage.pointer) }
  }
}

extension PackedProduct {
  fileprivate var operations: Int { 2 * m * n * k }

  /// The only code that calls OpenBLAS.
  fileprivate func multiplyByLibrary(rows: Range<Int>, columns: Range<Int>) {
    func order(_ matrix: MatrixView) -> (CBLAS_TRANSPOSE, blasint) {
      matrix.isTransposed
        ? (CblasTrans, blasint(matrix.columnStride)) : (CblasNoTrans, blasint(matrix.rowStride))
    }
    let ((aOrder, aStride), (bOrder, bStride)) = (order(a), order(b))
    cblas_sgemm(
      CblasRowMajor, aOrder, bOrder, blasint(rows.count), blasint(columns.count), blasint(k), 1,
      a.pointer(rows.lowerBound, 0), aStride, b.pointer(0, columns.lowerBound), bStride,
      accumulates ? 1 : 0, c + rows.lowerBound * cStride + columns.lowerBound, blasint(cStride))
  }
}
