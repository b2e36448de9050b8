import Corpora
import LessonKit
import Plotting
import SmallTransformer

/// A trained multi-head model, given shared heads afterwards.
extension MultiQueryLesson {
  /// Losses of one conversion: before any training, and after each amount of it; a list of seeds
  /// each.
  private struct Conversion {
    let choice: HeadChoice
    let losses: [[Double]]

    func mean(_ stage: Int) -> Double {
      losses.map { $0[stage] }.reduce(0, +) / Double(losses.count)
    }
  }

  func convert(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ runs: [QualityRun]
  ) throws {
    notebook.heading("Convert what was trained without sharing")
    notebook.say(
      """
      Models are trained once and for much money. Can one with a full set of heads be given one for \
      all afterwards? Three ways to make the shared head, then a little extra training: a \
      twentieth of the steps, and a tenth.
      """)
    notebook.show("pooled", in: "HeadConversion.swift")
    let windows = try notebook.heldOutWindows(
      book, length: experiment.schedule.length, tokenCount: experiment.evaluationTokens)
    let target = try experiment.configuration.with(sharing: .multiQuery)
    let conversions = try notebook.step("Convert to multi-query and train on") {
      try HeadChoice.allCases.map { choice in
        let losses = try runs[0].models.enumerated().map { index, original in
          let seed = notebook.seed + UInt64(index)
          let model = original.model.converted(to: target, by: choice, seed: seed)
          let start = original.converted(to: model, how: "multi-query by \(choice.rawValue)")
          let after = try experiment.extraSchedules.map { schedule in
            try notebook.train(
              "\(choice.rawValue), \(schedule.stepCount) steps, seed \(seed)", target, schedule,
              on: book,
              startingFrom: start, seed: seed
            ).model.lossByPosition(windows).mean
          }
          return [model.lossByPosition(windows).mean] + after
        }
        return Conversion(choice: choice, losses: losses)
      }
    }
    let stages = ["before"] + experiment.extraSchedules.map { "\($0.stepCount) steps" }
    try draw(notebook, runs, conversions, stages)
    claim(notebook, runs, conversions, stages)
  }

  private func draw(
    _ notebook: Notebook, _ runs: [QualityRun], _ conversions: [Conversion], _ stages: [String]
  ) throws {
    try notebook.figure(
      "conversion",
      BarPlot(
        title: "A multi-head model made multi-query",
        y: .linear("loss (nats per byte)"), categories: stages,
        series: conversions.map { conversion in
          .init(
            conversion.choice.rawValue, values: stages.indices.map(conversion.mean),
            low: stages.indices.map { stage in conversion.losses.map { $0[stage] }.min() ?? .nan },
            high: stages.indices.map { stage in conversion.losses.map { $0[stage] }.max() ?? .nan })
        },
        marks: [.horizontal(runs[0].mean, "multi-head, as trained")]),
      caption: """
        Before any training: \(conversions.map {
          "\($0.choice.rawValue) \(Quantity.plain.text($0.mean(0), digits: 3))"
        }.joined(separator: ", ")); after the last stage: \(conversions.map {
          "\($0.choice.rawValue) \(Quantity.plain.text($0.mean(stages.count - 1), digits: 3))"
        }.joined(separator: ", ")). Whiskers: the seeds.
        """)
  }

  private func claim(
    _ notebook: Notebook, _ runs: [QualityRun], _ conversions: [Conversion], _ stages: [String]
  ) {
    func losses(_ choice: HeadChoice, _ stage: Int) -> [Double] {
      conversions.first { $0.choice == choice }?.losses.map { $0[stage] } ?? []
    }
    func mean(_ choice: HeadChoice, _ stage: Int) -> Double {
      losses(choice, stage).reduce(0, +) / Double(losses(choice, stage).count)
    }
    // Two runs of three seeds each: 0.965 and 0.958; at the end 1.139 and 1.137.
    notebook.claim(
      "Before extra training: the mean's loss over random's, all seeds together",
      mean(.mean, 0) / mean(.random, 0), atMost: 0.99, as: .times)
    let overFirst = mean(.mean, 0) / mean(.first, 0)
    notebook.measure("Before extra training: the mean's loss over the first's", overFirst, .times)
    if overFirst > 1 {
      notebook.notice(
        "The first head is the better start here",
        """
        Ainslie et al. found the mean best, in models of billions of weights whose heads were \
        trained for long. Here the group's first head starts lower, by \
        \(Quantity.percent.text(overFirst - 1, digits: 2)): heads of a model so small and so young \
        have learned different things, and their mean is none of them.
        """)
    }
    let last = stages.count - 1
    let multiHead = runs[0].losses
    notebook.claim(
      "By the mean, after \(stages[last]), over multi-head as trained, worst seed",
      zip(losses(.mean, last), multiHead).map { $0 / $1 }.max(), atMost: 1.2, as: .times)
  }
}
