import LessonKit

/// Section "Backward, from one number per query".
extension FlashTilingLesson {
  func showBackward(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("Backward, from one number per query")
    notebook.say(
      """
      The gradient needs the probabilities again, and they were not saved. But each of them is \
      e^(score − L), and L, the log-sum-exp, is one number per query. The forward pass saves only \
      L and its output. So the backward pass computes every tile again, without a running maximum. \
      It costs one more product, and n² numbers need not be stored.
      """)
    notebook.formula(
      """
      P = e^(S − L)      D = Σ dO ∘ O
      dV = Pᵀ·dO         dP = dO·Vᵀ
      dS = P ∘ (dP − D)
      dQ = dS·K / √d     dK = dSᵀ·Q / √d
      """,
      legend: "S the scores, O the output, d… the gradient of the loss for …, ∘ element by element")
    notebook.show("backward", in: "Technique/TiledBackward.swift")
    let check = TileCheck(experiment, seed: notebook.seed, isCausal: true)
    let differences = try notebook.step(
      "tiled-backward", "Compare the gradients of every tile size with the reference"
    ) {
      try experiment.checkedTiles().map { try check.backward($0) }
    }
    notebook.claim(
      "tiled-backward-causal",
      "Tiled backward pass: largest difference of a gradient from the reference, all tile sizes",
      differences.max(), atMost: 1e-5, from: .smoke)
  }
}
