import Foundation

func alibiBias(length: Int, head: Int, headCount: Int) -> [[Float]] {
  var power = 1
  while 2 * power <= headCount { power *= 2 }
  let exponent =
    head < power
    ? -8.0 * Double(head + 1) / Double(power)
    : -8.0 * Double(2 * (head - power) + 1) / Double(2 * power)
  let slope = Float(pow(2.0, exponent))
  return (0..<length).map { query in
    (0..<length).map { key in
      key > query ? -Float.infinity : -slope * Float(query - key)
    }
  }
}
