@testable import struct Learner.QuantizedRow
@testable import func Learner.quantized

/// Rows of a cache.
struct RowsCall: Decodable {
  let rows: [[Float]]
}

struct RowCodes: Encodable {
  let codes: [Int8]
  let scale: Float
}

func answer(_ call: RowsCall) -> [RowCodes] {
  call.rows.map { row in
    let found = quantized(row)
    return RowCodes(codes: found.codes, scale: found.scale)
  }
}
