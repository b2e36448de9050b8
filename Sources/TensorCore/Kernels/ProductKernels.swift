/// Matrix products.
public protocol ProductKernels {
  /// `c = op(a) • op(b)`, or `c += …` where `accumulate` is set; `op` transposes where asked.
  ///
  /// Tensors are read as matrices: all axes but the last are rows.
  /// - Complexity: 2·m·k·n operations; no extra memory beyond what the library packs.
  func multiply(
    _ a: Tensor, transposed aTransposed: Bool, _ b: Tensor, transposed bTransposed: Bool,
    into c: Tensor, accumulate: Bool)
}
