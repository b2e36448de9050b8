import Autograd
import Corpora
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// Which tokens took the heavy branch, drawn.
extension ConditionalComputationLesson {
  func drawBits(_ notebook: Notebook, _ experiment: Experiment, _ runs: [BitsRun]) throws {
    let task = experiment.task
    let shown = runs.filter { !$0.precisions.isEmpty }
    var generator = SeededGenerator(seed: notebook.seed, stream: "a sequence to look at")
    let (inputs, _) = task.batch(1, &generator)
    let hard = inputs.map { HardBits.isHard($0) ? Float(1) : 0 }
    let rows = shown.map { run -> [Float] in
      run.watch.routed = []
      let model = run.models[0].model
      _ = model.logits(inputs, batch: 1, tape: Tape(model.backend, isRecording: false))
      let picked = Set(run.watch.routed.flatMap(\.rows))
      // Picked and hard, picked in vain, or left out.
      return inputs.indices.map { picked.contains(Int32($0)) ? (hard[$0] == 1 ? 1 : 0.45) : 0 }
    }
    try notebook.figure(
      "picked",
      HeatMap(
        title: "Who is picked, of \(task.length) tokens", values: hard + rows.flatMap { $0 },
        rows: shown.count + 1, columns: task.length, xLabel: "token", yLabel: "",
        yTicks: ["hard"].appending(shown.map(\.name)).enumerated().map { Tick(Double($0), $1) },
        barLabel: "dark: hard · pale: picked in vain"),
      caption: """
        The first row says which \(task.hardCount) tokens are hard. Each other row shows one way of \
        choosing, first seed: \(shown.map {
          "\($0.name) \(Quantity.percent.text($0.precisions[0], digits: 2))"
        }.joined(separator: ", ")) of the picked are hard.
        """)
  }
}

extension [String] {
  fileprivate func appending(_ more: [String]) -> [String] { self + more }
}
