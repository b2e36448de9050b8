import Foundation

func routed(
  tokens: [Float], scores: [Float], k: Int, block: (Float) -> Float
) -> [Float] {
  let chosen = tokens.indices.sorted { scores[$0] > scores[$1] }.prefix(k)
  var result = tokens
  for index in chosen {
    let gate = 1 / (1 + exp(-scores[index]))
    result[index] = tokens[index] + gate * block(tokens[index])
  }
  return result
}
