/// What a training pass keeps for its backward pass, and what it computes a second time: the seam
/// of the lesson on recomputation.
///
/// Every policy gives the same gradients, bit for bit.
public enum ActivationPolicy: Hashable, Codable, Sendable {
  /// Everything: the fastest.
  case keepAll
  /// Each layer's input, and of attention only what goes in: its inside is computed again
  /// (Korthikanti et al., 2022, section 5).
  case selective
  /// Each layer's input: one layer at a time is computed again.
  case full
  /// The input of every k-th layer: k layers at a time are computed again (Chen et al., 2016).
  case everyKth(Int)
  /// `everyKth` with k the root of the depth, rounded.
  case squareRoot
  /// No more than so many layer inputs at a time, by the binomial schedule that computes the fewest
  /// layers again (Griewank and Walther, 2000).
  case revolve(snapshots: Int)

  public var name: String {
    switch self {
    case .keepAll: "keep all"
    case .selective: "selective"
    case .full: "full"
    case .everyKth(let k): "every \(k) layers"
    case .squareRoot: "√n"
    case .revolve(let snapshots): "Revolve \(snapshots)"
    }
  }

  /// Why the policy makes no sense for a model of so many layers; nil where it does.
  public func objection(layerCount: Int) -> String? {
    switch self {
    case .everyKth(let k) where k < 1 || k > layerCount:
      "activation policy: keep every \(k)-th layer of \(layerCount); "
        + "k must lie in 1 ... \(layerCount)"
    case .revolve(let snapshots) where snapshots < 1:
      "activation policy: Revolve with \(snapshots) snapshots; it needs at least one"
    default: nil
    }
  }

  /// How the layers are run.
  ///
  /// The last piece is kept in every policy, since the backward pass begins with it at once.
  /// - Precondition: there is no objection.
  public func schedule(layerCount: Int) -> [LayerPiece] {
    if let objection = objection(layerCount: layerCount) { preconditionFailure(objection) }
    switch self {
    case .keepAll, .selective: return [.keep(0..<layerCount)]
    case .full: return Self.segments(of: 1, in: layerCount)
    case .everyKth(let k): return Self.segments(of: k, in: layerCount)
    case .squareRoot:
      return Self.segments(
        of: max(1, Int(Double(layerCount).squareRoot().rounded())), in: layerCount)
    case .revolve(let snapshots):
      return RevolveSchedule(layerCount: layerCount, snapshotCount: snapshots).pieces
    }
  }

  private static func segments(of size: Int, in layerCount: Int) -> [LayerPiece] {
    stride(from: 0, to: layerCount, by: size).map { start in
      let layers = start..<min(layerCount, start + size)
      return layers.upperBound == layerCount ? .keep(layers) : .recompute([.keep(layers)])
    }
  }
}

/// A run of layers, and what is kept of it.
public indirect enum LayerPiece: Hashable, Sendable {
  /// All that these layers compute.
  case keep(Range<Int>)
  /// Only what goes in. In the backward pass the layers run again, as these pieces say.
  case recompute([LayerPiece])

  /// The layers, in order.
  public var layers: Range<Int> {
    switch self {
    case .keep(let layers): layers
    case .recompute(let pieces):
      (pieces.first?.layers.lowerBound ?? 0)..<(pieces.last?.layers.upperBound ?? 0)
    }
  }
}
