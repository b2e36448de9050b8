/// Activation checkpointing: which activations a training pass keeps for its backward pass, and
/// which it recomputes.
///
/// Every policy gives the same gradients, bit for bit.
public enum ActivationPolicy: Hashable, Codable, Sendable {
  /// Keeps all activations; the fastest policy.
  case keepAll
  /// Keeps all activations except those inside attention, which are recomputed from queries, keys
  /// and values (Korthikanti et al., 2022, section 5).
  case selective
  /// Keeps each layer's input, and recomputes one layer at a time.
  case full
  /// Keeps the input of every k-th layer, and recomputes k layers at a time (Chen et al., 2016).
  case everyKth(Int)
  /// `everyKth` with k = √layers, rounded.
  case squareRoot
  /// Keeps at most `snapshots` layer inputs at a time, by the binomial schedule that recomputes the
  /// fewest layers (Griewank and Walther, 2000).
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

  /// Why the policy does not fit a model with this number of layers; nil if it fits.
  public func objection(layerCount: Int) -> String? {
    switch self {
    case .everyKth(let k) where k < 1 || k > layerCount:
      "activation policy: keep every \(k)-th layer of \(layerCount); "
        + "k must be in 1 ... \(layerCount)"
    case .revolve(let snapshots) where snapshots < 1:
      "activation policy: Revolve with \(snapshots) snapshots; it needs at least one"
    default: nil
    }
  }

  /// The layers in pieces; the activations of each are kept or recomputed.
  ///
  /// The last piece is kept in every policy, because the backward pass starts with it.
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

/// Some consecutive layers, and which of their activations are kept.
public indirect enum LayerPiece: Hashable, Sendable {
  /// All activations of these layers.
  case keep(Range<Int>)
  /// Only the input. The backward pass runs the layers again, in these pieces.
  case recompute([LayerPiece])

  /// The layers of this piece.
  public var layers: Range<Int> {
    switch self {
    case .keep(let layers): layers
    case .recompute(let pieces):
      (pieces.first?.layers.lowerBound ?? 0)..<(pieces.last?.layers.upperBound ?? 0)
    }
  }
}
