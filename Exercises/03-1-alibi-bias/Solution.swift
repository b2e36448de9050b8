import Foundation

func alibiBias(length: Int, head: Int, headCount: Int) -> [[Float]] {
  let slope = Float(pow(2.0, -8.0 * Double(head + 1) / Double(headCount)))
  return (0..<length).map { query in
    (0..<length).map { key in
      key > query ? -Float.infinity : -slope * Float(query - key)
    }
  }
}
