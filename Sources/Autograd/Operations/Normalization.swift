import TensorCore

extension Tape {
  /// LayerNorm over the last axis (Ba et al., 2016).
  ///
  /// Equivalent to `(x − mean(x)) / √(var(x) + ε) · weight + bias`. Shapes: x and result
  /// `[…, width]`, weight and bias `[width]`.
  ///
  /// - Complexity: O(elements) time; keeps x, and mean and 1/std of each row.
  /// - Precondition: x, weight and bias are three variables.
  public func layerNorm(
    _ x: Variable, weight: Variable, bias: Variable, epsilon: Float = 1e-5
  ) -> Variable {
    requireWidth(weight, of: x, "layerNorm: weight")
    requireWidth(bias, of: x, "layerNorm: bias")
    struct Saved { let mean, rstd: Tensor }
    let y = makeResult(x.shape)
    let saved = Saved(
      mean: makeResult([x.shape.rowCount]), rstd: makeResult([x.shape.rowCount]))
    backend.layerNorm(
      x.value, weight: weight.value, bias: bias.value, epsilon: epsilon, into: y, mean: saved.mean,
      rstd: saved.rstd)

    return record(y, from: [x, weight, bias]) { [backend] dy in
      weight.slot.accumulate(on: backend, isAlwaysRun: true) { dWeight, accumulateWeight in
        bias.slot.accumulate(on: backend, isAlwaysRun: true) { dBias, accumulateBias in
          x.slot.accumulate(on: backend, isAlwaysRun: true) { dx, accumulate in
            backend.layerNormBackward(
              dy, x: x.value, weight: weight.value, mean: saved.mean,
              rstd: saved.rstd, dx: dx, accumulate: accumulate,
              dWeight: dWeight, accumulateWeight: accumulateWeight, dBias: dBias,
              accumulateBias: accumulateBias)
          }
        }
      }
    }
  }

  /// RMSNorm over the last axis (Zhang and Sennrich, 2019): LayerNorm without the mean.
  ///
  /// Equivalent to `x / √(mean(x²) + ε) · weight`. Shapes: x and result `[…, width]`, weight
  /// `[width]`.
  ///
  /// - Complexity: O(elements) time; keeps x, and 1/rms of each row.
  /// - Precondition: x and weight are two variables.
  public func rmsNorm(_ x: Variable, weight: Variable, epsilon: Float = 1e-5) -> Variable {
    requireWidth(weight, of: x, "rmsNorm: weight")
    struct Saved { let rstd: Tensor }
    let y = makeResult(x.shape)
    let saved = Saved(rstd: makeResult([x.shape.rowCount]))
    backend.rmsNorm(
      x.value, weight: weight.value, epsilon: epsilon, into: y,
      rstd: saved.rstd)

    return record(y, from: [x, weight]) { [backend] dy in
      weight.slot.accumulate(on: backend, isAlwaysRun: true) { dWeight, accumulateWeight in
        x.slot.accumulate(on: backend, isAlwaysRun: true) { dx, accumulate in
          backend.rmsNormBackward(
            dy, x: x.value, weight: weight.value, rstd: saved.rstd,
            dx: dx, accumulate: accumulate, dWeight: dWeight,
            accumulateWeight: accumulateWeight)
        }
      }
    }
  }

  private func requireWidth(_ parameter: Variable, of x: Variable, _ what: String) {
    precondition(
      parameter.shape == [x.shape.lastExtent], "\(what) \(parameter.shape) for rows of \(x.shape)")
  }
}
