import Corpora
import LessonKit
import SmallTransformer

/// The part of the page on ever deeper models.
extension RecomputationLesson {
  /// Peak bytes of one policy at each depth.
  struct DepthCurve: Codable {
    let name: String
    let bytes: [Double]
    let predicted: [Double]
  }

  func growDeeper(_ notebook: Notebook, _ experiment: Experiment, _ book: Corpus) throws {
    notebook.heading("Deeper and deeper")
    let deepest = experiment.depths.last ?? 1
    notebook.say(
      """
      The reason for √n is not the factor at one depth but how it grows. The same policies, then, \
      from \(experiment.depths[0]) layers to \(deepest).
      """)
    let policies: [ActivationPolicy] = [.keepAll, .squareRoot, .full, .revolve(snapshots: 3)]
    let curves = try notebook.step("Peak bytes of a step at each depth") {
      let benches = try experiment.depths.map { depth in
        try notebook.bench(experiment.configuration(layerCount: depth), experiment, book)
      }
      return notebook.each(policies, detail: \.name) { policy in
        let measured = benches.map { $0.measure(policy) }
        return DepthCurve(
          name: policy.name, bytes: measured.map { Double($0.peakBytes) },
          predicted: measured.map { Double($0.predictedBytes) })
      }
    }
    let depths = experiment.depths.map(Double.init)
    let exponents = curves.map { exponent(depths, $0.bytes) }
    notebook.table(
      "depth", columns: ["layers"] + curves.map(\.name),
      rows: experiment.depths.indices.map { i in
        ["\(experiment.depths[i])"] + curves.map { Quantity.bytes.text($0.bytes[i]) }
      } + [["exponent"] + exponents.map { Quantity.plain.text($0, digits: 2) }],
      caption: "Peak bytes of activations by depth, and the exponent of depth by fit.")
    try notebook.figure(
      "bytes-against-depth", depthPlot(experiment, curves),
      caption: zip(curves, exponents).map { curve, exponent in
        "\(curve.name) grows as depth to the power \(Quantity.plain.text(exponent, digits: 2))"
      }.joined(separator: ", ") + ".")
    notebook.claim("Exponent of depth, keeping all", exponents[0], within: 0.9...1.05)
    notebook.claim("Exponent of depth, √n", exponents[1], within: 0.42...0.55)
    let crossing = crossing(experiment)
    notebook.notice(
      "√n loses to full recomputation in a transformer of this depth",
      """
      Full recomputation grows with the depth in the end, but with one input a layer, and it holds \
      one layer where √n holds a whole segment of them. By the formula √n is the smaller of the two \
      only from \(crossing) layers on. A method's growth tells you who wins at last; the factor \
      tells you who wins today.
      """)
  }

  /// The first square number of layers at which √n holds fewer bytes than full recomputation.
  private func crossing(_ experiment: Experiment) -> Int {
    let root = (2...1000).first { root in
      let bytes = ActivationBytes(
        configuration: experiment.configuration(layerCount: root * root),
        batchCount: experiment.batchCount, length: experiment.length)
      return bytes.peak(.squareRoot) < bytes.peak(.full)
    }
    return root.map { $0 * $0 } ?? 0
  }

  func revolve(_ notebook: Notebook, _ experiment: Experiment) {
    notebook.heading("Revolve: so many snapshots and no more")
    notebook.say(
      """
      All policies so far compute a layer at most twice. Allow more, and the number of remembered \
      inputs can be fixed in advance: with s snapshots, advance m layers, leave a snapshot, reverse \
      the rest with s − 1, come back and reverse the m. Griewank and Walther found the best m.
      """)
    notebook.formula(
      "t(n, s) = min over m of m\n            + t(n − m, s − 1)\n            + t(m, s)\n        = r·n − C(s + r, s + 1)",
      legend: """
        n layers, s snapshots, t layers computed only to come by; r is the smallest number of \
        repeats for which C(s + r, s) ≥ n. Each layer is computed once more, to be kept.
        """)
    let source = "Sources/SmallTransformer/Training/RevolveSchedule.swift"
    notebook.show("fewestSteps", in: source)
    notebook.show("reverse", in: source)
    let results = notebook.step("Plan, and count the layers that a model really computes") {
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
      columns: [
        "layers", "snapshots", "search", "formula", "counted", "per layer",
      ],
      rows: results.map { schedule, counted in
        [
          "\(schedule.layerCount)", "\(schedule.snapshotCount)", "\(schedule.advanceCount)",
          "\(schedule.advanceCountByFormula)", "\(counted)",
          Quantity.plain.text(Double(counted) / Double(schedule.layerCount), digits: 3),
        ]
      },
      caption:
        "Layers computed only to come by, in one step under Revolve: planned, and counted in a model."
    )
    notebook.claim(
      "Rows in which search, formula and the model's own count agree",
      Double(
        results.count { schedule, counted in
          schedule.advanceCount == counted && schedule.advanceCountByFormula == counted
        }), equals: Double(results.count), from: .smoke, as: .count)
  }
}

extension Notebook {
  /// How many layers one training pass of a tiny model computes.
  func layersComputed(
    _ experiment: Experiment, _ layerCount: Int, _ policy: ActivationPolicy
  ) -> Int {
    let model = Transformer(
      experiment.countingModel(layerCount: layerCount), on: backend, seed: seed)
    return Bench(model, inputs: [1, 2, 3, 4], targets: [2, 3, 4, 5], seed: seed)
      .measure(policy).layersComputed
  }
}
