import TensorCore

extension Tape {
  /// LayerNorm over the last axis (Ba et al., 2016).
  ///
  /// Equivalent to `(x − mean(x)) / √(var(x) + ε) · weight + bias`. Shapes: x and result
  /// `[…, width]`, weight and bias `[width]`.
  ///
  /// - Complexity: a few operations a number; keeps x and two numbers a row for the gradient.
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
      weight.slot.contribute(on: backend) { dWeight, accumulateWeight in
        bias.slot.contribute(on: backend) { dBias, accumulateBias in
          x.slot.contributeOrDiscard(on: backend) { dx, accumulate in
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
  /// Equivalent to `x / √(mean(x²) + ε) · weight`.
  ///
  /// - Complexity: as `layerNorm`, one number a row kept.
  public func rmsNorm(_ x: Variable, weight: Variable, epsilon: Float = 1e-5) -> Variable {
    requireWidth(weight, of: x, "rmsNorm: weight")
    struct Saved { let rstd: Tensor }
    let y = makeResult(x.shape)
    let saved = Saved(rstd: makeResult([x.shape.rowCount]))
    backend.rmsNorm(
      x.value, weight: weight.value, epsilon: epsilon, into: y,
      rstd: saved.rstd)

    return record(y, from: [x, weight]) { [backend] dy in
      weight.slot.contribute(on: backend) { dWeight, accumulateWeight in
        x.slot.contributeOrDiscard(on: backend) { dx, accumulate in
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
