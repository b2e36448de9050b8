import COpenCL
import TensorCore

extension OpenCLBackend {
  public func multiply(
    _ a: Tensor, transposed aTransposed: Bool, _ b: Tensor, transposed bTransposed: Bool,
    into c: Tensor, accumulate: Bool
  ) {
    // C [m, n] = op(A) [m, k] • op(B) [k, n]
    let (m, n) = (c.shape.rowCount, c.shape.lastExtent)
    let k = aTransposed ? a.shape.rowCount : a.shape.lastExtent
    guard failure == nil, m > 0, n > 0 else { return }
    if k == 0 {
      if !accumulate { fill(c, with: 0) }
      return
    }
    let (aStride, bStride) = (a.shape.lastExtent, b.shape.lastExtent)
    let (left, right) = (transposition(aTransposed), transposition(bTransposed))
    var stream: cl_command_queue? = queue
    var packedBytes = 0
    let asked = CLBlastSGemmTempBufferSize(
      CLBlastLayoutRowMajor, left, right, m, n, k, a.offset, aStride, b.offset, bStride, c.offset,
      n, &stream, &packedBytes)
    guard check(asked.rawValue, "a matrix product", bytes: 0) else { return }
    let status = CLBlastSgemmWithTempBuffer(
      CLBlastLayoutRowMajor, left, right, m, n, k, 1, buffer(of: a), a.offset, aStride,
      buffer(of: b), b.offset, bStride, accumulate ? 1 : 0, buffer(of: c), c.offset, n, &stream,
      nil, packing(bytes: packedBytes))
    _ = check(
      status.rawValue, "a matrix product of [\(m), \(k)] and [\(k), \(n)]", bytes: packedBytes)
  }

  private func transposition(_ isTransposed: Bool) -> CLBlastTranspose {
    isTransposed ? CLBlastTransposeYes : CLBlastTransposeNo
  }

  /// A buffer for the library to pack matrices into, kept for the next product; nil if it needs
  /// none. The queue runs in order, so two products never use it at once.
  private func packing(bytes: Int) -> cl_mem? {
    if bytes == 0 { return nil }
    if let packingSpace, packingSpace.bytes >= bytes { return packingSpace.buffer }
    if let packingSpace { pool.give(packingSpace.buffer, bytes: packingSpace.bytes) }
    packingSpace = takeBuffer(bytes: bytes).map { ($0, bytes) }
    return packingSpace?.buffer
  }
}
