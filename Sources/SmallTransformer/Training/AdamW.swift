import Autograd
import Foundation
import TensorCore

/// The learning rate by step: linear warm-up, then cosine decay (Loshchilov and Hutter, 2017).
public struct LearningRateSchedule: Hashable, Codable, Sendable {
  /// The rate at the end of the warm-up.
  public var peak: Double
  /// The rate at the last step.
  public var minimum: Double
  /// Steps in which the rate grows linearly to the peak.
  public var warmUpSteps: Int
  /// Steps of the whole run, warm-up included.
  public var totalSteps: Int

  public init(peak: Double, minimum: Double? = nil, warmUpSteps: Int, totalSteps: Int) {
    self.peak = peak
    self.minimum = minimum ?? peak / 10
    self.warmUpSteps = warmUpSteps
    self.totalSteps = totalSteps
  }

  /// The rate of a step, counted from 1.
  public func rate(step: Int) -> Double {
    if step <= warmUpSteps { return peak * Double(step) / Double(warmUpSteps) }
    let progress = Double(step - warmUpSteps) / Double(max(1, totalSteps - warmUpSteps))
    return minimum + 0.5 * (peak - minimum) * (1 + cos(.pi * min(1, progress)))
  }
}

/// The AdamW optimizer (Loshchilov and Hutter, 2019), with gradients clipped by their global norm
/// (Pascanu et al., 2013).
///
/// Weight decay applies to matrices, not to vectors (norms, biases).
public final class AdamW {
  /// Decay of the first moment, the mean of gradients.
  public var beta1: Float = 0.9
  /// Decay of the second moment, the mean of squared gradients.
  public var beta2: Float = 0.95
  public var epsilon: Float = 1e-8
  public let weightDecay: Float
  /// The largest global norm of the gradients; larger gradients are scaled down to it.
  public let clipNorm: Float
  private let moments: [(parameter: Parameter, first: Tensor, second: Tensor)]
  private let backend: any Backend
  private var step = 0

  /// Creates the optimizer and allocates both moments, two elements per weight.
  public init(
    _ parameters: ParameterSet, on backend: any Backend, weightDecay: Float = 0.1,
    clipNorm: Float = 1
  ) {
    self.backend = backend
    self.weightDecay = weightDecay
    self.clipNorm = clipNorm
    moments = parameters.all.map {
      ($0, backend.full(0, $0.shape, .optimizer), backend.full(0, $0.shape, .optimizer))
    }
  }

  /// Updates each weight that has a gradient, and resets the gradients.
  ///
  /// - Returns: the global norm of the gradient before clipping.
  public func update(learningRate: Float) -> Float {
    step += 1
    let squares = backend.sumOfSquares(moments.compactMap(\.parameter.gradient))
    let norm = Float(squares.squareRoot())
    let scale = norm > clipNorm ? clipNorm / (norm + 1e-6) : 1
    for moment in moments {
      guard let gradient = moment.parameter.gradient else { continue }
      backend.adamW(
        weight: moment.parameter.value, gradient: gradient, firstMoment: moment.first,
        secondMoment: moment.second,
        AdamWStep(
          learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
          weightDecay: moment.parameter.shape.rank >= 2 ? weightDecay : 0, gradientScale: scale,
          step: step))
      moment.parameter.resetGradient()
    }
    return norm
  }
}
