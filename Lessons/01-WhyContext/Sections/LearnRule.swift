import Corpora
import LessonKit
import SmallTransformer
import TensorCore

/// The section "Learning in the context": accuracy by the number of examples.
extension WhyContextLesson {
  /// Share of right answers after each example, `[example]`.
  package struct RuleAccuracy: Codable {
    let model: [Double]
    let bestPossible: [Double]

    package init(model: [Double], bestPossible: [Double]) {
      self.model = model
      self.bestPossible = bestPossible
    }
  }

  func learnRule(_ notebook: Notebook, _ experiment: Experiment) throws {
    let rule = experiment.rule
    notebook.heading("Learning in the context")
    notebook.say(
      """
      A context can contain more than facts: it can contain examples. A model can learn a rule \
      from them without a training step. Here each sequence has a hidden rule, a shift by one of \
      \(rule.symbolCount) amounts, and it shows examples of that rule. \
      \(Quantity.percent.text(rule.noise)) of the labels are random, so one example does not prove \
      the rule. The more examples the context contains, the more certain the answer can be.
      """)
    notebook.show("sequence", in: "Sources/Corpora/Tasks/RuleByExample.swift", focus: "for _ in")
    notebook.ask(
      """
      After one example the rule is a guess that is right in about half of the sequences. What \
      should the share of right answers do as more examples arrive?
      """,
      answer: """
        It should rise, quickly at first: each example is a vote for one shift, and the wrong votes \
        spread over all shifts. The best possible reader counts the votes.
        """)
    let seeds = notebook.seeds(experiment.seedCount)
    let trained = try notebook.step(
      "train-rule", "Train on sequences, each with its own rule"
    ) {
      try seeds.map { seed in
        var generator = SeededGenerator(seed: seed, stream: "rules")
        return try notebook.train(
          "rule reader, seed \(seed)", experiment.ruleConfiguration, experiment.ruleSchedule,
          material: rule.identity, seed: seed
        ) {
          let sequences = (0..<experiment.ruleSchedule.batchCount).map { _ in
            rule.sequence(&generator)
          }
          return (sequences.flatMap(\.inputs), sequences.flatMap(\.targets))
        }
      }
    }
    let accuracies = notebook.step("ask-rule", "Ask after each example, in new sequences") {
      zip(trained, seeds).map { trained, seed in
        var generator = SeededGenerator(seed: seed, stream: "rules, held out")
        let model = accuracyByExample(
          trained.model, rule, sequences: experiment.ruleSequences, &generator)
        return RuleAccuracy(
          model: model,
          bestPossible: rule.bestPossible(sequences: 4 * experiment.ruleSequences, &generator))
      }
    }
    func percent(_ values: (RuleAccuracy) -> Double?) -> String {
      Quantity.percent.text(mean(accuracies.map { values($0) ?? .nan }), digits: 3)
    }
    try notebook.figure(
      "examples", rulePlot(rule, accuracies),
      caption: """
        Mean and range of \(experiment.seedCount) seeds. The model is right \
        \(percent { $0.model.first }) of the time after one example and \
        \(percent { $0.model.last }) after \(rule.exampleCount), with the same weights. The dashed \
        line is the best possible result: always choose the shift that agrees with most examples.
        """)
    claim(notebook, accuracies)
  }

  private func accuracyByExample(
    _ model: Transformer, _ rule: RuleByExample, sequences: Int,
    _ generator: inout SeededGenerator
  ) -> [Double] {
    var right = [Int](repeating: 0, count: rule.exampleCount)
    let batchCount = 64
    for _ in 0..<max(1, sequences / batchCount) {
      let batch = (0..<batchCount).map { _ in rule.sequence(&generator) }
      let answers = model.likeliestClasses(for: batch.flatMap(\.inputs), batch: batchCount)
      for (row, target) in batch.flatMap(\.targets).enumerated()
      where target >= 0 && answers[row] == target {
        right[row % rule.length / 2] += 1
      }
    }
    return right.map { Double($0) / Double(max(1, sequences / batchCount) * batchCount) }
  }
}
