struct QuantizedRow {
  var codes: [Int8]
  var scale: Float
}

func quantized(_ row: [Float]) -> QuantizedRow {
  let scale = (row.map(abs).max() ?? 0) / 127
  let codes = row.map { scale > 0 ? Int8(($0 / scale).rounded()) : 0 }
  return QuantizedRow(codes: codes, scale: scale)
}

func score(_ query: [Float], _ row: QuantizedRow) -> Float {
  row.scale * zip(query, row.codes).reduce(Float(0)) { $0 + $1.0 * Float($1.1) }
}
