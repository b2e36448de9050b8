func nearest(_ count: Int, in store: [[Float]], to question: [Float]) -> [Int] {
  func dot(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
  let similarity = store.map { sentence -> Float in
    let norm = dot(sentence, sentence).squareRoot()
    return norm > 0 ? dot(sentence, question) / norm : 0
  }
  let ranked = store.indices.sorted { similarity[$0] > similarity[$1] }
  return ranked.prefix(count).sorted()
}
