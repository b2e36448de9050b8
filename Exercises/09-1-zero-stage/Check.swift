@testable import func Learner.lowestStage

/// The limits below which a stage no longer fits: at which memory does the answer change?
private func limits(_ grader: Grader, parameters: Int, devices: Int, activations: Int) -> [Int] {
  (0...3).map { stage in
    var (fits, tooSmall) = (100_000, 0)
    while fits - tooSmall > 1 {
      let middle = (fits + tooSmall) / 2
      let question =
        "lowestStage(parameterCount: \(parameters), deviceCount: \(devices), "
        + "activationBytes: \(activations), memoryBytes: \(middle))"
      let found = grader.ask(question) {
        lowestStage(
          parameterCount: parameters, deviceCount: devices, activationBytes: activations,
          memoryBytes: middle)
      }
      if let found, found <= stage { fits = middle } else { tooSmall = middle }
    }
    return fits
  }
}

func check(_ grader: Grader) throws {
  func text(_ stage: Int?) -> String { stage.map { "stage \($0)" } ?? "nil" }
  let question =
    "lowestStage(parameterCount: 1000, deviceCount: 4, activationBytes: 0, memoryBytes: "
  for (memory, expected) in [(16_000, 0), (15_999, 1), (7000, 1), (5500, 2), (4000, 3)] {
    try grader.same(
      question + "\(memory))",
      text(
        lowestStage(
          parameterCount: 1000, deviceCount: 4, activationBytes: 0, memoryBytes: memory)),
      text(expected),
      mistakes: expected == 0
        ? [
          Mistake("Exactly as many bytes as the memory has still fit: use <=.", "stage 1"),
          Mistake("That is the highest stage; a lower one fits too.", "stage 3"),
        ]
        : [
          Mistake(
            "Stage 0 needs more: the optimizer keeps three float32 numbers per weight, its copy and "
              + "two moments.", "stage 0"),
          Mistake(
            memory == 7000
              ? "Stage 1 divides what the optimizer keeps; the weights come last."
              : "That is not the lowest stage that fits.", "stage 3"),
        ])
  }
  try grader.same(
    question + "3999)",
    text(lowestStage(parameterCount: 1000, deviceCount: 4, activationBytes: 0, memoryBytes: 3999)),
    "nil", mistakes: [Mistake("Not even stage 3 fits: the answer is nil.", "stage 3")])
  try grader.same(
    "the fewest bytes for stages 0, 1, 2, 3 of 1000 weights on 4 devices",
    limits(grader, parameters: 1000, devices: 4, activations: 0), [16_000, 7000, 5500, 4000],
    mistakes: [
      Mistake(
        "The optimizer keeps three float32 numbers per weight: its copy and two moments.",
        [12_000, 6000, 4500, 3000]),
      Mistake("The gradients are missing.", [14_000, 5000, 5000, 3500]),
      Mistake(
        "Stage 1 divides what the optimizer keeps; the weights come last.",
        [16_000, 14_500, 13_000, 4000]),
    ])
  try grader.same(
    "the same of 10 weights on 4 devices, with 1000 bytes of activations",
    limits(grader, parameters: 10, devices: 4, activations: 1000), [1160, 1076, 1062, 1048],
    mistakes: [
      Mistake(
        "A share is rounded up: of 10 weights on 4 devices, one device has at least 3.",
        [1160, 1064, 1048, 1032]),
      Mistake(
        "Round the share of weights up, not the bytes: no weight is cut in two.",
        [1160, 1070, 1055, 1040]),
      Mistake("The activations need their bytes too.", [160, 76, 62, 48]),
      Mistake("Activations are not divided.", [1160, 326, 312, 298]),
    ])
}
