import SmallTransformer

/// Follows a schedule through one training step, moment by moment: which layer is computed or gets
/// its gradient, and of which layers something is in memory.
package struct ScheduleTrace {
  package enum Work: Equatable, Sendable {
    case firstTime, again, gradient
  }

  /// One layer's work, and what is in memory meanwhile.
  package struct Moment: Sendable {
    package let work: Work
    package let layer: Int
    /// Layers of which only the input is kept.
    package let inputs: Set<Int>
    /// Layers of which all activations are kept.
    package let kept: Set<Int>
  }

  package private(set) var moments: [Moment] = []
  private var inputs: Set<Int> = []
  private var kept: Set<Int> = []
  private var computed: Set<Int> = []

  package init(_ pieces: [LayerPiece]) { reverse(pieces) }

  /// Layers in the order in which they are computed.
  package var order: [Int] { moments.filter { $0.work != .gradient }.map(\.layer) }
  /// The most layers of which anything is kept.
  package var mostKept: Int { moments.map { $0.inputs.union($0.kept).count }.max() ?? 0 }
  /// How often a layer is computed again.
  package var againCount: Int { moments.count { $0.work == .again } }

  /// Runs the pieces forward, then backward from the last one.
  private mutating func reverse(_ pieces: [LayerPiece]) {
    // lesson: begin trace
    for piece in pieces {
      if case .recompute = piece { inputs.insert(piece.layers.lowerBound) }
      for layer in piece.layers {
        if case .keep = piece { kept.insert(layer) }
        compute(layer)
      }
    }
    for piece in pieces.reversed() {
      if case .recompute(let inner) = piece {
        reverse(inner)
        inputs.remove(piece.layers.lowerBound)
      } else {
        for layer in piece.layers.reversed() { takeGradient(of: layer) }
      }
    }
    // lesson: end trace
  }

  private mutating func compute(_ layer: Int) {
    let isFirst = computed.insert(layer).inserted
    add(isFirst ? .firstTime : .again, layer)
  }

  private mutating func takeGradient(of layer: Int) {
    add(.gradient, layer)
    kept.remove(layer)
  }

  private mutating func add(_ work: Work, _ layer: Int) {
    moments.append(Moment(work: work, layer: layer, inputs: inputs, kept: kept))
  }
}
