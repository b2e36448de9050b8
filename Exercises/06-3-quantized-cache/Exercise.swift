/// A row of a cache: 8-bit codes, and the scale that turns a code into an element.
struct QuantizedRow {
  var codes: [Int8]
  var scale: Float
}

/// The row as codes from −127 to 127; element ≈ code · scale.
///
/// - Returns: the largest absolute value gets the code 127 or −127; a row of zeros gets zeros.
func quantized(_ row: [Float]) -> QuantizedRow {
  // TODO: find the scale, then round each element to its code; and write `score` below.
  return QuantizedRow(codes: [], scale: 0)
}

/// The dot product of a query and a row; the scale multiplies the sum, once.
func score(_ query: [Float], _ row: QuantizedRow) -> Float {
  return 0
}
