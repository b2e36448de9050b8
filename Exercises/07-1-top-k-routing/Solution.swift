import Foundation

func routed(
  tokens: [Float], scores: [Float], k: Int, block: (Float) -> Float
) -> [Float] {
  let chosen = tokens.indices.sorted { scores[$0] > scores[$1] }.prefix(k)
  var result = tokens
  for place in chosen {
    let gate = 1 / (1 + exp(-scores[place]))
    result[place] = tokens[place] + gate * block(tokens[place])
  }
  return result
}
