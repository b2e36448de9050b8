import LessonKit
import SmallTransformer

/// Section "Revolve: a fixed number of snapshots".
extension RecomputationLesson {
  func revolve(_ notebook: Notebook, _ experiment: Experiment) {
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
      t(n, s) = r n - \binom{s + r}{s + 1}
      """#,
      legend: """
        t(n, s) is the number of extra layer evaluations that it takes to run backward through n \
        layers with at most s snapshots. If every layer is recomputed at most r times, C(s + r, s) \
        layers can be reversed; r is the smallest number that is enough. Example: (n, s) = (4, 2) \
        gives r = 2 and t = 2·4 − C(4, 3) = 4. One more evaluation of each layer, whose result is \
        kept, is not counted.
        """)
    let source = "Sources/SmallTransformer/Training/RevolveSchedule.swift"
    notebook.show("fewestSteps", in: source)
    notebook.show("reverse", in: source)
    let results = notebook.step(
      "count-revolve", "Plan schedules, and count the layers that a model computes"
    ) {
      experiment.revolveCases.map { layers, snapshots in
        (
          schedule: RevolveSchedule(layerCount: layers, snapshotCount: snapshots),
          counted: notebook.layersComputed(experiment, layers, .revolve(snapshots: snapshots))
            - layers
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
      "revolve-counts-agree", "Rows in which search, formula and the model's count agree",
      Double(
        results.count { schedule, counted in
          schedule.advanceCount == counted && schedule.advanceCountByFormula == counted
        }), equals: Double(results.count), from: .smoke, as: .count)
  }
}

extension Notebook {
  /// How many layers one training pass of a tiny model computes.
  fileprivate func layersComputed(
    _ experiment: Experiment, _ layerCount: Int, _ policy: ActivationPolicy
  ) -> Int {
    let model = Transformer(
      experiment.countingModel(layerCount: layerCount), on: backend, seed: seed)
    return TrainingPassBench(model, inputs: [1, 2, 3, 4], targets: [2, 3, 4, 5], seed: seed)
      .measure(policy).layersComputed
  }
}
