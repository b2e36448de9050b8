import Foundation
import LessonKit
import Plotting
import SmallTransformer

/// The section "Five position schemes": what each scheme computes.
extension PositionsLesson {
  func showSchemes(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("Five position schemes")
    try showSinusoidal(notebook, experiment)
    notebook.say(
      """
      **Learned.** Each position has a trained vector. Our table also has vectors for positions \
      beyond T, but training never changed them.
      """)
    try showRoPE(notebook, experiment)
    try showALiBi(notebook, experiment)
    notebook.say(
      """
      **None.** Only the causal mask. The first token sees one key, the second token sees two. \
      With enough training, a network can use this to count positions.
      """)
  }

  private func showSinusoidal(_ notebook: Notebook, _ experiment: Experiment) throws {
    let (width, length) = (experiment.shape.modelDim, experiment.trainedLength)
    notebook.say(
      """
      **Sinusoidal.** Add a vector to each token's embedding: one wave for every two dimensions, \
      from fast to very slow. Nothing is trained, and every position has a vector, also beyond T.
      """)
    notebook.formula(
      #"""
      \text{PE}(p, 2i) = \sin(p / 10000^{2i/d})
      \text{PE}(p, 2i + 1) = \cos(p / 10000^{2i/d})
      """#,
      legend: "p the position, d the width of the model, i the number of the wave")
    notebook.show(
      "Sinusoidal", in: "Sources/SmallTransformer/Positions/Sinusoidal.swift",
      focus: "public func addedTable")
    let table = notebook.step("sinusoidal-table", "Compute one wave for every two dimensions") {
      Sinusoidal().addedTable(length: 4 * length, modelDim: width) ?? []
    }
    let incomplete = Rotary().frequencies(headDim: width).count {
      $0 * Double(length) < 2 * .pi
    }
    try notebook.figure(
      "sinusoidal-table",
      HeatMap(
        title: "What sinusoidal positions add to the embedding", values: table, rows: 4 * length,
        columns: width, xLabel: "dimension", yLabel: "position (tokens)",
        yTicks: (0..<4).map { multiple in
          Tick(
            Double(multiple * length),
            multiple == 0 ? "0" : multiple == 1 ? "\(length) = T" : "\(multiple) T")
        },
        colors: .diverging(center: 0), barLabel: "added value"),
      caption: """
        Fast waves are on the left, slow ones on the right. \(incomplete) of the \(width / 2) \
        waves do not complete one period within T = \(length) tokens, so beyond T they have values \
        that the model never saw in training.
        """)
  }

  private func showRoPE(_ notebook: Notebook, _ experiment: Experiment) throws {
    let length = experiment.trainedLength
    notebook.say(
      """
      **RoPE.** Add nothing. Rotate queries and keys instead: rotate each pair of dimensions by an \
      angle that grows with the position. A dot product depends on the lengths of two vectors and \
      on the angle between them. If the query is rotated by mθ and the key by nθ, the angle \
      between them changes by (m − n)θ. So the score depends on the *offset* m − n, and not on m \
      and n themselves.
      """)
    try notebook.figure(
      "rotation", rotationDrawing,
      caption: """
        One pair of values with θ = 40 degrees per token, query and key equal before rotation. The \
        query stands two tokens after the key: the angle between them is 80 degrees at positions 3 \
        and 1, and at positions 103 and 101.
        """)
    notebook.formula(
      #"""
      \phi = p \, \theta_i, \quad \theta_i = b^{-2i/D} \tag{1}
      x' = x \cos \phi - y \sin \phi \tag{2}
      y' = x \sin \phi + y \cos \phi
      \langle R(m) q, R(n) k \rangle = \langle R(m - n) q, k \rangle \tag{3}
      """#,
      legend: """
        p the position, θᵢ the frequency of pair i in radians per token, D the dimensions of a \
        head, b the base (10,000), (x, y) a pair of values and (x′, y′) the rotated pair, R(p) the \
        rotation of all pairs for position p
        """)
    rotateByHand(notebook)
    notebook.show("TextbookRotation", in: "Technique/TextbookRotation.swift")
    notebook.show(
      "Rotary", in: "Sources/SmallTransformer/Positions/Rotary.swift",
      focus: "public func rotation(")
    let (offsets, headDim) = (4 * length, experiment.shape.headDim)
    let learners = notebook.learners(Self.rotatePairs)
    notebook.showLearners(Self.rotatePairs)
    let cosines = try notebook.step("rope-scores", "Compute what each pair adds at each offset") {
      if let learners { return try learners.cosines(headDim: headDim, offsets: offsets) }
      return Rotary().frequencies(headDim: headDim).map { frequency in
        (0..<offsets).map { Float(cos(Double($0) * frequency)) }
      }
    }
    try notebook.figure(
      "rotary-scores", rotaryMap(cosines, trainedLength: length),
      caption: """
        If query and key are equal, each pair adds the cosine of its angle to the score. The fast \
        pairs pass every angle within T = \(length) tokens. Beyond T the slow pairs reach angles \
        that the model never saw in training.
        """)
  }

  private func rotateByHand(_ notebook: Notebook) {
    let number = { Quantity.plain.text($0, digits: 2) }
    let rows = [(3.0, 1.0, 1.0), (103, 101, 1), (3, 1, 0.5)].map { m, n, frequency in
      [
        "\(Int(m))", "\(Int(n))", number(frequency), number((m - n) * frequency),
        number(cos((m - n) * frequency)),
      ]
    }
    notebook.example(
      "By hand: the score of two equal vectors (1, 0)",
      columns: ["query at m", "key at n", "θ", "angle (m − n)θ", "score, its cosine"], rows: rows,
      result: """
        Both positions moved by 100: the score is the same. With half the frequency the neighbors \
        look as near as tokens at half the distance did: this is position interpolation by 2.
        """)
  }

  private func showALiBi(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.say(
      """
      **ALiBi.** Rotate nothing. Lower each score in proportion to the distance, with one fixed \
      slope per head. Heads with a steep slope see near keys, heads with a flat slope also see far \
      ones.
      """)
    notebook.formula(
      #"""
      \text{score}(i, j) = \frac{q_i \cdot k_j}{\sqrt{D}} - m (i - j)
      m = 2^{-8/n}, 2^{-16/n}, \ldots, 2^{-8}
      """#,
      legend: "m the slope of a head, n the number of heads")
    notebook.show(
      "ALiBi", in: "Sources/SmallTransformer/Positions/ALiBi.swift",
      focus: "public static func slopes")
    let headCount = experiment.shape.headCount
    let learners = notebook.learners(Self.alibiBias)
    notebook.showLearners(Self.alibiBias)
    let longest = 4 * experiment.trainedLength
    let lines = try notebook.step("alibi-slopes", "Compute one slope per head") {
      try learners?.lines(headCount: headCount, longest: longest)
        ?? ALiBi.slopes(headCount: headCount).map { BiasLine(slope: $0, longest: longest) }
    }
    try notebook.figure(
      "alibi-bias", biasPlot(lines, trainedLength: experiment.trainedLength),
      caption: """
        The bias that ALiBi adds to the scores of each head, before the softmax. A bias of −6 \
        divides a weight by about 400. Beyond T the bias continues along the same straight line, \
        which the model already knows.
        """)
  }
}
