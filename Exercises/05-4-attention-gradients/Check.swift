import Foundation

@testable import struct Learner.Gradients
@testable import struct Learner.Head
@testable import func Learner.attentionGradients

/// Different vectors.
private func vectors(_ count: Int, _ seed: Int, of length: Int) -> [[Float]] {
  (0..<count).map { row in
    (0..<length).map { column in Float((row * 7 + column * 3 + seed * 5) % 11) / 5 - 1 }
  }
}

private func dot(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

/// The forward pass.
private func forward(_ queries: [[Float]], _ keys: [[Float]], _ values: [[Float]]) -> Head {
  var head = Head(queries: queries, keys: keys, values: values, output: [], logSumExp: [])
  for i in queries.indices {
    let scale = 1 / Float(queries[i].count).squareRoot()
    let scores = (0...i).map { j -> Float in scale * dot(queries[i], keys[j]) }
    let top = scores.max() ?? 0
    let weights = scores.map { exp($0 - top) }
    let sum = weights.reduce(0, +)
    head.logSumExp.append(top + log(sum))
    head.output.append(
      values[i].indices.map { d -> Float in
        zip(weights, values).reduce(Float(0)) { $0 + $1.0 * $1.1[d] } / sum
      })
  }
  return head
}

/// What a common mistake changes in the gradients.
private enum Slip { case none, noDelta, noScale, noProbability, deltaOfValues, swapped }

private func reference(_ head: Head, _ gradient: [[Float]], _ slip: Slip = .none) -> Gradients {
  func zeros(_ rows: [[Float]]) -> [[Float]] { rows.map { $0.map { _ in 0 } } }
  var sums = Gradients(
    queries: zeros(head.queries), keys: zeros(head.keys), values: zeros(head.values))
  for i in head.queries.indices {
    let scale = 1 / Float(head.queries[i].count).squareRoot()
    var delta = dot(gradient[i], head.output[i])
    if slip == .noDelta { delta = 0 }
    for j in 0...i {
      let p = exp(scale * dot(head.queries[i], head.keys[j]) - head.logSumExp[i])
      if slip == .deltaOfValues { delta = dot(gradient[i], head.values[i]) }
      var ds = (dot(gradient[i], head.values[j]) - delta) * (slip == .noScale ? 1 : scale)
      if slip != .noProbability { ds *= p }
      for d in gradient[i].indices { sums.values[j][d] += p * gradient[i][d] }
      for d in head.keys[j].indices {
        let (query, key) = (head.queries[i][d], head.keys[j][d])
        sums.queries[i][d] += ds * (slip == .swapped ? query : key)
        sums.keys[j][d] += ds * (slip == .swapped ? key : query)
      }
    }
  }
  return sums
}

func check(_ grader: Grader) throws {
  let head = forward(vectors(5, 1, of: 4), vectors(5, 2, of: 4), vectors(5, 3, of: 3))
  let gradient = vectors(5, 6, of: 3)
  let question = "attentionGradients of 5 tokens, vectors of 4, values of 3"
  let found = grader.ask(question) { attentionGradients(of: head, outputGradient: gradient) }
  let right = reference(head, gradient)
  try grader.same(
    question + ": the values", found.values, right.values, within: 1e-4,
    mistakes: [
      Mistake(
        "Keys after the query have no part in its output, and so none in the gradient.",
        uncausal(head, gradient)),
      Mistake(
        "Each value gets only the gradient of its own query; add up over all queries that see it.",
        head.values.indices.map { j -> [Float] in
          let scale = 1 / Float(head.queries[j].count).squareRoot()
          let p = exp(scale * dot(head.queries[j], head.keys[j]) - head.logSumExp[j])
          return gradient[j].map { p * $0 }
        }),
    ])
  func mistakes(_ rows: (Gradients) -> [[Float]]) -> [Mistake<[[Float]]>] {
    func wrong(_ slip: Slip) -> [[Float]] { rows(reference(head, gradient, slip)) }
    return [
      Mistake(
        "δ is missing: the softmax also lowers a probability when another one rises.",
        wrong(.noDelta)),
      Mistake("The score was divided by √D; so its gradient is too.", wrong(.noScale)),
      Mistake("p is missing: ds = p · (dp − δ).", wrong(.noProbability)),
      Mistake("δ is outputGradient · output, not outputGradient · value.", wrong(.deltaOfValues)),
      Mistake(
        "Queries and keys are swapped: ds · key is for the query, and ds · query for the key.",
        wrong(.swapped)),
    ]
  }
  try grader.same(
    question + ": the queries", found.queries, right.queries, within: 1e-4,
    mistakes: mistakes { $0.queries })
  try grader.same(
    question + ": the keys", found.keys, right.keys, within: 1e-4, mistakes: mistakes { $0.keys })

  let large = forward([[9], [9]], [[9], [10]], [[1], [3]])
  let largeQuestion = "attentionGradients with scores of 81 and 90"
  let one = grader.ask(largeQuestion) {
    attentionGradients(of: large, outputGradient: [[1], [1]])
  }
  let wanted = reference(large, [[1], [1]])
  try grader.same(
    largeQuestion + ": the values", one.values, wanted.values, within: 5e-5,
    mistakes: [
      Mistake(
        "exp(90) does not fit in a Float: subtract logSumExp before exp, do not divide after it.",
        [[1], [.nan]])
    ])
  try grader.same(
    largeQuestion + ": the queries", one.queries, wanted.queries, within: 1e-3)
  try grader.same(largeQuestion + ": the keys", one.keys, wanted.keys, within: 1e-3)
  try grader.law(
    "A constant added to all values changes no gradient of queries and keys: those of equal values "
      + "are 0.", asking: "attentionGradients with values that are all 2",
    isZero(
      attentionGradients(
        of: forward(head.queries, head.keys, head.queries.map { _ in [2] }),
        outputGradient: head.queries.map { _ in [1] })),
    found: "gradients that are not 0")
}

private func isZero(_ gradients: Gradients) -> Bool {
  (gradients.queries + gradients.keys).allSatisfy { row in row.allSatisfy { abs($0) < 1e-5 } }
}

/// The gradient for the values if every query sees every key.
private func uncausal(_ head: Head, _ gradient: [[Float]]) -> [[Float]] {
  head.values.indices.map { j -> [Float] in
    var sum = [Float](repeating: 0, count: gradient[0].count)
    for i in head.queries.indices {
      let scale = 1 / Float(head.queries[i].count).squareRoot()
      let p = exp(scale * dot(head.queries[i], head.keys[j]) - head.logSumExp[i])
      for d in sum.indices { sum[d] += p * gradient[i][d] }
    }
    return sum
  }
}
