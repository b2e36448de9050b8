import LessonKit

/// Section "Backward, from one number per query".
extension FlashTilingLesson {
  func showBackward(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("Backward, from one number per query")
    notebook.say(
      """
      The gradient needs the probabilities again, and they were not saved. But each of them is \
      $`e^{\\text{score} - L}`$, and L, the log-sum-exp, is one number per query. The forward pass \
      saves only L and its output. So the backward pass computes every tile again, without a \
      running maximum. It costs one more product, and n² numbers need not be stored.
      """)
    notebook.say(
      """
      One sum seems to need a whole row: the gradient of a softmax subtracts the mean of dP, \
      weighted with the probabilities. That mean is the dot product of the output and its \
      gradient. So one number per query replaces it:
      """)
    notebook.formula(
      #"""
      \frac{\partial p_i}{\partial s_j} = p_i (\delta_{ij} - p_j)
      ds_i = p_i \left( dp_i - \sum_j p_j dp_j \right)
      \sum_j p_j dp_j = \sum_j p_j (dO \cdot v_j) = dO \cdot O
      """#,
      legend: """
        One query: s its scores, p its probabilities, v the values, O its output; δ is 1 if i = j, \
        else 0
        """)
    notebook.say("For all queries and keys at once:")
    notebook.formula(
      #"""
      P = e^{S - L} \tag{6}
      D = \sum dO \circ O \tag{7}
      dV = P^T \, dO \tag{8}
      dP = dO \, V^T \tag{9}
      dS = P \circ (dP - D) \tag{10}
      dQ = dS \, K / \sqrt{d} \tag{11}
      dK = dS^T \, Q / \sqrt{d} \tag{12}
      """#,
      legend: "S the scores, O the output, d… the gradient of the loss for …, ∘ element by element")
    notebook.show("backward", in: "Technique/TiledBackward.swift", focus: "one tile")
    let learners = LearnersTiles(notebook)
    notebook.showLearners(Self.attentionGradients)
    let check = TileCheck(experiment, seed: notebook.seed, isCausal: true)
    // A learner's function knows no tiles, so one call says everything.
    let isLearners = learners.gradients != nil
    let differences = try notebook.step(
      "tiled-backward",
      isLearners
        ? "Compare your gradients with the reference"
        : "Compare the gradients of every tile size with the reference"
    ) {
      let tiles = try experiment.checkedTiles()
      return try tiles.prefix(isLearners ? 1 : tiles.count).map { try check.backward($0, learners) }
    }
    notebook.claim(
      "tiled-backward-causal",
      isLearners
        ? "Your gradients differ by at most {} from the reference"
        : "The gradients of the causal backward pass differ by at most {} from the reference, for "
          + "every tile size",
      differences.max(), atMost: 1e-5, from: .smoke, kind: .exact)
  }
}
