import Foundation

@testable import func Learner.gradient
@testable import struct Learner.Layer

/// A chain that counts its evaluations.
private final class Chain {
  var forwardCount = 0

  func layers(_ count: Int) -> [Layer] {
    (0..<count).map { index in
      Layer(
        forward: { x in
          self.forwardCount += 1
          return x + sin(x + Double(index)) / 4
        }, derivative: { 1 + cos($0 + Double(index)) / 4 })
    }
  }
}

/// The reference, which keeps every input; `late` takes each derivative at the layer's output.
private func reference(_ layers: [Layer], at x: Double, late: Bool = false, drop: Int = 0) -> Double
{
  var values = [x]
  for layer in layers { values.append(layer.forward(values[values.count - 1])) }
  return layers.indices.dropLast(drop).reversed().reduce(1) {
    $0 * layers[$1].derivative(values[$1 + (late ? 1 : 0)])
  }
}

func check(_ grader: Grader) throws {
  let doubling = Layer(forward: { 2 * $0 }, derivative: { _ in 2 })
  let square = Layer(forward: { $0 * $0 }, derivative: { 2 * $0 })
  try grader.same(
    "gradient of [2x, x²] at 3, segment: 1",
    gradient(of: [doubling, square], at: 3, segment: 1), 24,
    mistakes: [
      Mistake("The derivative was taken at the layer's output; take it at the input.", 144),
      Mistake("Every derivative was taken at x; take it at the input of its layer.", 12),
      Mistake("The derivatives were added; the chain rule multiplies.", 14),
    ])
  for (count, segment) in [(1, 4), (8, 4), (10, 4), (9, 9), (7, 2)] {
    let layers = Chain().layers(count)
    try grader.same(
      "gradient of \(count) layers at 0.7, segment: \(segment)",
      gradient(of: layers, at: 0.7, segment: segment), reference(layers, at: 0.7), within: 0,
      mistakes: [
        Mistake(
          "The derivative was taken at the layer's output; take it at the input.",
          reference(layers, at: 0.7, late: true)),
        Mistake(
          "The last segment, shorter than the others, was left out.",
          reference(layers, at: 0.7, drop: count % segment)),
      ])
  }
  let chain = Chain()
  let question = "gradient of 64 layers, segment: 8"
  _ = grader.ask(question) { gradient(of: chain.layers(64), at: 0.1, segment: 8) }
  try grader.law(
    "Each layer is computed at most twice: 128 evaluations for 64 layers.", asking: question,
    chain.forwardCount <= 128, found: "\(chain.forwardCount) evaluations",
    meaning: "Recompute from the kept input of the segment, not from x.")
  try grader.law(
    "Inputs that were not kept are recomputed: at least 100 evaluations for 64 layers.",
    asking: question,
    chain.forwardCount >= 100, found: "\(chain.forwardCount) evaluations",
    meaning: "All inputs were kept, so nothing was recomputed and no memory was saved.")
}
