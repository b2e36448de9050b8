import COpenBLAS
import Dispatch
import TensorCore

extension CPUBackend {
  public func multiply(
    _ a: Tensor, transposed aTransposed: Bool, _ b: Tensor, transposed bTransposed: Bool,
    into c: Tensor, accumulate: Bool
  ) {
    // C [m, n] = op(A) [m, k] • op(B) [k, n]
    let (m, n) = (c.shape.rowCount, c.shape.lastExtent)
    let k = aTransposed ? a.shape.rowCount : a.shape.lastExtent
    let product = Product(
      a: a.hostPointer, b: b.hostPointer, c: c.hostPointer,
      aTransposed: aTransposed, bTransposed: bTransposed,
      aStride: a.shape.lastExtent, bStride: b.shape.lastExtent, cStride: n, k: k,
      beta: accumulate ? 1 : 0)

    // The longer side of C is cut, in pieces of whole register tiles of the library's kernel. Below
    // a few hundred thousand FLOPs a thread costs more time than it saves.
    let side = max(m, n)
    let minimum = max(16, 262_144 / max(1, k * min(m, n)))
    let pieces = max(1, min(threadCount, side / minimum))
    let bound = { (piece: Int) in min(side, (piece * side / pieces + 15) / 16 * 16) }
    forRows(pieces) { range in
      for piece in range {
        let part = (piece == 0 ? 0 : bound(piece))..<(piece + 1 == pieces ? side : bound(piece + 1))
        if m >= n {
          product.run(rows: part, columns: 0..<n)
        } else {
          product.run(rows: 0..<m, columns: part)
        }
      }
    }
  }
}

/// One matrix product, with pointers and strides of its matrices; the only code that calls
/// OpenBLAS.
private struct Product {
  let a: UnsafePointer<Float>
  let b: UnsafePointer<Float>
  let c: UnsafeMutablePointer<Float>
  let aTransposed: Bool
  let bTransposed: Bool
  let aStride: Int
  let bStride: Int
  let cStride: Int
  let k: Int
  let beta: Float

  func run(rows: Range<Int>, columns: Range<Int>) {
    guard !rows.isEmpty, !columns.isEmpty else { return }
    cblas_sgemm(
      CblasRowMajor, aTransposed ? CblasTrans : CblasNoTrans,
      bTransposed ? CblasTrans : CblasNoTrans,
      blasint(rows.count), blasint(columns.count), blasint(k), 1,
      a + rows.lowerBound * (aTransposed ? 1 : aStride), blasint(aStride),
      b + columns.lowerBound * (bTransposed ? bStride : 1), blasint(bStride), beta,
      c + rows.lowerBound * cStride + columns.lowerBound, blasint(cStride))
  }
}
