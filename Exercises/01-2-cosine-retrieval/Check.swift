@testable import func Learner.nearest

func check(_ grader: Grader) throws {
  let store: [[Float]] = [[9, 12], [0, 1], [1, 0.1], [-1, 0], [2, 0.3], [0, 0]]
  let asked = "nearest(2, in: [[9, 12], [0, 1], [1, 0.1], [-1, 0], [2, 0.3], [0, 0]], to: [1, 0])"
  try grader.same(
    asked, nearest(2, in: store, to: [1, 0]), [2, 4],
    mistakes: [
      Mistake(
        "That is the plain dot product: a long sentence wins by its length. Divide by it.", [0, 4]),
      Mistake("Those are the least like the question.", [1, 3]),
      Mistake("Those are the least like the question.", [3, 5]),
      Mistake("The places must come in the order of the story, ascending.", [4, 2]),
    ])
  try grader.same(
    "nearest(3, in: [[0, 2], [5, 5], [0, 1], [3, 0]], to: [0, 4])",
    nearest(3, in: [[0, 2], [5, 5], [0, 1], [3, 0]], to: [0, 4]), [0, 1, 2],
    mistakes: [
      Mistake("The places must come in the order of the story, ascending.", [0, 2, 1]),
      Mistake("One too few.", [0, 2]),
    ])
  try grader.same(
    "nearest(2, in: [[0, 0], [-1, 0], [-1, -1]], to: [1, 0]): zeros have a cosine of 0",
    nearest(2, in: [[0, 0], [-1, 0], [-1, -1]], to: [1, 0]), [0, 2],
    mistakes: [
      Mistake("A vector of zeros divides by zero; its cosine is 0.", [1, 2])
    ])
  let many = (0..<40).map { place -> [Float] in
    let (first, second) = ((place * 7) % 11 - 5, (place * 5) % 13 - 6)
    return [Float(first), Float(second), 1]
  }
  let longer = many.enumerated().map { place, sentence -> [Float] in
    let factor = Float(1 << (place % 5))
    return sentence.map { $0 * factor }
  }
  let question = "nearest 5 of 40, then with the sentences 1, 2, 4, 8 or 16 times as long"
  let (plain, scaled) = grader.ask(question) {
    (nearest(5, in: many, to: [1, 2, 3]), nearest(5, in: longer, to: [1, 2, 3]))
  }
  try grader.law(
    "The length of a sentence's vector changes nothing.", asking: question, plain == scaled,
    found: "\(plain), then \(scaled)")
}
