import Foundation

struct OnlineAttention {
  var maximum = -Float.infinity
  var sum: Float = 0
  var weighted: [Float] = []

  mutating func add(score: Float, value: [Float]) {
    let larger = max(maximum, score)
    let factor = exp(maximum - larger)
    let weight = exp(score - larger)
    if weighted.isEmpty { weighted = value.map { _ in 0 } }
    sum = sum * factor + weight
    for index in value.indices {
      weighted[index] = weighted[index] * factor + weight * value[index]
    }
    maximum = larger
  }

  var output: [Float] { weighted.map { $0 / sum } }
}
