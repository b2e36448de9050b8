import Autograd
import Corpora
import LessonKit
import Plotting
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
    let trained = try notebook.step(
      "train-rule", "Train on sequences, each with its own rule"
    ) {
      var generator = SeededGenerator(seed: notebook.seed, stream: "rules")
      return try notebook.train(
        "rule reader", experiment.ruleConfiguration, experiment.ruleSchedule,
        material: rule.identity
      ) {
        let sequences = (0..<experiment.ruleSchedule.batchCount).map { _ in
          rule.sequence(&generator)
        }
        return (sequences.flatMap(\.inputs), sequences.flatMap(\.targets))
      }
    }
    let accuracy = notebook.step("ask-rule", "Ask after each example, in new sequences") {
      var generator = SeededGenerator(seed: notebook.seed, stream: "rules, held out")
      let model = accuracyByExample(
        trained.model, rule, sequences: experiment.ruleSequences, &generator)
      return RuleAccuracy(
        model: model,
        bestPossible: rule.bestPossible(sequences: 4 * experiment.ruleSequences, &generator))
    }
    try draw(notebook, rule, accuracy)
    claim(notebook, accuracy)
  }

  private func draw(
    _ notebook: Notebook, _ rule: RuleByExample, _ accuracy: RuleAccuracy
  ) throws {
    let x = (1...rule.exampleCount).map(Double.init)
    try notebook.figure(
      "examples",
      LinePlot(
        title: "A rule learned from the context",
        x: .log("examples in the context", base: 2),
        y: .linear("share of right answers", range: 0...1.05),
        series: [
          Series("model", x: x, y: accuracy.model, style: .linePoints, of: .wholeText),
          Series("best possible", x: x, y: accuracy.bestPossible, style: .dashed, of: .reference),
        ], marks: [.horizontal(rule.chance, "chance")]),
      caption: """
        The model is right \(Quantity.percent.text(accuracy.model.first ?? .nan, digits: 3)) of \
        the time after one example and \
        \(Quantity.percent.text(accuracy.model.last ?? .nan, digits: 3)) after \
        \(rule.exampleCount), with the same weights. The dashed line is the best possible result: \
        always choose the shift that agrees with most examples.
        """)
  }

  package func claim(_ notebook: Notebook, _ accuracy: RuleAccuracy) {
    guard let first = accuracy.model.first, let last = accuracy.model.last,
      let best = accuracy.bestPossible.last
    else { return }
    // Seeds 1, 2 and 3: 46, 52 and 44 %; divided by the best possible 1.00, 0.90 and 1.00. With
    // half the training steps, the model had not learned the rule for one of three seeds.
    notebook.claim(
      "rule-gain",
      "Hidden rule: share of right answers after the last example minus that after the first",
      last - first, atLeast: 0.3, as: .percent)
    notebook.claim(
      "rule-best", "Hidden rule: right answers after the last example divided by the best possible",
      last / best, atLeast: 0.8, as: .times)
  }

  private func accuracyByExample(
    _ model: Transformer, _ rule: RuleByExample, sequences: Int,
    _ generator: inout SeededGenerator
  ) -> [Double] {
    var right = [Int](repeating: 0, count: rule.exampleCount)
    let batchCount = 64
    let classCount = rule.vocabularyCount
    for _ in 0..<max(1, sequences / batchCount) {
      let batch = (0..<batchCount).map { _ in rule.sequence(&generator) }
      let tape = Tape(model.backend, isRecording: false)
      let logits = model.backend.read(
        model.logits(batch.flatMap(\.inputs), batch: batchCount, tape: tape).value)
      for (row, target) in batch.flatMap(\.targets).enumerated() where target >= 0 {
        let scores = logits[row * classCount..<(row + 1) * classCount]
        let best = scores.indices.max { scores[$0] < scores[$1] } ?? scores.startIndex
        if best - scores.startIndex == Int(target) { right[row % rule.length / 2] += 1 }
      }
    }
    return right.map { Double($0) / Double(max(1, sequences / batchCount) * batchCount) }
  }
}
