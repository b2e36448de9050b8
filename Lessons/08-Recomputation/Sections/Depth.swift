import Corpora
import LessonKit
import SmallTransformer

/// Peak bytes of one policy, one value per depth.
package struct DepthCurve: Codable, Sendable {
  package let bytes: [Double]

  package init(bytes: [Double]) { self.bytes = bytes }

  /// The exponent b of bytes ∝ depth^b, by least squares.
  package func exponent(_ depths: [Int]) -> Double {
    // Rounding would give equal values a tiny exponent.
    guard Set(bytes).count > 1 else { return 0 }
    return PowerLaw(depths.map(Double.init), bytes)?.exponent ?? .nan
  }
}

/// Section "Bytes by depth".
extension RecomputationLesson {
  package typealias DepthCurves = Keyed<DepthPolicy, DepthCurve>

  func compareDepths(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus
  ) throws {
    let depths = experiment.depths
    notebook.heading("Bytes by depth")
    notebook.say(
      """
      Segments of √n layers are useful because of how their bytes grow with depth, and not because \
      of the saving at one depth. So measure policies from \(depths[0]) layers to \
      \(depths.last ?? 1).
      """)
    let curves = try notebook.step("measure-depths", "Measure the peak bytes of a step by depth") {
      let benches = try depths.map { depth in
        try notebook.bench(experiment.configuration(layerCount: depth), experiment, book)
      }
      return DepthCurves { policy in
        DepthCurve(bytes: benches.map { Double($0.measure(policy.policy).peakBytes) })
      }
    }
    let exponents = curves.mapValues { $1.exponent(depths) }
    notebook.table(
      "depth", columns: ["layers"] + curves.map { policy, _ in policy.policy.name },
      rows: depths.indices.map { i in
        ["\(depths[i])"] + curves.map { Quantity.bytes.text($1.bytes[i]) }
      } + [["exponent"] + exponents.map { Quantity.plain.text($1, digits: 2) }],
      caption: "Peak bytes of activations by depth, and the exponent b of a fit bytes ∝ depth^b.")
    try notebook.figure(
      "bytes-against-depth", depthPlot(experiment, curves),
      caption: "Bytes grow as depth^b, with b = "
        + exponents.map { policy, exponent in
          "\(Quantity.plain.text(exponent, digits: 2)) for \(policy.policy.name)"
        }.joined(separator: ", ") + ".")
    claim(notebook, depths: depths, curves)
    explainCrossing(notebook, experiment)
  }

  package func claim(_ notebook: Notebook, depths: [Int], _ curves: DepthCurves) {
    notebook.claim(
      "keep-all-exponent", "Exponent b of bytes ∝ depth^b, all activations kept",
      curves[.keepAll].exponent(depths), within: 0.9...1.05)
    notebook.claim(
      "square-root-exponent", "Exponent b of bytes ∝ depth^b, segments of √n layers",
      curves[.squareRoot].exponent(depths), within: 0.42...0.55)
  }

  private func explainCrossing(_ notebook: Notebook, _ experiment: Experiment) {
    notebook.notice(
      "√n loses to full recomputation in a transformer of this depth",
      """
      At great depth the bytes of full recomputation grow in proportion to depth, but by only one \
      input per layer. Full recomputation holds the activations of one layer at a time, and √n those \
      of a whole segment. By the formula √n needs fewer bytes only from \(crossing(experiment)) \
      layers on. The exponent tells you which method wins at great depth. The constant factor tells \
      you which one wins at today's depths.
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
}
