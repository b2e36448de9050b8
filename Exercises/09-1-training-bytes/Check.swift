@testable import func Learner.trainingBytes

func check(_ grader: Grader) throws {
  try grader.same(
    "trainingBytes(parameterCount: 1000, deviceCount: 4, stage: 0)",
    trainingBytes(parameterCount: 1000, deviceCount: 4, stage: 0), 16_000,
    mistakes: [
      Mistake(
        "The optimizer's state is 12 bytes, not 8: the weight in 4 bytes, two moments of 4.",
        12_000),
      Mistake("The gradient is missing.", 14_000),
      Mistake("At stage 0 nothing is shared.", 4000),
    ])
  for (stage, expected) in [(1, 7000), (2, 5500), (3, 4000)] {
    try grader.same(
      "trainingBytes(parameterCount: 1000, deviceCount: 4, stage: \(stage))",
      trainingBytes(parameterCount: 1000, deviceCount: 4, stage: stage), expected,
      mistakes: [
        Mistake(
          stage == 1
            ? "Stage 1 shares the optimizer state, not the weights."
            : "Each stage shares what the stages before it share.", 14_500),
        Mistake("A higher stage shares more: that is nothing shared.", 16_000),
        Mistake("That is stage 3: all is shared.", 4000),
      ])
  }
  try grader.same(
    "trainingBytes(parameterCount: 10, deviceCount: 4, stage: 3)",
    trainingBytes(parameterCount: 10, deviceCount: 4, stage: 3), 48,
    mistakes: [
      Mistake("Round the share up: 10 weights among 4 devices are 3 on the fullest.", 32),
      Mistake("Round the share of weights up, not the bytes.", 40),
    ])
}
