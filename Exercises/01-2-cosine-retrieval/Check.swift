@testable import func Learner.nearest

func check(_ grader: Grader) throws {
  let store: [[Float]] = [[9, 12], [0, 1], [1, 0.1], [-1, 0], [2, 0.3], [0, 0]]
  let asked = "nearest(2, in: [[9, 12], [0, 1], [1, 0.1], [-1, 0], [2, 0.3], [0, 0]], to: [1, 0])"
  try grader.same(
    asked, nearest(2, in: store, to: [1, 0]), [2, 4],
    mistakes: [
      Mistake(
        "That is the dot product: a sentence with a large norm wins. Divide by the norm.", [0, 4]),
      Mistake("Those are the least similar to the question.", [1, 3]),
      Mistake("Those are the least similar to the question.", [3, 5]),
      Mistake("The indices must be in ascending order, as in the story.", [4, 2]),
    ])
  try grader.same(
    "nearest(3, in: [[0, 2], [5, 5], [0, 1], [3, 0]], to: [0, 4])",
    nearest(3, in: [[0, 2], [5, 5], [0, 1], [3, 0]], to: [0, 4]), [0, 1, 2],
    mistakes: [
      Mistake("The indices must be in ascending order, as in the story.", [0, 2, 1]),
      Mistake("One too few.", [0, 2]),
    ])
  try grader.same(
    "nearest(2, in: [[0, 0], [-1, 0], [-1, -1]], to: [1, 0]): a zero vector has cosine 0",
    nearest(2, in: [[0, 0], [-1, 0], [-1, -1]], to: [1, 0]), [0, 2],
    mistakes: [
      Mistake("The norm of a zero vector is 0: do not divide by it, its cosine is 0.", [1, 2])
    ])
  let many = (0..<40).map { index -> [Float] in
    let (first, second) = ((index * 7) % 11 - 5, (index * 5) % 13 - 6)
    return [Float(first), Float(second), 1]
  }
  let longer = many.enumerated().map { index, sentence -> [Float] in
    let factor = Float(1 << (index % 5))
    return sentence.map { $0 * factor }
  }
  let question = "nearest 5 of 40, then with the vectors multiplied by 1, 2, 4, 8 or 16"
  let (plain, scaled) = grader.ask(question) {
    (nearest(5, in: many, to: [1, 2, 3]), nearest(5, in: longer, to: [1, 2, 3]))
  }
  try grader.law(
    "The norm of a sentence's vector does not change the result.", asking: question,
    plain == scaled,
    found: "\(plain), then \(scaled)")
}
