import Foundation

func rotated(_ vector: [Double], position: Int, base: Double = 10_000) -> [Double] {
  var result = vector
  let half = vector.count / 2
  for i in 0..<half {
    let angle = Double(position) * pow(base, -2 * Double(i) / Double(vector.count))
    let (a, b) = (vector[i], vector[i + half])
    result[i] = a * cos(angle) - b * sin(angle)
    result[i + half] = a * sin(angle) + b * cos(angle)
  }
  return result
}
