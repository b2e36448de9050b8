import Foundation
import TensorCore

extension CPUBackend {
  public func adamW(
    weight: Tensor, gradient: Tensor, firstMoment: Tensor, secondMoment: Tensor, _ step: AdamWStep
  ) {
    let (ws, gs) = (weight.hostPointer, gradient.hostPointer)
    let (ms, vs) = (firstMoment.hostPointer, secondMoment.hostPointer)
    // lr·m̂/(√v̂ + ε), with the two bias corrections moved out of the loop:
    // √v̂ = √v/√(1−β₂ᵗ), so the fraction is m·(lr/(1−β₁ᵗ)) / (√v/√(1−β₂ᵗ) + ε).
    let rate = Float(Double(step.learningRate) / (1 - pow(Double(step.beta1), Double(step.step))))
    let root = Float(1 / (1 - pow(Double(step.beta2), Double(step.step))).squareRoot())
    let keep = 1 - step.learningRate * step.weightDecay
    forElements(weight.count) { range in
      let start = range.lowerBound
      let (w, g, m, v) = (ws + start, gs + start, ms + start, vs + start)
      forLanes(range.count) { i, lanes in
        let d = load(g + i, lanes) * step.gradientScale
        let m1 = load(m + i, lanes) * step.beta1 + d * (1 - step.beta1)
        let v1 = load(v + i, lanes) * step.beta2 + d * d * (1 - step.beta2)
        store(m + i, m1, lanes)
        store(v + i, v1, lanes)
        let change = m1 * rate / (v1.squareRoot() * root + step.epsilon)
        store(w + i, load(w + i, lanes) * keep - change, lanes)
      }
    }
  }
}
