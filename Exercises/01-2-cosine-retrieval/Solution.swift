func nearest(_ count: Int, in store: [[Float]], to question: [Float]) -> [Int] {
  func dot(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
  let likeness = store.map { sentence -> Float in
    let length = dot(sentence, sentence).squareRoot()
    return length > 0 ? dot(sentence, question) / length : 0
  }
  let ranked = store.indices.sorted { likeness[$0] > likeness[$1] }
  return ranked.prefix(count).sorted()
}
