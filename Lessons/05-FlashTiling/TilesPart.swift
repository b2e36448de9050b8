import LessonKit
import TensorCore

/// The second part: tiles, forward and backward, and the engine's kernel beside them.
extension FlashTilingLesson {
  func showTiles(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("One tile, then two loops")
    notebook.say(
      """
      Take a block of queries and a block of keys: a tile of scores. Mask it, give each of its rows \
      to that query's online softmax, mend what was there, add the values. The tile is done with, \
      and nothing of it is kept.
      """)
    notebook.show(marked: "one tile", in: "TiledForward.swift")
    notebook.say(
      """
      Two loops make attention of it: queries outside, keys inside. With a causal mask there is a \
      third kind of tile besides full and cut ones: those that lie wholly above the diagonal. They \
      are *skipped*, not masked. Skip and mask are different things: only tiles on the diagonal \
      need the mask, and a tile that no query of the block can see must not be touched at all.
      """)
    notebook.show(marked: "two loops", in: "TiledForward.swift")
    let check = TileCheck(experiment, seed: notebook.seed, isCausal: true)
    let rows = try notebook.step("Every tile size against the reference in Double") {
      try experiment.checkedTiles().map { try check.forward($0) }
    }
    notebook.table(
      "tile-sizes",
      columns: ["tile, queries × keys", "tiles computed", "of all", "largest difference"],
      rows: rows.map {
        [
          $0.tiles.description, Quantity.count.text(Double($0.result.computedTiles)),
          Quantity.percent.text(
            Double($0.result.computedTiles) / Double($0.result.allTiles), digits: 3),
          Quantity.plain.text($0.difference, digits: 2),
        ]
      },
      caption: """
        \(experiment.checkedLength) tokens, causal, most tile sizes ragged at the edge. Small tiles \
        skip nearly half; one tile that holds everything can skip nothing.
        """)
    notebook.claim(
      "Tiled forward, largest difference over all tile sizes", rows.map(\.difference).max(),
      atMost: 1e-5, from: .smoke)
    let square = try notebook.step("The same without a mask") {
      let check = TileCheck(experiment, seed: notebook.seed, isCausal: false)
      return try experiment.checkedTiles().map { try check.forward($0).difference }
    }
    notebook.claim(
      "Tiled forward without a mask, largest difference over all tile sizes", square.max(),
      atMost: 1e-5, from: .smoke)
  }

  func showBackward(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("Backward, from one number a query")
    notebook.say(
      """
      The gradient needs the probabilities again, and they are gone. But each of them is \
      e^(score − L), and L, the log-sum-exp, is one number a query: that is all the forward pass \
      saves besides its output. So the backward pass makes every tile once more, without any \
      running maximum, and pays with one more product for n² numbers that it need not hold.
      """)
    notebook.formula(
      """
      P = e^(S − L)      D = Σ dO ∘ O
      dV = Pᵀ·dO         dP = dO·Vᵀ
      dS = P ∘ (dP − D)
      dQ = dS·K / √d     dK = dSᵀ·Q / √d
      """,
      legend: "S the scores, O the output, d… the gradient of the loss for …, ∘ element by element")
    notebook.show("backward", in: "TiledBackward.swift")
    let check = TileCheck(experiment, seed: notebook.seed, isCausal: true)
    let differences = try notebook.step("Gradients for every tile size against the reference") {
      try experiment.checkedTiles().map { try check.backward($0) }
    }
    notebook.claim(
      "Tiled backward, largest difference of a gradient over all tile sizes", differences.max(),
      atMost: 1e-5, from: .smoke)
  }

  func checkEngine(_ notebook: Notebook, _ experiment: Experiment) {
    notebook.heading("The engine's kernel, the same numbers")
    notebook.say(
      """
      The engine does just this, with registers for tiles of tiles, powers of two in place of e, and \
      a block of queries for each thread. Here it stands before the same reference.
      """)
    let found = notebook.step("The engine against the reference") {
      [false, true].map {
        TileCheck(experiment, seed: notebook.seed, isCausal: $0).engine(notebook.backend)
      }
    }
    notebook.claim(
      "Engine forward, largest difference", found.map(\.forward).max(), atMost: 1e-5, from: .smoke)
    notebook.claim(
      "Engine backward, largest difference of a gradient", found.map(\.backward).max(),
      atMost: 1e-5, from: .smoke)
  }
}

/// One head of random numbers, its reference, and whatever is held against it.
struct TileCheck {
  private let head: HeadNumbers
  private let reference: PlainReference
  private let gradients: (queries: [Double], keys: [Double], values: [Double])
  private let isCausal: Bool
  private let seed: UInt64

  init(_ experiment: Experiment, seed: UInt64, isCausal: Bool) {
    self.isCausal = isCausal
    self.seed = seed
    head = HeadNumbers(
      length: experiment.checkedLength, headDim: experiment.checkedHeadDim, seed: seed)
    reference = PlainReference(
      queries: head.queries, keys: head.keys, values: head.values, isCausal: isCausal)
    gradients = reference.gradients(outputGradient: head.outputGradient)
  }

  func forward(
    _ tiles: TileSizes
  ) throws -> (tiles: TileSizes, result: TiledAttention.Result, difference: Double) {
    let result = TiledAttention(tiles, isCausal: isCausal, headDim: head.queries.columns)
      .forward(queries: head.queries, keys: head.keys, values: head.values)
    return (tiles, result, result.output.largestDifference(to: reference.output))
  }

  func backward(_ tiles: TileSizes) throws -> Double {
    let attention = TiledAttention(tiles, isCausal: isCausal, headDim: head.queries.columns)
    let saved = attention.forward(queries: head.queries, keys: head.keys, values: head.values)
    let found = attention.backward(
      outputGradient: head.outputGradient, queries: head.queries, keys: head.keys,
      values: head.values, saved: saved)
    return max(
      found.queries.largestDifference(to: gradients.queries),
      found.keys.largestDifference(to: gradients.keys),
      found.values.largestDifference(to: gradients.values))
  }

  func engine(_ backend: any Backend) -> (forward: Double, backward: Double) {
    let tensors = HeadTensors(backend, head, isCausal: isCausal)
    let method = TiledMethod()
    let saved = method.forward(tensors, on: backend)
    method.backward(tensors, saved: saved, on: backend)
    func difference(_ tensor: Tensor, _ expected: [Double]) -> Double {
      Matrix(rows: tensor.shape[0], columns: tensor.shape[1], values: backend.read(tensor))
        .largestDifference(to: expected)
    }
    return (
      difference(tensors.output, reference.output),
      max(
        difference(tensors.queryGradient, gradients.queries),
        difference(tensors.keyGradient, gradients.keys),
        difference(tensors.valueGradient, gradients.values))
    )
  }
}
