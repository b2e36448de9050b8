import Corpora
import LessonKit
import SmallTransformer

/// The section "Stretching RoPE without training": one trained model with other frequencies.
extension PositionsLesson {
  func stretchRoPE(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ rope: TrainedModel
  ) throws {
    notebook.heading("Stretching RoPE without training")
    notebook.say(
      """
      RoPE's frequencies are not trained, so you can change them in a trained model. **Position \
      interpolation** divides all of them by s = length / T, so no angle is new. **NTK-aware** \
      scaling changes the base: the fastest pair keeps its frequency, and slow pairs become \
      slower. **YaRN** decides for each pair by the number of rotations that it makes within T. A \
      pair with fewer than α rotations is interpolated, a pair with more than β is not changed.
      """)
    explainBeta(notebook, experiment, headDim: rope.model.configuration.headDim)
    notebook.show("YaRN", in: "Technique/YaRN.swift")
    let learners = notebook.learners(Self.yarnFrequencies)
    notebook.showLearners(Self.yarnFrequencies)
    let curves = try notebook.step("stretch-rope", "Run the same weights with other frequencies") {
      try notebook.keyed(Stretch.allCases) { stretch in
        let name = stretch.name(trainedLength: experiment.trainedLength)
        return try Curve(name, experiment, on: book, notebook) { multiple in
          rope.model.sharingWeights(
            with: try experiment.configuration(stretch, multiple: multiple, by: learners))
        }
      }
    }
    try notebook.figure(
      "rotary-scalings",
      lengthPlot("RoPE stretched without training", experiment, curves.map { ($1, $0.concept) }),
      caption: """
        The same trained weights with other frequencies. Perplexity at \(experiment.longest) bytes \
        divided by perplexity at \(experiment.trainedLength): \
        \(curves.map { $1.growth }.joined(separator: ", ")).
        """)
    claimStretches(notebook, curves)
    notebook.notice(
      "The paper's effect does not appear",
      """
      In LLaMA, unscaled RoPE fails completely beyond its window and interpolation does not (Chen \
      et al., table 1, with fine-tuning). Here unscaled RoPE gets worse slowly. Interpolation \
      moves neighbors closer together, and this model, which was trained for minutes on single \
      bytes, depends most on its neighbors. Both effects are real. This small model shows only the \
      second one.
      """)
  }

  private func explainBeta(_ notebook: Notebook, _ experiment: Experiment, headDim: Int) {
    let yarn = YaRN(factor: 4, trainedLength: experiment.trainedLength)
    let rotations = Rotary().frequencies(headDim: headDim).map(yarn.rotations)
    let fitted = YaRN.fittedBeta(trainedLength: experiment.trainedLength)
    notebook.say(
      """
      The paper's β = 32 belongs to models that were trained on thousands of tokens. Here even the \
      fastest pair makes only \(Quantity.plain.text(rotations.max() ?? 0, digits: 3)) rotations \
      within T, and \(rotations.count { $0 < 1 }) of \(rotations.count) pairs do not complete one. \
      With β = 32 every pair would be interpolated at least partly. So we scale β down with T, but \
      not below 4, where the ramp would become a step. β = \(Quantity.plain.text(fitted)) leaves \
      the fastest pairs unchanged, as the paper intends.
      """)
  }

  private func claimStretches(_ notebook: Notebook, _ curves: Keyed<Stretch, Curve>) {
    /// Perplexity at 4 T divided by that of unscaled RoPE.
    func ratio(_ stretch: Stretch) -> Double? {
      guard let unscaled = curves[.asTrained].perplexity(at: 4) else { return nil }
      return curves[stretch].perplexity(at: 4).map { $0 / unscaled }
    }
    // Seeds 1, 2 and 3: NTK-aware 0.65 to 0.74, YaRN 0.53 to 0.67, interpolation 1.56 to 1.66.
    notebook.claim(
      "stretch-ntk", "NTK-aware: perplexity at 4 T divided by that of unscaled RoPE", ratio(.ntk),
      atMost: 0.9, as: .times)
    notebook.claim(
      "stretch-yarn-fitted",
      "YaRN with the fitted β: perplexity at 4 T divided by that of unscaled RoPE",
      ratio(.fittedYaRN), atMost: 0.85, as: .times)
    notebook.claim(
      "stretch-interpolation",
      "Position interpolation: perplexity at 4 T divided by that of unscaled RoPE",
      ratio(.interpolation), atLeast: 1.2, as: .times)
  }
}
