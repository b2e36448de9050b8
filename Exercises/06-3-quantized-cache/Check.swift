@testable import struct Learner.QuantizedRow
@testable import func Learner.quantized
@testable import func Learner.score

func check(_ grader: Grader) throws {
  func codes(_ row: [Float]) -> [Int] { quantized(row).codes.map(Int.init) }
  let row: [Float] = [2.54, -1.27, 0, 0.031, 1.009]
  try grader.same(
    "quantized([2.54, -1.27, 0, 0.031, 1.009]).codes", codes(row), [127, -64, 0, 2, 50],
    mistakes: [
      Mistake("The codes are cut, not rounded: use rounded().", [127, -63, 0, 1, 50]),
      Mistake(
        "The scale is the largest value divided by 127; it was divided by 128.",
        [127, -64, 0, 2, 51]),
      Mistake(
        "The scale is twice as large as it must be: codes go from −127 to 127.",
        [64, -32, 0, 1, 25]),
      Mistake("Those are the elements themselves, without a scale.", [3, -1, 0, 0, 1]),
    ])
  try grader.same(
    "quantized([2.54, -1.27, 0, 0.031, 1.009]).scale", quantized(row).scale, 0.02, within: 1e-6,
    mistakes: [
      Mistake("That is the factor from an element to its code; the scale is 1 divided by it.", 50),
      Mistake("That is the largest value; divide it by 127.", 2.54),
    ])
  try grader.same(
    "quantized([1, -1.005]).codes: the largest absolute value is negative", codes([1, -1.005]),
    [126, -127],
    mistakes: [
      Mistake("Take the largest absolute value, not the largest value.", [127, -128]),
      Mistake("Take the largest absolute value, not the largest value.", [127, -127]),
    ])
  try grader.same(
    "quantized([1, -5.08]).codes: the largest absolute value is negative", codes([1, -5.08]),
    [25, -127],
    mistakes: [Mistake("Take the largest absolute value, not the largest value.", [127, -127])])
  try grader.same(
    "quantized([0, 0, 0]): codes of 0, and no division by 0", codes([0, 0, 0]), [0, 0, 0])
  let query: [Float] = [1, -2, 0.5, 3]
  let stored = QuantizedRow(codes: [100, -50, 7, 1], scale: 0.25)
  try grader.same(
    "score([1, -2, 0.5, 3], codes [100, -50, 7, 1], scale 0.25)", score(query, stored), 51.625,
    mistakes: [
      Mistake("The scale is missing: element ≈ code · scale.", 206.5),
      Mistake("Multiply by the scale; it was divided by.", 826),
      Mistake("The scale multiplies the sum once; it was multiplied twice.", 12.90625),
    ])
  let long = (0..<64).map { index -> Float in Float((index * 37) % 101) / 10 - 5 }
  let question = "quantized of 64 elements from −5 to 5"
  let kept = grader.ask(question) { quantized(long) }
  let errors = zip(long, kept.codes).map { abs($0 - Float($1) * kept.scale) }
  try grader.law(
    "Rounding to the nearest code: no element is off by more than half the scale.",
    asking: question, kept.codes.count == 64 && errors.allSatisfy { $0 <= kept.scale * 0.5001 },
    found: "an element is off by \(errors.max() ?? 0), and the scale is \(kept.scale)")
}
