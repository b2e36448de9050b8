import Corpora
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// The section "The text in the weights": fine-tuning, and a small model of one's own.
extension WhyContextLesson {
  func putInWeights(
    _ notebook: Notebook, _ experiment: Experiment, _ readers: [Reader]
  ) throws -> (fineTuned: [WeightsCurve], own: [WeightsCurve]) {
    notebook.heading("The text in the weights")
    notebook.say(
      """
      The other way around a short context needs no context at all: train on the text. Turn each \
      fact and each link of a story into the question that it answers (“what is Ada?”, “who is \
      Ada's friend?”), and take gradient steps on these pairs. Then ask without the story. Two \
      models do this: a copy of the reader (**fine-tuning**), and a **small model of its own** \
      with \(experiment.ownConfiguration.layerCount) layer of width \
      \(experiment.ownConfiguration.modelDim), which begins with random weights and sees nothing \
      but this one story.
      """)
    notebook.show("TextPairs", in: "Technique/TextTraining.swift")
    notebook.show("run", in: "Technique/TextTraining.swift", focus: "steps")
    notebook.ask(
      """
      After these steps the model knows that Ada's friend is Bo, and that Bo is red. Can it say \
      what Ada's friend is? And what happens to questions about other stories, which are in the \
      context?
      """,
      answer: """
        Not from two facts in the weights: nothing in these steps connects them. In a context, a \
        layer can look up one fact with what an earlier layer found; a fact in the weights is an \
        answer to one question. And the steps change the weights that read contexts, so some of \
        that can be lost. How much depends on when you stop.
        """)
    let curves = try notebook.step(
      "train-on-text", "Train on one story at a time, ask without context"
    ) {
      try zip(readers, notebook.seeds(experiment.seedCount)).map { reader, seed in
        try weightsCurves(notebook, experiment, reader, seed: seed)
      }
    }
    let (fineTuned, own) = (curves.map(\.fineTuned), curves.map(\.own))
    try draw(notebook, experiment, fineTuned: fineTuned, own: own)
    claim(notebook, fineTuned: fineTuned, own: own)
    return (fineTuned, own)
  }

  private struct SeedCurves: Codable {
    let fineTuned: WeightsCurve
    let own: WeightsCurve
  }

  private func weightsCurves(
    _ notebook: Notebook, _ experiment: Experiment, _ reader: Reader, seed: UInt64
  ) throws -> SeedCurves {
    let (task, length) = (experiment.task, experiment.learnedLength)
    var generator = SeededGenerator(seed: seed, stream: "stories to learn")
    func story() -> [FactStory.Sentence] {
      task.story(length: length, people: experiment.people(in: length), &generator)
    }
    let stories = (0..<experiment.learnedStories).map { _ in story() }
    let others = try (0..<experiment.otherQuestions).map { _ in
      let other = story()
      return try reader.exam(
        .whole, other, task.question(.oneFact, about: other, &generator), budget: length,
        &generator)
    }
    let backend = reader.model.backend
    return SeedCurves(
      fineTuned: try reader.curve(
        training: experiment.fineTuning, stories: stories, others: others
      ) { _ in
        let copy = Transformer(experiment.configuration, on: backend, seed: seed)
        copy.copyWeights(from: reader.model)
        return copy
      },
      own: try reader.curve(training: experiment.ownTraining, stories: stories, others: []) {
        Transformer(experiment.ownConfiguration, on: backend, seed: seed + UInt64($0))
      })
  }

  private func draw(
    _ notebook: Notebook, _ experiment: Experiment, fineTuned: [WeightsCurve], own: [WeightsCurve]
  ) throws {
    let guess = 1 / Double(experiment.task.valueCount)
    func percent(_ shares: [Double]) -> String {
      Quantity.percent.text(mean(shares), digits: 3)
    }
    /// What a model answers when it knows every fact and link, and how long that took.
    func learned(_ curves: [WeightsCurve]) -> String {
      let kinds = FactStory.QuestionKind.allCases.map { kind in
        "\(kind.rawValue) \(percent(curves.map { $0.accuracyWhenLearned(kind) }))"
      }
      return """
        It knows every fact and link after \
        \(Quantity.plain.text(mean(curves.map { mean($0.learnedAfter) }), digits: 3)) steps. Then its \
        right answers without context are: \(kinds.joined(separator: ", ")). The story's most \
        frequent value answers \(percent(curves.map(\.mostFrequentValue.accuracy))) of the chains.
        """
    }
    try notebook.figure(
      "fine-tuning-on-text",
      weightsPlot(
        "Fine-tuning on one story, asked without it", fineTuned, guess: guess, showsOthers: true),
      caption: """
        Mean and range of \(experiment.seedCount) seeds, \(experiment.learnedStories) stories of \
        \(experiment.learnedLength) sentences each. \(learned(fineTuned)) One fact from another \
        story in the context: \(percent(fineTuned.map { $0.others.first ?? .nan })) before, \
        \(percent(fineTuned.map { $0.whenLearned?.others.accuracy ?? .nan })) then, \
        \(percent(fineTuned.map { $0.others.last ?? .nan })) after \
        \(experiment.fineTuning.stepCount) steps.
        """)
    try notebook.figure(
      "own-model",
      weightsPlot(
        "A small model of its own, trained on one story", own, guess: guess, showsOthers: false),
      caption: """
        The same for a model that has only seen this story. \(learned(own)) It has nothing to \
        forget, and cannot read another story.
        """)
  }
}
