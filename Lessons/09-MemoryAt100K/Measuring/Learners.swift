import Calculator
import LessonKit

/// The exercise whose function this lesson compares with the calculator.
extension MemoryAt100KLesson {
  public static var runsWith: [String] { [zeROStage.exercise] }

  static let zeROStage = LearnerFunction<StagesCall, [Int]>("zero-stage")

  /// Compares the learner's stages, if the run has them, with those of the calculator, for the model
  /// of the table.
  func compareLearners(_ notebook: Notebook, parameterCount: Double, deviceCount: Int) throws {
    guard let learners = notebook.learners(Self.zeROStage) else { return }
    notebook.showLearners(Self.zeROStage)
    let sizes = [1, 2, 4, 8, 16, 24, 32, 40, 48, 64, 80, 96, 120, 141, 192]
    let stages = try notebook.step(
      "learners-stages", "Find the lowest stage for devices of several sizes, by your function"
    ) {
      try learners(
        StagesCall(
          parameterCount: Int(parameterCount), deviceCount: deviceCount,
          memoryBytes: sizes.map { $0 * 1_000_000_000 })
      ) { $0.count == sizes.count }
    }
    let expected = sizes.map { size -> Int in
      let stage = ZeROStage.allCases.first { stage in
        let parts = TrainingState.mixed16.bytes(
          parameters: parameterCount, stage: stage, deviceCount: deviceCount)
        return parts.weights + parts.gradients + parts.optimizer <= Double(size) * 1e9
      }
      return stage?.rawValue ?? -1
    }
    notebook.table(
      "learners-stages",
      columns: ["memory of a device", "lowest stage, yours", "by the calculator"],
      rows: sizes.indices.map { index in
        ["\(sizes[index]) GB"]
          + [stages[index], expected[index]].map { $0 < 0 ? "none" : "\($0)" }
      }, caption: "The same model without activations.")
    notebook.claim(
      "learners-stages-differ", "Devices for which your stage differs from the calculator's",
      Double(zip(stages, expected).count { $0 != $1 }), equals: 0, from: .smoke, as: .count)
  }
}

/// One model on devices of several sizes. The answer has the stages, −1 where none fits.
struct StagesCall: Encodable {
  let parameterCount: Int
  let deviceCount: Int
  let memoryBytes: [Int]
}
