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
      #"""
      P = e^{S - L} \tag{6}
      D = \sum dO \circ O \tag{7}
      dV = P^T dO \tag{8}
      dP = dO V^T \tag{9}
      dS = P \circ (dP - D) \tag{10}
      dQ = dS K / \sqrt{d} \tag{11}
      dK = dS^T Q / \sqrt{d} \tag{12}
      """#,
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
