import Foundation
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// The first part of the page: what each scheme does, and that the engine does just that.
extension PositionsLesson {
  func showSchemes(_ notebook: Notebook, _ experiment: Experiment) throws {
    let (width, length) = (
      experiment.configuration(NoPositions()).modelDim, experiment.trainedLength
    )
    let headDim = experiment.configuration(NoPositions()).headDim

    notebook.heading("Five answers")
    notebook.say(
      """
      **Sinusoidal.** Add a vector to each token's embedding: one wave for every two dimensions, \
      from fast to very slow. Nothing is trained, and there is a vector for every position that \
      will ever come.
      """)
    notebook.formula(
      "PE(p, 2i) = sin(p / 10000^(2i/d))\nPE(p, 2i+1) = cos(p / 10000^(2i/d))",
      legend: "p the position, d the width of the model, i the number of the wave")
    notebook.show("Sinusoidal", in: "Sources/SmallTransformer/Positions/Sinusoidal.swift")
    let table = notebook.step("A wave for every two dimensions") {
      Sinusoidal().addedTable(length: length, modelDim: width) ?? []
    }
    let unfinished = Rotary().frequencies(headDim: width).filter {
      $0 * Double(length) < 2 * .pi
    }.count
    try notebook.figure(
      "sinusoidal-table",
      HeatMap(
        title: "What sinusoidal positions add to the embedding", values: table, rows: length,
        columns: width, xLabel: "dimension", yLabel: "position (tokens)",
        colors: .diverging(center: 0), barLabel: "added value"),
      caption: """
        Fast waves to the left, slow ones to the right: \(unfinished) of the \(width / 2) waves do \
        not finish one turn in T = \(length) tokens, so beyond T they show values that training \
        never saw.
        """)

    notebook.say(
      """
      **Learned.** A trained vector for each position instead. Beyond T there is a vector too in \
      our table, but nobody has ever trained it.

      **RoPE.** Add nothing. Turn queries and keys instead, each pair of dimensions by an angle \
      that grows with the position. In the dot product of a query at m and a key at n only the \
      difference of the angles is left, so the score knows the *offset* m − n and nothing else.
      """)
    notebook.formula(
      "⟨R(m)q, R(n)k⟩ = ⟨R(m − n)q, k⟩\npair i of R(p) turns by\n  p · 10000^(−2i/D)",
      legend: "R(p) the rotation for position p, D the dimensions of a head")
    notebook.show("Rotary", in: "Sources/SmallTransformer/Positions/Rotary.swift")
    let offsets = 4 * length
    let turns = notebook.step("What a pair adds to the score at each offset") {
      Rotary().frequencies(headDim: headDim).map { frequency in
        (0..<offsets).map { Float(cos(Double($0) * frequency)) }
      }
    }
    try notebook.figure(
      "rotary-scores", rotarySheet(turns, trainedLength: length),
      caption: """
        A query and a key that are alike: each pair adds the cosine of its angle. The fast pairs \
        have shown every angle within T = \(length) tokens; the slow ones turn on into values that \
        training never saw.
        """)

    notebook.say(
      """
      **ALiBi.** Turn nothing either. Lower each score in proportion to the distance, with a fixed \
      slope for each head: steep heads look near, flat heads look far.
      """)
    notebook.formula(
      "score(i, j) = q·k / √D − m · (i − j)\nm = 2^(−8/n), 2^(−16/n), …, 2^(−8)",
      legend: "m the slope of a head, n the number of heads")
    notebook.show("ALiBi", in: "Sources/SmallTransformer/Positions/ALiBi.swift")
    let headCount = experiment.configuration(NoPositions()).headCount
    let slopes = notebook.step("One slope a head") { ALiBi.slopes(headCount: headCount) }
    try notebook.figure(
      "alibi-bias", biasSheet(slopes, length: length),
      caption: """
        The bias that ALiBi adds to the scores of each head, before the softmax; below −6, one part \
        in 400, the color stays the same. The picture goes on at any length: beyond T the bias falls \
        further along a line the model already knows.
        """)
    notebook.say(
      """
      **None.** The causal mask alone. The first token sees one key, the second two: a network can \
      count with that, if it is given time.
      """)
  }

  /// The readable version against the engine's, on small numbers.
  func checkEngine(_ notebook: Notebook) throws {
    notebook.heading("The plain version and the engine's")
    notebook.say(
      """
      Before anything is trained: the textbook form of RoPE and ALiBi, one number at a time in \
      Double, beside what the engine computes with its tiles. And the law that RoPE stands on: \
      move query and key by the same distance and their score does not change.
      """)
    notebook.show("NaiveVersions", in: "NaiveVersions.swift")
    let found = notebook.step("Do they agree?") {
      EngineCheck(notebook.backend, seed: notebook.seed)
    }
    notebook.claim(
      "Largest difference of RoPE attention to the plain version", found.rotaryDifference,
      atMost: 1e-5, from: .smoke)
    notebook.claim(
      "Largest difference of ALiBi attention to the plain version", found.alibiDifference,
      atMost: 1e-5, from: .smoke)
    notebook.claim(
      "Largest change of a RoPE attention probability when every token stands 1,000 further on",
      found.shiftDifference, atMost: 1e-4, from: .smoke)
  }

  /// Pairs against offsets, each pair drawn several cells high.
  private func rotarySheet(_ turns: [[Float]], trainedLength: Int) -> HeatMap {
    let (offsets, height) = (turns[0].count, max(1, turns[0].count / 2 / turns.count))
    return HeatMap(
      title: "RoPE: each pair's part of the score, by offset",
      values: turns.flatMap { row in (0..<height).flatMap { _ in row } },
      rows: turns.count * height, columns: offsets, xLabel: "offset m − n (tokens)",
      yLabel: "pair, fast to slow",
      xTicks: stride(from: 0, to: offsets, by: trainedLength).map {
        Tick(Double($0), $0 == 0 ? "0" : $0 == trainedLength ? "T" : "\($0 / trainedLength) T")
      },
      yTicks: stride(from: 0, to: turns.count, by: max(1, turns.count / 4)).map {
        Tick((Double($0) + 0.5) * Double(height), "\($0)")
      }, colors: .diverging(center: 0), barLabel: "cos of the angle")
  }

  private func biasSheet(_ slopes: [Float], length: Int) -> HeatMapSheet {
    let side = min(length, 128)
    return HeatMapSheet(
      title: "ALiBi's bias per head",
      maps: slopes.map { slope in
        HeatMap(
          title: "slope 1/\(Int((1 / slope).rounded()))",
          values: (0..<side * side).map { index in
            let (query, key) = (index / side, index % side)
            return key > query ? .nan : -slope * Float(query - key)
          }, rows: side, columns: side, xLabel: "key", yLabel: "query", barLabel: "bias (nats)",
          valueRange: -6...0)
      }, across: max(2, (slopes.count + 1) / 2))
  }
}
