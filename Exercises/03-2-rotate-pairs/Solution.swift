import Foundation

enum PairLayout {
  case halves
  case neighbors
}

func rotated(
  _ vector: [Double], position: Int, layout: PairLayout = .halves, base: Double = 10_000
) -> [Double] {
  var result = vector
  let pairCount = vector.count / 2
  for i in 0..<pairCount {
    let angle = Double(position) * pow(base, -2 * Double(i) / Double(vector.count))
    let (first, second) = layout == .halves ? (i, i + pairCount) : (2 * i, 2 * i + 1)
    let (a, b) = (vector[first], vector[second])
    result[first] = a * cos(angle) - b * sin(angle)
    result[second] = a * sin(angle) + b * cos(angle)
  }
  return result
}

func moved(
  _ rotatedKey: [Double], from oldPosition: Int, to newPosition: Int,
  layout: PairLayout = .halves, base: Double = 10_000
) -> [Double] {
  rotated(rotatedKey, position: newPosition - oldPosition, layout: layout, base: base)
}
