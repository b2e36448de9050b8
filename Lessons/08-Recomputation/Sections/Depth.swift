import Corpora
import Foundation
import LessonKit
import SmallTransformer

/// Peak bytes of one policy, one value per depth.
package struct DepthCurve: Codable, Sendable {
  package let bytes: [Double]

  package init(bytes: [Double]) { self.bytes = bytes }

  /// The exponent b of bytes ∝ depth^b between each depth and the next.
  package func localExponents(_ depths: [Int]) -> [Double] {
    (1..<depths.count).map { i -> Double in
      let growth: Double = log(bytes[i] / bytes[i - 1])
      return growth / log(Double(depths[i]) / Double(depths[i - 1]))
    }
  }
}

/// Section "Bytes by depth".
extension RecomputationLesson {
  package typealias DepthCurves = Keyed<DepthPolicy, DepthCurve>

  /// Depths at which bytes are calculated, far beyond what is measured.
  private static let calculatedDepths = (1...8).map { 1 << (2 * $0) }

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
    notebook.ask(
      "Full recomputation keeps one input for every layer, √n only 2√n layers. Which holds fewer "
        + "bytes at \(depths.last ?? 1) layers?",
      answer: """
        Full recomputation, if a layer keeps many times its input: it has one whole layer in memory, \
        √n has √n of them. The exponent decides at great depth, the constant at small depth.
        """)
    let curves = try notebook.step("measure-depths", "Measure the peak bytes of a step by depth") {
      let benches = try depths.map { depth in
        try notebook.bench(experiment.configuration(layerCount: depth), experiment, book)
      }
      return DepthCurves { policy in
        DepthCurve(bytes: benches.map { Double($0.measure(policy.policy).peakBytes) })
      }
    }
    tabulate(notebook, depths: depths, curves)
    try notebook.figure(
      "bytes-against-depth", depthPlot(experiment, curves),
      caption: depthCaption(experiment, curves))
    try drawExponents(notebook, experiment, curves)
    let perValue = 4 * experiment.batchCount * experiment.length
    claim(notebook, depths: depths, curves, bytesPerValue: perValue, layer: layerValues(experiment))
  }

  /// Values per token that a layer keeps, by formula.
  private func layerValues(_ experiment: Experiment) -> Int {
    bytes(experiment, depth: 1).layer
  }

  private func bytes(_ experiment: Experiment, depth: Int) -> ActivationBytes {
    ActivationBytes(
      configuration: experiment.configuration(layerCount: depth),
      batchCount: experiment.batchCount, length: experiment.length)
  }

  private func tabulate(_ notebook: Notebook, depths: [Int], _ curves: DepthCurves) {
    notebook.table(
      "depth", columns: ["layers"] + curves.map { policy, _ in policy.policy.name },
      rows: depths.indices.map { i in
        ["\(depths[i])"]
          + curves.map { _, curve in
            let text = Quantity.bytes.text(curve.bytes[i], digits: 3)
            guard i > 0 else { return text }
            let b = curve.localExponents(depths)[i - 1]
            return "\(text) (\(Quantity.plain.text(b, digits: 2)))"
          }
      },
      caption: """
        Peak bytes of activations by depth, and in parentheses the exponent b of bytes ∝ depth^b \
        since the row above.
        """)
  }

  private func depthCaption(_ experiment: Experiment, _ curves: DepthCurves) -> String {
    let depths = experiment.depths
    let last = curves.map { policy, curve in
      let b = curve.localExponents(depths).last ?? .nan
      return "\(Quantity.plain.text(b, digits: 2)) for \(policy.policy.name)"
    }
    return "From \(depths[depths.count - 2]) to \(depths[depths.count - 1]) layers bytes grow as "
      + "depth^b with b = \(last.joined(separator: ", "))."
  }

  /// Local exponents: measured, and by formula up to depths that nobody trains.
  private func drawExponents(
    _ notebook: Notebook, _ experiment: Experiment, _ curves: DepthCurves
  ) throws {
    let depths = Self.calculatedDepths
    let formula = DepthCurves { policy in
      DepthCurve(bytes: depths.map { Double(bytes(experiment, depth: $0).peak(policy.policy)) })
    }
    try notebook.figure(
      "local-exponents", exponentPlot(experiment, measured: curves, formula, at: depths),
      caption: """
        The exponent b between neighboring depths. Full recomputation begins flat, because one \
        whole layer is in memory, and ends linear: its exponent by formula is \
        \(lastExponent(formula, .full)) at the right end, that of √n \
        \(lastExponent(formula, .squareRoot)).
        """)
    notebook.notice(
      "√n loses to full recomputation in a transformer of this depth",
      """
      Full recomputation keeps one input per layer, and √n one input per segment. But full \
      recomputation holds the activations of one layer at a time, and √n those of a whole segment. \
      By the formula √n needs fewer bytes only from \(crossing(experiment)) layers on. The exponent \
      tells you which method wins at great depth. The constant factor tells you which one wins at \
      today's depths.
      """)
  }

  private func lastExponent(_ curves: DepthCurves, _ policy: DepthPolicy) -> String {
    Quantity.plain.text(
      curves[policy].localExponents(Self.calculatedDepths).last ?? .nan, digits: 2)
  }

  package func claim(
    _ notebook: Notebook, depths: [Int], _ curves: DepthCurves, bytesPerValue: Int, layer: Int
  ) {
    let kept = curves[.keepAll].bytes
    let growth = (kept[kept.count - 1] - kept[0]) / Double(depths[depths.count - 1] - depths[0])
    notebook.claim(
      "layer-values",
      "With all activations kept, each further layer adds {} values per token to the peak, "
        + "as in equation 4",
      growth / Double(bytesPerValue), equals: Double(layer), from: .smoke, as: .count)
    let full = curves[.full].localExponents(depths)
    notebook.claim(
      "full-exponent-grows",
      "From each depth to the next the exponent of full recomputation grows, with {} exceptions",
      Double(zip(full, full.dropFirst()).count { $0 >= $1 }), equals: 0, from: .smoke, as: .count)
    notebook.claim(
      "square-root-exponent",
      "At the greatest depths the bytes of √n grow as depth to the power {}",
      curves[.squareRoot].localExponents(depths).last, within: 0.45...0.55, kind: .exact)
  }

  /// The first square number of layers at which √n holds fewer bytes than full recomputation.
  private func crossing(_ experiment: Experiment) -> Int {
    let root = (2...1000).first { root in
      let bytes = bytes(experiment, depth: root * root)
      return bytes.peak(.squareRoot) < bytes.peak(.full)
    }
    return root.map { $0 * $0 } ?? 0
  }
}
