import RecomputationLesson
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
    let trace = ScheduleTrace(schedule.pieces)
    let gradients = trace.moments.filter { $0.work == .gradient }.map(\.layer)
    #expect(gradients == (0..<layers).reversed())
    #expect(trace.moments.allSatisfy { $0.inputs.count <= snapshots })
    // Every layer is computed once to be kept.
    #expect(trace.order.count == layers + schedule.advanceCount)
    #expect(trace.moments.filter { $0.work == .gradient }.allSatisfy { $0.kept.contains($0.layer) })
  }
}

/// The trace of a schedule, which the lesson draws.
@Suite struct ScheduleTraceTests {
  @Test func segmentsKeepAndComputeWhatTheFormulaSays() {
    for n in 1...20 {
      for k in 1...n where n % k == 0 {
        let trace = ScheduleTrace(ActivationPolicy.everyKth(k).schedule(layerCount: n))
        #expect(trace.mostKept == n / k - 1 + k && trace.order.count == 2 * n - k)
        #expect(trace.againCount == n - k)
      }
    }
  }

  /// Three layers in segments of two: two and one.
  @Test func momentsByHand() {
    let trace = ScheduleTrace(ActivationPolicy.everyKth(2).schedule(layerCount: 3))
    typealias Work = ScheduleTrace.Work
    let works: [Work] = [
      .firstTime, .firstTime, .firstTime, .gradient, .again, .again, .gradient, .gradient,
    ]
    #expect(trace.moments.map(\.work) == works)
    #expect(trace.moments.map(\.layer) == [0, 1, 2, 2, 0, 1, 1, 0])
    #expect(
      trace.moments.map { $0.inputs.union($0.kept).sorted() } == [
        [0], [0], [0, 2], [0, 2], [0], [0, 1], [0, 1], [0],
      ])
  }
}
