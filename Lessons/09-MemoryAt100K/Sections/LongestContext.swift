import Calculator
import LessonKit
import Plotting

/// Section "The longest context of each technique".
extension MemoryAt100KLesson {
  func compareLongest(_ notebook: Notebook) throws {
    notebook.heading("The longest context of each technique")
    let inference = longest(inferenceStages)
    let training = longest(trainingStages)
    try drawLongest(notebook, "reading", "inference on one card", inference)
    try drawLongest(
      notebook, "training", "training on each of \(TrainingStage.deviceCount) cards", training)
    notebook.claim(
      "inference-naive-longest", "Longest context for inference, naive attention",
      inference[.naive],
      atMost: 100_000, from: .smoke, as: .count, kind: .derived)
    notebook.claim(
      "inference-tiled-longest", "Longest context for inference, tiled attention",
      inference[.tiled],
      atLeast: 100_000, from: .smoke, as: .count, kind: .derived)
    notebook.claim(
      "training-tiled-longest",
      "Longest context for training, tiled attention, no recomputation",
      training[.tiled], atMost: 100_000, from: .smoke, as: .count, kind: .derived)
    notebook.claim(
      "training-full-longest",
      "Longest context for training, tiled attention, full recomputation",
      training[.tiledFull], atLeast: 100_000, from: .smoke, as: .count, kind: .derived)
  }

  /// Tokens; 0 where nothing fits.
  private func longest<S: Stage>(_ stages: [S]) -> Keyed<S, Double> {
    Keyed(stages) { Double($0.plan.longestContext(within: Card.bytes) ?? 0) }
  }

  private func drawLongest<S: Stage>(
    _ notebook: Notebook, _ figureName: String, _ use: String, _ longest: Keyed<S, Double>
  ) throws {
    try notebook.figure(
      "longest-\(figureName)",
      DotPlot(
        title: "The longest context that fits \(gigabytes(Card.bytes)): LLaMA 7B, \(use)",
        x: .log("tokens"), categories: longest.keys.map(\.name),
        series: [
          .init(
            "", values: longest.map { $1 > 0 ? $1 : .nan },
            labels: longest.map { $1 > 0 ? Quantity.count.text($1) : "none" })
        ], marks: [.vertical(100_000, "100K")]),
      caption: longest.map { "\($0.name): \(Quantity.count.text($1)) tokens" }
        .joined(separator: "; ") + ".")
  }
}
