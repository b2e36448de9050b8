import TensorCore

/// One element's gradient by the tape and by central difference, and how much they differ.
public struct GradientDifference: CustomStringConvertible {
  /// The name of the parameter.
  public let parameter: String
  /// The index of the element, row-major.
  public let index: Int
  /// The gradient of the backward pass.
  public let byTape: Double
  /// The gradient by central difference.
  public let byDifference: Double
  /// |tape − difference|, divided by the largest gradient of that parameter.
  public let relative: Double

  public var description: String {
    "\(parameter)[\(index)]: tape \(byTape), central difference \(byDifference), "
      + "relative \(relative)"
  }
}

/// Compares the tape's gradients with central differences, as PyTorch's `gradcheck`.
///
/// A central difference is `(f(w + h) − f(w − h)) / 2h`. Checks `samplesPerParameter` elements of
/// each parameter, spread evenly, and returns the one with the largest difference. `loss` computes
/// the loss on the tape that is passed to it, and must be the same function at each call.
/// - Complexity: two forward passes per checked element.
public func worstGradientDifference(
  of parameters: [Parameter], on backend: any Backend, step h: Float = 1e-2,
  samplesPerParameter: Int = 8, loss: (Tape) -> Variable
) -> GradientDifference? {
  for parameter in parameters { parameter.resetGradient() }
  let tape = Tape(backend)
  tape.backward(from: loss(tape))
  func value() -> Double { Double(backend.read(loss(Tape(backend, isRecording: false)).value)[0]) }

  var worst: GradientDifference?
  for parameter in parameters {
    guard let gradient = parameter.gradient else { continue }
    let byTape = backend.read(gradient)
    let largest = Double(byTape.reduce(1e-6) { max($0, abs($1)) })
    var weights = backend.read(parameter.value)
    let stride = max(1, weights.count / samplesPerParameter)
    for index in Swift.stride(from: 0, to: weights.count, by: stride) {
      let original = weights[index]
      func shifted(by delta: Float) -> Double {
        weights[index] = original + delta
        backend.write(weights, to: parameter.value)
        return value()
      }
      let difference = (shifted(by: h) - shifted(by: -h)) / (2 * Double(h))
      weights[index] = original
      backend.write(weights, to: parameter.value)
      let relative = abs(Double(byTape[index]) - difference) / largest
      if relative >= worst?.relative ?? 0 {
        worst = GradientDifference(
          parameter: parameter.name, index: index, byTape: Double(byTape[index]),
          byDifference: difference, relative: relative)
      }
    }
  }
  return worst
}
