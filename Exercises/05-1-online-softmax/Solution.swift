import Foundation

func onlineAttention(scores: [Float], values: [[Float]]) -> [Float] {
  var maximum = -Float.infinity
  var sum: Float = 0
  var output = [Float](repeating: 0, count: values[0].count)
  for (score, value) in zip(scores, values) {
    let larger = max(maximum, score)
    let factor = exp(maximum - larger)
    let weight = exp(score - larger)
    sum = sum * factor + weight
    for index in output.indices {
      output[index] = output[index] * factor + weight * value[index]
    }
    maximum = larger
  }
  return output.map { $0 / sum }
}
