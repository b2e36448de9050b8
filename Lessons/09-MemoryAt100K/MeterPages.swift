import Calculator
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// Every term beside the meter.
extension MemoryAt100KLesson {
  func meter(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("Every term, held against the meter")
    notebook.say(
      """
      The engine's meter counts every byte of every tensor, by purpose. So predict first, for small \
      models of both families, and then take a step of training; for a model that reads, fill a \
      cache. What one layer keeps of a token is a list that can be read off the code:
      """)
    notebook.show("LayerActivations", in: "Sources/Calculator/Bytes/LayerActivations.swift")
    let trained = notebook.step("A training step of \(experiment.training.count) models") {
      notebook.each(experiment.training, detail: \.name) {
        $0.metered(on: notebook.backend, seed: notebook.seed)
      }.compactMap { $0 }
    }
    let decoded = notebook.step(
      "A prompt and three tokens after it, \(experiment.decoding.count) ways"
    ) {
      experiment.decoding.map { $0.metered(on: notebook.backend, seed: notebook.seed) }
    }
    tabulate(notebook, "training", trained, ["activations", "workspace", "together"])
    tabulate(notebook, "decoding", decoded, ["keyValueCache", "workspace", "together"])
    try plot(notebook, trained + decoded)
    claim(notebook, trained, decoded)
  }

  private func tabulate(
    _ notebook: Notebook, _ name: String, _ metered: [Metered], _ purposes: [String]
  ) {
    notebook.table(
      "metered-\(name)",
      columns: ["model"] + purposes.flatMap { [readable($0), "the meter saw beyond it"] },
      rows: metered.map { row in
        [row.name]
          + purposes.flatMap { purpose -> [String] in
            guard let found = row[purpose] else { return ["", ""] }
            return [
              Quantity.bytes.text(Double(found.predicted)),
              found.measured == found.predicted
                ? "nothing" : Quantity.percent.text(found.residual, digits: 2),
            ]
          }
      },
      caption: "Predicted peaks of \(name), and what is left over in the measurement.")
  }

  private func readable(_ purpose: String) -> String {
    purpose == "keyValueCache" ? "key/value cache" : purpose
  }

  private func plot(_ notebook: Notebook, _ metered: [Metered]) throws {
    let purposes = ["parameters", "optimizer", "activations", "keyValueCache", "workspace"]
    let series = purposes.map { purpose in
      let found = metered.compactMap { $0[purpose] }
      return Series(
        readable(purpose), x: found.map { Double($0.predicted) / 1e6 },
        y: found.map { Double($0.measured) / 1e6 }, style: .points)
    }
    let all = series.flatMap(\.x)
    let ends = [all.min() ?? 1, all.max() ?? 10]
    try notebook.figure(
      "predicted-against-measured",
      LinePlot(
        title: "Peak bytes of \(metered.count) models, predicted and metered",
        x: .log("predicted (MB)"), y: .log("by the meter (MB)"),
        series: [Series("equal", x: ends, y: ends, style: .dashed)] + series),
      caption: """
        Every purpose of every model, from \(gigabytes(1e6 * ends[0], digits: 2)) to \
        \(gigabytes(1e6 * ends[1], digits: 2)): on the line the calculator was right. The point \
        farthest from it is \(Quantity.percent.text(worst(metered, purposes), digits: 2)) off.
        """)
  }

  private func worst(_ metered: [Metered], _ purposes: [String]) -> Double {
    metered.flatMap { row in purposes.compactMap { row[$0].map { abs($0.residual) } } }.max()
      ?? .nan
  }

  private func claim(_ notebook: Notebook, _ trained: [Metered], _ decoded: [Metered]) {
    let exact = ["parameters", "gradients", "optimizer", "keyValueCache"]
    let differences = (trained + decoded).flatMap { row in
      exact.compactMap { row[$0] }.map { Double(abs($0.measured - $0.predicted)) }
    }
    notebook.claim(
      "Parameters, gradients, optimizer, cache: largest difference in bytes", differences.max(),
      equals: 0, from: .smoke, as: .count)
    // The engine computes the same bytes on every run; sizes were varied: 0.0 %, and 0.0 to 0.7 %.
    notebook.claim(
      "Activations: largest share off", worst(trained, ["activations"]), atMost: 0.05,
      from: .smoke, as: .percent)
    notebook.claim(
      "Workspace: largest share off", worst(trained + decoded, ["workspace"]), atMost: 0.1,
      from: .smoke, as: .percent)
    notebook.claim(
      "All together: largest share off", worst(trained + decoded, ["together"]), atMost: 0.05,
      from: .smoke, as: .percent)
  }
}
