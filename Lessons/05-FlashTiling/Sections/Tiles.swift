import LessonKit

/// Section "One tile, then two loops": the tiled forward pass.
extension FlashTilingLesson {
  func showTiles(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("One tile, then two loops")
    try notebook.figure(
      "tiles", tileDrawing,
      caption: """
        One block each of Q, K and V is in the fast memory, with the output so far and two numbers \
        per query. Scores exist only there. Sizes and speeds are those of an A100 GPU (Dao et al., \
        2022, section 2.1); the SRAM's speed is that of all 108 SMs together.
        """)
    notebook.say(
      """
      Take a block of queries and a block of keys: a tile of scores. Mask it, give each row to the \
      online softmax of its query, rescale the partial output, and add the values. Nothing of the \
      tile is kept.
      """)
    notebook.show("absorb", in: "Technique/TiledForward.swift", focus: "tile")
    notebook.show("finish", in: "Technique/TiledForward.swift")
    notebook.say(
      """
      Two loops make it attention: queries outside, keys inside. With a causal mask there are \
      whole tiles, tiles that the diagonal cuts, and tiles above the diagonal. The tiles above it \
      are *skipped*, not masked. Skipping and masking are different: only tiles on the diagonal \
      need the mask, and a tile that no query of the block can see is not computed at all.
      """)
    notebook.show("forward", in: "Technique/TiledForward.swift", focus: "loops")
    let check = TileCheck(experiment, seed: notebook.seed, isCausal: true)
    let learners = LearnersTiles(notebook)
    notebook.showLearners(Self.tiledAttention)
    notebook.showLearners(Self.mergePartials)
    explainLearners(notebook, learners)
    let rows = try notebook.step(
      "tiled-forward", "Compare every tile size with the reference"
    ) {
      try notebook.each(experiment.checkedTiles()) { try check.forward($0, learners) }
    }
    notebook.table(
      "tile-sizes",
      columns: [
        "tile, queries × keys", "tiles computed", "share of all tiles", "largest difference",
      ],
      rows: rows.map {
        [
          $0.tiles.description, Quantity.count.text(Double($0.result.computedTiles)),
          Quantity.percent.text(
            Double($0.result.computedTiles) / Double($0.result.allTiles), digits: 3),
          Quantity.plain.text($0.difference, digits: 2),
        ]
      },
      caption: """
        \(experiment.checkedLength) tokens, causal; most tile sizes do not divide the length. With \
        small tiles nearly half are skipped. One tile of all scores skips nothing.
        """)
    notebook.claim(
      "tiled-forward-causal",
      "With a causal mask, the output differs by at most {} from the reference, for every tile size",
      rows.map(\.difference).max(), atMost: 1e-5, from: .smoke, kind: .exact)
    let square = try notebook.step("tiled-forward-unmasked", "The same without a mask") {
      let check = TileCheck(experiment, seed: notebook.seed, isCausal: false)
      return try notebook.each(experiment.checkedTiles()) {
        try check.forward($0, learners).difference
      }
    }
    notebook.claim(
      "tiled-forward-full",
      "Without a mask, the output differs by at most {} from the reference, for every tile size",
      square.max(), atMost: 1e-5, from: .smoke, kind: .exact)
  }

  /// Says which of the two comparisons run the learner's functions.
  private func explainLearners(_ notebook: Notebook, _ learners: LearnersTiles) {
    let (tiled, merge) = (learners.tiled != nil, learners.merge != nil)
    let merging = "the lesson's code attends each tile alone, and your `mergePartials` merges them"
    if tiled {
      let other = merge ? merging : "the lesson's code runs"
      notebook.say("Your `tiledAttention` runs with the causal mask. Without a mask, \(other).")
    } else if merge {
      notebook.say("Here \(merging).")
    }
  }
}
