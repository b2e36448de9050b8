import Foundation

struct Head {
  var queries: [[Float]]
  var keys: [[Float]]
  var values: [[Float]]
  var output: [[Float]]
  var logSumExp: [Float]
}

struct Gradients {
  var queries: [[Float]]
  var keys: [[Float]]
  var values: [[Float]]
}

func attentionGradients(of head: Head, outputGradient: [[Float]]) -> Gradients {
  func dot(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
  func add(_ weight: Float, _ row: [Float], to sum: inout [Float]) {
    for d in row.indices { sum[d] += weight * row[d] }
  }
  func zeros(_ rows: [[Float]]) -> [[Float]] { rows.map { $0.map { _ in 0 } } }
  var sums = Gradients(
    queries: zeros(head.queries), keys: zeros(head.keys), values: zeros(head.values))
  for i in head.queries.indices {
    let scale = 1 / Float(head.queries[i].count).squareRoot()
    let delta = dot(outputGradient[i], head.output[i])
    for j in 0...i {
      let p = exp(scale * dot(head.queries[i], head.keys[j]) - head.logSumExp[i])
      let ds = p * (dot(outputGradient[i], head.values[j]) - delta) * scale
      add(p, outputGradient[i], to: &sums.values[j])
      add(ds, head.keys[j], to: &sums.queries[i])
      add(ds, head.queries[i], to: &sums.keys[j])
    }
  }
  return sums
}
