import Corpora
import LessonKit
import Plotting
import SmallTransformer

/// The section "Stretching RoPE without training": trained models with other frequencies.
extension PositionsLesson {
  /// Returns the models, for training at the new length.
  func stretchRoPE(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus
  ) throws -> [TrainedModel] {
    notebook.heading("Stretching RoPE without training")
    notebook.say(
      """
      **One result is not the published one:** position interpolation without training is worse \
      at 4 T here than no change at all. For LLaMA 7B, trained at 2,048, perplexity without a \
      change is above 1,000 at 8,192, and interpolation gives 16.1 before any training and 7.12 \
      after 200 steps (Chen et al., tables 1 and 3). NTK-aware scaling and YaRN help here as they did \
      there.
      """)
    explainStretches(notebook)
    compareProfiles(notebook, experiment)
    try showFactors(notebook, experiment)
    let learners = notebook.learners(Self.yarnFrequencies)
    notebook.showLearners(Self.yarnFrequencies)
    notebook.ask(
      """
      Position interpolation makes sure that no angle is new. Does that make it the best method \
      for a model that is not trained any further? And what does each method cost in texts that \
      are no longer than T?
      """,
      answer: """
        Not new is not enough: neighbors now differ by a quarter of the angle that they had in \
        every training text, and a model uses its neighbors most. Interpolation pays for that at \
        every length, also within T. NTK-aware scaling and YaRN leave the fast pairs alone, so \
        they pay less.
        """)
    let models = try notebook.step("train-rope", "Train RoPE models for longer texts") {
      try notebook.seeds(experiment.seedCount).map { seed in
        try notebook.train(
          "RoPE at \(experiment.stretchedLength), seed \(seed)",
          experiment.configuration(.asTrained), experiment.stretchedSchedule, on: book, seed: seed)
      }
    }
    let curves = try notebook.step("stretch-rope", "Run the same weights with other frequencies") {
      try notebook.keyed(Stretch.allCases) { stretch in
        let configuration = try experiment.configuration(stretch, by: learners)
        return SeedCurves(
          try models.map { trained in
            try Curve(
              stretch.name, experiment, trainedLength: experiment.stretchedLength,
              multiples: experiment.stretchedMultiples, on: book, notebook,
              trained.model.sharingWeights(with: configuration))
          })
      }
    }
    try show(notebook, experiment, curves)
    claimStretches(notebook, experiment, curves)
    return models
  }

  private func explainStretches(_ notebook: Notebook) {
    notebook.say(
      """
      RoPE's frequencies are not trained, so you can change them in a trained model. Choose a \
      factor s, for a text of s times the trained length T. **Position interpolation** divides all \
      frequencies by s. **NTK-aware** scaling raises the base b: the fastest pair keeps its \
      frequency, the slowest is divided by s. **YaRN** counts how many rotations r each pair makes \
      within T. A pair with fewer than α is interpolated, a pair with more than β is left alone, \
      and a ramp γ mixes the two. It also multiplies queries and keys by a constant, √(1/t).
      """)
    notebook.formula(
      #"""
      \text{interpolation:} \quad \theta_i' = \theta_i / s \tag{4}
      \text{NTK-aware:} \quad b' = b \cdot s^{D/(D - 2)} \tag{5}
      \text{YaRN:} \quad r_i = T \theta_i / 2 \pi \tag{6}
      \gamma_i = \min(1, \max(0, (r_i - \alpha) / (\beta - \alpha))) \tag{7}
      \theta_i' = (1 - \gamma_i) \theta_i / s + \gamma_i \theta_i \tag{8}
      \sqrt{1/t} = 0.1 \ln s + 1 \tag{9}
      """#,
      legend: """
        θᵢ the frequency of pair i, in radians per token; α = 1 and β = 32 (Peng et al., 2023)
        """)
    notebook.show("PositionInterpolation", in: "Technique/PositionInterpolation.swift")
    notebook.show("NTKAware", in: "Technique/NTKAware.swift")
    notebook.show("YaRN", in: "Technique/YaRN.swift", focus: "yarn")
  }

  private func compareProfiles(_ notebook: Notebook, _ experiment: Experiment) {
    let profiles = [
      RotationProfile(name: "LLaMA", trainedLength: 2048, base: 10_000, headDim: 128),
      RotationProfile(
        name: "the models above", trainedLength: experiment.trainedLength, base: Rotary().base,
        headDim: experiment.shape.headDim),
      RotationProfile(
        name: "this section", trainedLength: experiment.stretchedLength,
        base: experiment.stretchedBase, headDim: experiment.shape.headDim),
    ]
    notebook.say(
      """
      What a method does depends on these rotations. In the models above, with T = \
      \(experiment.trainedLength), \(Quantity.percent.text(profiles[1].incompleteShare, digits: 2)) \
      of the pairs do not complete one rotation, and \
      \(Quantity.percent.text(profiles[1].fastShare, digits: 2)) make more than 32. A comparison of \
      the methods there says little about LLaMA. So this section trains models with T = \
      \(experiment.stretchedLength) and the base \(Quantity.count.text(experiment.stretchedBase)), \
      and uses YaRN's constants as published.
      """)
    notebook.table(
      "rotation-profiles",
      columns: ["model", "T", "base", "below 1", "above 32"],
      rows: profiles.map {
        [
          $0.name, Quantity.count.text(Double($0.trainedLength)), Quantity.count.text($0.base),
          Quantity.percent.text($0.incompleteShare, digits: 2),
          Quantity.percent.text($0.fastShare, digits: 2),
        ]
      },
      caption:
        "Shares of the pairs of a head with fewer than 1 and more than 32 rotations within T.")
  }

  /// What each method multiplies the frequency of each pair with: a figure, and some rows by hand.
  private func showFactors(_ notebook: Notebook, _ experiment: Experiment) throws {
    let profile = RotationProfile(
      name: "", trainedLength: experiment.stretchedLength, base: experiment.stretchedBase,
      headDim: experiment.shape.headDim)
    let unscaled = Rotary(base: profile.base).frequencies(headDim: profile.headDim)
    let methods = Stretch.allCases.filter { $0 != .asTrained }
    let factors = methods.map { stretch -> [Double] in
      let scaled = stretch.scaling(
        factor: Double(experiment.stretchFactor), trainedLength: profile.trainedLength)?
        .frequencies(unscaled, base: profile.base, headDim: profile.headDim)
      return zip(scaled ?? unscaled, unscaled).map { $0 / $1 }
    }
    let chosen = unscaled.indices.filter { $0 % max(1, unscaled.count / 5) == 0 }
    notebook.example(
      "By hand: what each frequency is multiplied by, for s = \(experiment.stretchFactor)",
      columns: ["pair", "rotations in T"] + methods.map(\.name),
      rows: chosen.map { pair in
        ["\(pair)", Quantity.plain.text(profile.rotations[pair], digits: 3)]
          + factors.map { Quantity.plain.text($0[pair], digits: 2) }
      },
      result: """
        Interpolation slows every pair, also the fast ones that tell neighbors apart. NTK-aware \
        scaling slows the pairs more and more. YaRN leaves pairs with more than 32 rotations alone \
        and slows pairs with fewer than 1 as interpolation does.
        """)
    try notebook.figure(
      "rotary-factors",
      LinePlot(
        title: "What each method multiplies the frequencies by",
        x: .linear("pair, fast to slow"), y: .log("factor on the frequency"),
        series: zip(methods, factors).map { method, factors in
          Series(
            method.name, x: factors.indices.map(Double.init), y: factors, of: method.concept)
        },
        marks: [
          (32.0, "32 rotations in T"), (1.0, "1 rotation"),
        ].compactMap { rotations, name in
          let count = profile.rotations.count { $0 > rotations }
          return count > 0 ? .vertical(Double(count) - 0.5, name) : nil
        }),
      caption: """
        T = \(profile.trainedLength), base \(Quantity.count.text(profile.base)), \
        s = \(experiment.stretchFactor). A factor of 1 leaves a pair as it was trained; \
        1/\(experiment.stretchFactor) maps all its new angles into the trained range.
        """)
  }

  private func show(
    _ notebook: Notebook, _ experiment: Experiment, _ curves: Keyed<Stretch, SeedCurves>
  ) throws {
    notebook.table(
      "rotary-scalings",
      columns: ["frequencies"]
        + experiment.stretchedMultiples.map { $0 == 1 ? "T" : "\($0) T" },
      rows: curves.map { stretch, curves in
        [stretch.name]
          + curves.perplexities.map { Quantity.plain.text($0.mean, digits: 3) }
      },
      caption: """
        Perplexity per byte, mean of \(experiment.seedCount) seeds, without any training. A \
        deployed model has one s for all texts, here \(experiment.stretchFactor), so the column T \
        shows what stretching costs in short texts.
        """)
    var plot = lengthPlot(
      "RoPE stretched without training", experiment, curves.map { ($1, $0.concept) })
    plot.x = .log("length of the window (tokens)", base: 2)
    for index in plot.series.indices {
      plot.series[index].x = experiment.stretchedMultiples.map {
        Double($0 * experiment.stretchedLength)
      }
    }
    plot.marks = [.vertical(Double(experiment.stretchedLength), "T")]
    try notebook.figure(
      "rotary-scalings", plot,
      caption: """
        The same trained weights with other frequencies, s = \(experiment.stretchFactor) at every \
        length. Mean and range of \(experiment.seedCount) seeds.
        """)
  }

  private func claimStretches(
    _ notebook: Notebook, _ experiment: Experiment, _ curves: Keyed<Stretch, SeedCurves>
  ) {
    /// For each seed, perplexity at a multiple of T divided by that with the trained frequencies.
    func ratios(_ stretch: Stretch, at multiple: Int) -> [Double] {
      zip(curves[stretch].curves, curves[.asTrained].curves).compactMap { changed, unchanged in
        guard let changed = changed.perplexity(at: multiple),
          let unchanged = unchanged.perplexity(at: multiple)
        else { return nil }
        return changed / unchanged
      }
    }
    let factor = experiment.stretchFactor
    func sentence(_ name: String) -> String {
      "\(name): perplexity at \(factor) T is {} that with the trained frequencies"
    }
    notebook.claim(
      "stretch-interpolation", sentence("Position interpolation"),
      ratios(.interpolation, at: factor), as: .interpolation)
    notebook.claim(
      "stretch-ntk", sentence("NTK-aware scaling"), ratios(.ntk, at: factor), as: .ntk)
    notebook.claim("stretch-yarn", sentence("YaRN"), ratios(.yarn, at: factor), as: .yarn)
  }
}
