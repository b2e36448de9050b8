import Calculator
import LessonKit

/// Section "What a weight costs": bytes per weight, and what several devices can share.
extension MemoryAt100KLesson {
  func showWeightCost(_ notebook: Notebook) throws {
    notebook.heading("What a weight costs")
    notebook.say(
      """
      Inference needs only the weights, two bytes each in 16 bits. Training in mixed precision \
      needs eight times as much. Small updates are lost in 16 bits, so the optimizer keeps a \
      32-bit copy of each weight, and two moments.
      """)
    notebook.show(
      "TrainingState", in: "Sources/Calculator/Plan/TrainingState.swift",
      focus: "public var bytesPerParameter")
    let (n, devices) = (7.5e9, 64)
    notebook.table(
      "zero",
      columns: ["spread over \(devices) devices", "weights", "gradients", "optimizer", "total"],
      rows: ZeROStage.allCases.map { stage in
        let parts = TrainingState.mixed16.bytes(
          parameters: n, stage: stage, deviceCount: devices)
        let each = [parts.weights, parts.gradients, parts.optimizer]
        return [stage.name] + (each + [each.reduce(0, +)]).map { gigabytes($0) }
      },
      caption: """
        A model of \(Quantity.plain.text(n / 1e9)) billion weights at \
        \(TrainingState.mixed16.bytesPerParameter) bytes each: what one device holds in \
        data-parallel training, as in the paper's figure 1.
        """)
    try compareLearners(notebook, parameterCount: n, deviceCount: devices)
  }
}
