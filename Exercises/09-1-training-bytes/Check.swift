@testable import func Learner.trainingBytes

func check(_ grader: Grader) throws {
  try grader.same(
    "trainingBytes(parameterCount: 1000, deviceCount: 4, stage: 0)",
    trainingBytes(parameterCount: 1000, deviceCount: 4, stage: 0), 16_000,
    mistakes: [
      Mistake(
        "The optimizer state is 12 bytes, not 8: the float32 weight and two moments, 4 bytes each.",
        12_000),
      Mistake("The gradient is missing.", 14_000),
      Mistake("At stage 0 nothing is divided.", 4000),
    ])
  for (stage, expected) in [(1, 7000), (2, 5500), (3, 4000)] {
    try grader.same(
      "trainingBytes(parameterCount: 1000, deviceCount: 4, stage: \(stage))",
      trainingBytes(parameterCount: 1000, deviceCount: 4, stage: stage), expected,
      mistakes: [
        Mistake(
          stage == 1
            ? "Stage 1 divides the optimizer state, not the weights."
            : "Each stage also divides what the earlier stages divide.", 14_500),
        Mistake("That is stage 0: nothing is divided.", 16_000),
        Mistake("That is stage 3: everything is divided.", 4000),
      ])
  }
  try grader.same(
    "trainingBytes(parameterCount: 10, deviceCount: 4, stage: 3)",
    trainingBytes(parameterCount: 10, deviceCount: 4, stage: 3), 48,
    mistakes: [
      Mistake("Round the share up: of 10 weights on 4 devices, one device has at least 3.", 32),
      Mistake("Round the share of weights up, not the bytes.", 40),
    ])
}
