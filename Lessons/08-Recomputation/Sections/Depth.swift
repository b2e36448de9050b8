import Corpora
import LessonKit
import SmallTransformer

/// Peak bytes of one policy, one value per depth.
package struct DepthCurve: Codable, Sendable {
  package let bytes: [Double]

  package init(bytes: [Double]) { self.bytes = bytes }

  /// The exponent b of bytes ∝ depth^b, by least squares.
  func exponent(_ depths: [Int]) -> Double {
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
      The reason for √n is not the saving at one depth but how the bytes grow with depth. So measure \
      the same policies from \(depths[0]) layers to \(depths.last ?? 1).
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
      caption: exponents.map { policy, exponent in
        "\(policy.policy.name) grows as depth to the power "
          + Quantity.plain.text(exponent, digits: 2)
      }.joined(separator: ", ") + ".")
    claim(notebook, depths: depths, curves)
    explainCrossing(notebook, experiment)
  }

  package func claim(_ notebook: Notebook, depths: [Int], _ curves: DepthCurves) {
    notebook.claim(
      "keep-all-exponent", "Exponent of bytes in depth, keeping all",
      curves[.keepAll].exponent(depths), within: 0.9...1.05)
    notebook.claim(
      "square-root-exponent", "Exponent of bytes in depth, √n",
      curves[.squareRoot].exponent(depths), within: 0.42...0.55)
  }

  private func explainCrossing(_ notebook: Notebook, _ experiment: Experiment) {
    notebook.notice(
      "√n loses to full recomputation in a transformer of this depth",
      """
      In the end full recomputation grows with the depth, but by only one input per layer. It holds \
      the activations of one layer, where √n holds those of a whole segment. By the formula √n \
      needs fewer bytes only from \(crossing(experiment)) layers on. The growth of a method tells \
      you which one wins at great depth. The constant factor tells you which one wins today.
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
