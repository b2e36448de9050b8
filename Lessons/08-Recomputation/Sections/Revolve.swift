import LessonKit
import SmallTransformer

/// Section "Revolve: a fixed number of snapshots".
extension RecomputationLesson {
  func revolve(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("Revolve: a fixed number of snapshots")
    notebook.say(
      """
      All policies so far compute a layer at most twice. If a layer may be computed more often, the \
      number of kept inputs (snapshots) can be fixed in advance. With s snapshots: advance m layers, \
      take a snapshot, reverse the remaining layers with s − 1 snapshots, return to the start, and \
      reverse the first m layers. Griewank and Walther found the best m.
      """)
    notebook.formula(
      #"""
      t(n, s) = \min_m \, m + t(n - m, s - 1) + t(m, s)
      t(n, s) = r n - \binom{s + r}{s + 1} \tag{6}
      """#,
      legend: """
        t(n, s): extra layer evaluations to run backward through n layers with at most s \
        snapshots. If every layer may be recomputed at most r times, C(s + r, s) layers can be \
        reversed; take the smallest r that is enough. One more evaluation of each layer, whose \
        activations are kept, is not counted.
        """)
    try calculateRevolve(notebook)
    let source = "Sources/SmallTransformer/Training/RevolveSchedule.swift"
    notebook.show("fewestSteps", in: source)
    notebook.show("reverse", in: source)
    let results = notebook.step(
      "count-revolve", "Plan schedules, and count the layers that a model computes"
    ) {
      experiment.revolveCases.map { layers, snapshots in
        (
          schedule: RevolveSchedule(layerCount: layers, snapshotCount: snapshots),
          counted: notebook.orderOfLayers(experiment, layers, .revolve(snapshots: snapshots))
            .count - layers
        )
      }
    }
    notebook.table(
      "revolve",
      columns: ["layers", "snapshots", "by search", "by formula", "counted", "per layer"],
      rows: results.map { schedule, counted in
        [
          "\(schedule.layerCount)", "\(schedule.snapshotCount)", "\(schedule.advanceCount)",
          "\(schedule.advanceCountByFormula)", "\(counted)",
          Quantity.plain.text(Double(counted) / Double(schedule.layerCount), digits: 3),
        ]
      },
      caption: "Extra layer evaluations of one step under Revolve: planned, and counted in a model."
    )
    notebook.claim(
      "revolve-counts-agree",
      "Search, formula and the model's own count agree in {} of \(results.count) rows",
      Double(
        results.count { schedule, counted in
          schedule.advanceCount == counted && schedule.advanceCountByFormula == counted
        }), equals: Double(results.count), from: .smoke, as: .count)
  }

  /// The search for four layers and two snapshots by hand, and its schedule drawn.
  private func calculateRevolve(_ notebook: Notebook) throws {
    let (n, s) = (4, 2)
    func cost(_ layers: Int, _ snapshots: Int) -> Int {
      RevolveSchedule(layerCount: layers, snapshotCount: snapshots).advanceCount
    }
    let schedule = RevolveSchedule(layerCount: n, snapshotCount: s)
    notebook.example(
      "By hand: \(n) layers, \(s) snapshots",
      columns: ["m", "advance", "reverse the rest", "reverse the first m", "sum"],
      rows: (1..<n).map { m in
        let (rest, first) = (cost(n - m, s - 1), cost(m, s))
        return [
          "\(m)", "\(m)", "t(\(n - m), \(s - 1)) = \(rest)", "t(\(m), \(s)) = \(first)",
          "\(m + rest + first)",
        ]
      },
      result: """
        The best sum is \(schedule.advanceCount). By equation 6: C(\(s + 1), \(s)) = \(s + 1) is \
        less than \(n), and C(\(s + 2), \(s)) = \((s + 2) * (s + 1) / 2) is enough. So r = 2, and \
        2 · \(n) − C(\(s + 2), \(s + 1)) = 2 · \(n) − \(s + 2) = \(schedule.advanceCountByFormula).
        """)
    let trace = ScheduleTrace(schedule.pieces)
    try notebook.figure(
      "revolve-grid",
      scheduleDrawing(
        "Revolve: \(n) layers, \(s) snapshots", trace, layerCount: n, cellWidth: 4),
      caption: """
        The same schedule in time. Layers are computed \(trace.order.count) times: \(n) times to \
        be kept, and \(schedule.advanceCount) times only to go on. At no time are more \
        than \(s) inputs kept.
        """)
  }
}
