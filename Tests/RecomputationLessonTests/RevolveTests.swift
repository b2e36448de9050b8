import SmallTransformer
import Testing

/// Revolve's schedule: the fewest layer evaluations, and never more snapshots than allowed.
@Suite struct RevolveTests {
  /// Layers, snapshots, extra layer evaluations: found by an independent search.
  private static let table = [
    (10, 3, 15), (16, 4, 27), (24, 3, 61), (32, 4, 75), (64, 8, 137), (64, 4, 200), (100, 5, 316),
  ]

  @Test(arguments: table)
  func countsAreThePublishedOnes(layers: Int, snapshots: Int, expected: Int) {
    let schedule = RevolveSchedule(layerCount: layers, snapshotCount: snapshots)
    #expect(schedule.advanceCount == expected)
    #expect(schedule.advanceCountByFormula == expected)
  }

  @Test(arguments: 1...24, 1...6)
  func searchAndFormulaAgree(layers: Int, snapshots: Int) {
    let schedule = RevolveSchedule(layerCount: layers, snapshotCount: snapshots)
    #expect(schedule.advanceCount == schedule.advanceCountByFormula)
  }

  @Test(arguments: [1, 2, 3, 7, 10, 24, 64, 100], [1, 2, 3, 5, 8, 200])
  func theScheduleReversesEveryLayerOnceWithinItsSnapshots(layers: Int, snapshots: Int) {
    let schedule = RevolveSchedule(layerCount: layers, snapshotCount: snapshots)
    var run = Run()
    run.reverse(schedule.pieces, held: [])
    #expect(run.reversed == (0..<layers).reversed())
    #expect(run.mostSnapshots <= snapshots)
    #expect(run.advances == schedule.advanceCount)
  }

  /// Follows a schedule as a tape does, and records the layers.
  private struct Run {
    /// Layers in the order of their gradients.
    var reversed: [Int] = []
    var mostSnapshots = 0
    /// Layers computed without being kept.
    var advances = 0

    mutating func reverse(_ pieces: [LayerPiece], held: Set<Int>) {
      var held = held
      for piece in pieces {
        if case .recompute = piece {
          held.insert(piece.layers.lowerBound)
          advances += piece.layers.count
        }
      }
      mostSnapshots = max(mostSnapshots, held.count)
      for piece in pieces.reversed() {
        switch piece {
        case .keep(let layers): reversed += layers.reversed()
        case .recompute(let inner):
          reverse(inner, held: held)
          held.remove(piece.layers.lowerBound)
        }
      }
    }
  }
}
