/// Bytes per weight in training: the weight, its gradient, and the optimizer state.
public struct TrainingState: Hashable, Sendable, Codable {
  public let name: String
  public let weightBytes: Int
  public let gradientBytes: Int
  /// Moments, and the 32-bit copy of the weight if there is one.
  public let optimizerBytes: Int
  /// Bytes per weight of the scales of quantized moments.
  public var scaleBytes = 0.0

  /// Without scales.
  public var bytesPerParameter: Int { weightBytes + gradientBytes + optimizerBytes }

  /// Weight and gradient in 16 bits; the optimizer's copy of the weight and its two moments in 32
  /// (Rajbhandari et al., 2020, section 3.1: K = 12).
  public static let mixed16 = TrainingState(
    name: "16-bit weights and gradients, 32-bit copy and moments", weightBytes: 2,
    gradientBytes: 2, optimizerBytes: 12)
  /// Gradients are summed in 32 bits, so that many small ones are not rounded away.
  public static let mixed18 = TrainingState(
    name: "16-bit weights, 32-bit gradients, copy and moments", weightBytes: 2, gradientBytes: 4,
    optimizerBytes: 12)
  /// Gradients in 16 and in 32 bits.
  public static let mixed20 = TrainingState(
    name: "16-bit weights, gradients in 16 and in 32 bits, 32-bit copy and moments", weightBytes: 2,
    gradientBytes: 6, optimizerBytes: 12)
  /// This course's engine: 32 bits throughout, so no copy.
  public static let float32 = TrainingState(
    name: "32 bits throughout", weightBytes: 4, gradientBytes: 4, optimizerBytes: 8)

  /// Two moments in 8 bits, with a 32-bit scale for each block of 256 (Dettmers et al., 2022; the
  /// block length is that of bitsandbytes).
  public static let adam8bit = TrainingState(
    name: "16-bit weights and gradients, 32-bit copy, moments in 8 bits", weightBytes: 2,
    gradientBytes: 2, optimizerBytes: 6,
    scaleBytes: 2 * 4.0 / 256)

  public static let mixed: [TrainingState] = [.mixed16, .mixed18, .mixed20]
}

/// The stages of ZeRO, or FSDP for stage 3: what is sharded over the devices (Rajbhandari et al., 2020, section 5).
public enum ZeROStage: Int, CaseIterable, Sendable, Codable {
  case nothing = 0
  case optimizer = 1
  case gradients = 2
  case parameters = 3

  public var name: String {
    switch self {
    case .nothing: "nothing spread"
    case .optimizer: "ZeRO-1: optimizer spread"
    case .gradients: "ZeRO-2: gradients too"
    case .parameters: "ZeRO-3: weights too"
    }
  }
}

extension TrainingState {
  /// Bytes of weights, gradients and optimizer on one of `deviceCount` devices.
  public func bytes(
    parameters: Double, stage: ZeROStage = .nothing, deviceCount: Int = 1
  ) -> (weights: Double, gradients: Double, optimizer: Double) {
    func share(from first: ZeROStage) -> Double {
      stage.rawValue >= first.rawValue ? 1 / Double(deviceCount) : 1
    }
    return (
      parameters * Double(weightBytes) * share(from: .parameters),
      parameters * Double(gradientBytes) * share(from: .gradients),
      parameters * (Double(optimizerBytes) + scaleBytes) * share(from: .optimizer)
    )
  }
}
