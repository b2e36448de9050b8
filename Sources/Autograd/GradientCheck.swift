import TensorCore

/// One element's gradient by the tape and by finite differences, and how much they differ.
public struct GradientDifference: CustomStringConvertible {
  /// The name of the parameter.
  public let parameter: String
  /// The index of the element, row-major.
  public let index: Int
  /// The gradient of the backward pass.
  public let byTape: Double
  /// The gradient by finite differences.
  public let byDifference: Double
  /// |tape − difference|, divided by the largest gradient of that parameter.
  public let relative: Double

  public var description: String {
    "\(parameter)[\(index)]: tape \(byTape), finite difference \(byDifference), "
      + "relative \(relative)"
  }
}

/// Compares the tape's gradients with finite differences of the loss, as PyTorch's `gradcheck`.
///
/// Central differences with several steps, extrapolated to step zero (Ridders, 1982). So the first
/// steps can be so large that the rounding of a Float32 loss does not matter. The first one is `step`
/// times the root mean square of the parameter.
///
/// Checks `samplesPerParameter` elements of each parameter, spread evenly, and returns the one with
/// the largest difference; nil if no parameter got a gradient. `loss` computes the loss on the tape
/// that is passed to it, and must be the same function at each call. `preciseLoss` computes the same
/// loss in Double, for gradients so small that the rounding of a Float32 loss would hide them.
/// - Complexity: ten forward passes per checked element.
public func worstGradientDifference(
  of parameters: [Parameter], on backend: any Backend, step: Double = 0.1,
  samplesPerParameter: Int = 8, value preciseLoss: (() -> Double)? = nil,
  loss: (Tape) -> Variable
) -> GradientDifference? {
  for parameter in parameters { parameter.resetGradient() }
  let tape = Tape(backend)
  tape.backward(from: loss(tape))
  func value() -> Double {
    preciseLoss?() ?? Double(backend.read(loss(Tape(backend, isRecording: false)).value)[0])
  }

  var worst: GradientDifference?
  for parameter in parameters {
    guard let gradient = parameter.gradient else { continue }
    let byTape = backend.read(gradient)
    let largest = Double(byTape.reduce(1e-6) { max($0, abs($1)) })
    var weights = backend.read(parameter.value)
    let squares = weights.reduce(0.0) { $0 + Double($1) * Double($1) }
    let scale = squares > 0 ? (squares / Double(weights.count)).squareRoot() : 1
    let stride = max(1, weights.count / samplesPerParameter)
    for index in Swift.stride(from: 0, to: weights.count, by: stride) {
      let original = weights[index]
      let difference = extrapolatedDifference(step: step * scale) { delta in
        weights[index] = original + Float(delta)
        backend.write(weights, to: parameter.value)
        return value()
      }
      weights[index] = original
      backend.write(weights, to: parameter.value)
      let relative = abs(Double(byTape[index]) - difference) / largest
      // Written with `!` so that a NaN counts as the largest difference.
      if worst == nil || !(relative <= worst?.relative ?? 0) {
        worst = GradientDifference(
          parameter: parameter.name, index: index, byTape: Double(byTape[index]),
          byDifference: difference, relative: relative.isNaN ? .infinity : relative)
      }
    }
  }
  return worst
}

/// The derivative at 0, from central differences with steps h, h/2, … h/16.
///
/// Two differences whose steps have the ratio 2 give one whose error is smaller by h²: Richardson's
/// extrapolation, repeated. Ridders takes the value that differs least from the two that it was made
/// from: with more steps the error of the step falls, but that of the rounding rises.
private func extrapolatedDifference(step h: Double, _ f: (Double) -> Double) -> Double {
  var before: [Double] = []
  var best = (value: Double.nan, error: Double.infinity)
  for level in 0..<5 {
    let step = h / Double(1 << level)
    var row = [(f(step) - f(-step)) / (2 * step)]
    for (order, coarser) in before.enumerated() {
      let factor = Double(1 << (2 * order + 2))
      let value = (factor * row[order] - coarser) / (factor - 1)
      let error = max(abs(value - row[order]), abs(value - coarser))
      if error < best.error { best = (value, error) }
      row.append(value)
    }
    before = row
  }
  return best.value
}
