import Foundation
import TensorCore

extension ProgramText {
  fileprivate static let adamW = ProgramText(name: "AdamW.cl", text: PackageResources.AdamW_cl)
}

extension OpenCLBackend {
  public func adamW(
    weight: Tensor, gradient: Tensor, firstMoment: Tensor, secondMoment: Tensor, _ step: AdamWStep
  ) {
    let rate = Double(step.learningRate) / (1 - pow(Double(step.beta1), Double(step.step)))
    let root = 1 / (1 - pow(Double(step.beta2), Double(step.step))).squareRoot()
    runElements(
      "adamW", of: .adamW, count: weight.count,
      [
        .tensor(weight), .tensor(gradient), .tensor(firstMoment), .tensor(secondMoment),
        .float(step.beta1), .float(step.beta2), .float(step.epsilon), .float(step.gradientScale),
        .float(Float(rate)), .float(Float(root)),
        .float(1 - step.learningRate * step.weightDecay), .integer(weight.count),
      ])
  }
}
