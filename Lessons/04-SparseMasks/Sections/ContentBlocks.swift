import Corpora
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// How the blocks of a long text are selected.
enum BlockChoice: String, CaseIterable, Codable {
  case window, mean, bound

  var name: String {
    switch self {
    case .window: "a window"
    case .mean: "chosen by mean key"
    case .bound: "chosen by bound"
    }
  }

  var concept: Concept {
    switch self {
    case .window: .window
    case .mean: .globalTokens
    case .bound: .strided
    }
  }

  func pattern(count: Int, blockSize: Int) -> any AttentionPattern {
    switch self {
    case .window: BlockWindow(count, blockSize: blockSize)
    case .mean: ChosenBlocks(by: .mean, blockSize: blockSize, count: count)
    case .bound: ChosenBlocks(by: .bound, blockSize: blockSize, count: count)
    }
  }
}

/// Section "Blocks chosen by content": masks that depend on what the tokens say.
extension SparseMasksLesson {
  /// For each number of blocks and each seed, the share of right answers.
  private typealias ChosenRecall = Keyed<BlockChoice, [[Double]]>

  func chooseBlocks(
    _ notebook: Notebook, _ experiment: Experiment, _ recall: RecallModels
  ) throws {
    let (n, size) = (experiment.chosenLength, experiment.chosenBlockSize)
    notebook.heading("Blocks chosen by content")
    notebook.say(
      """
      All masks so far are **fixed**: they choose keys by position, before the text is known. \
      Newer models look first. They summarize every block of keys, score the summaries with the \
      query, and attend only in the best blocks. NSA uses one vector per block, made from its \
      keys; here it is their mean. Quest keeps the least and the largest element of its keys, \
      which bound every score in the block. The kernel is the same: it gets a list of blocks.
      """)
    notebook.formula(
      #"""
      \text{mean:} \quad q \cdot \frac{1}{B}\sum_{j} k_j
      \text{bound:} \quad \sum_{d} \max(q_d a_d, q_d b_d) \ge \max_j q \cdot k_j
      """#,
      legend: """
        q a query, kⱼ the B keys of a block, d the elements of a vector; a and b have the smallest \
        and the largest value of each element over the block's keys
        """)
    notebook.show("ChosenBlocks", in: "Technique/ChosenBlocks.swift", focus: "return BlockList(")
    notebook.say(
      """
      The test is recall at n = \(Quantity.count.text(n)), with the trained models of full \
      attention; nothing is trained again. A row of \(size) queries keeps some blocks of \(size) \
      keys: its own, and those with the highest score of any of its queries. A window of as many \
      blocks is the comparison. Full attention reads all \(n / size) blocks.
      """)
    notebook.ask(
      """
      A row keeps \(experiment.claimedCount) blocks of \(n / size). Its \(size) questions are about \
      \(experiment.recallTask.keyCount) keys that stand anywhere. What will a window of \
      \(experiment.claimedCount) blocks recall, and what will blocks chosen by content?
      """,
      answer: """
        The window sees only statements that happen to be near, so it is close to a guess. Chosen \
        blocks are right wherever the statement's block stands out by its summary.
        """)
    let full = notebook.step("ask-long", "Ask with full attention") {
      ask(experiment, recall, Causal(), shown: Causal())
    }
    let found = notebook.step("ask-chosen", "Ask with chosen blocks, and with a window") {
      notebook.keyed(BlockChoice.allCases) { choice in
        experiment.chosenCounts.map { count in
          ask(experiment, recall, choice.pattern(count: count, blockSize: size), shown: Causal())
        }
      }
    }
    try drawChosen(notebook, experiment, found, full)
    notebook.say(
      """
      The bound cannot miss a key with a high score, because no key of a block scores above it. \
      The mean can: one statement is hidden among \(size - 1) other tokens. This is a *plain* \
      mean, and a model that was trained without it. NSA trains its summary of a block together \
      with the model, and so may keep what the mean loses.
      """)
    let at = experiment.chosenCounts.firstIndex(of: experiment.claimedCount) ?? 0
    let share = Quantity.percent.text(
      keptShare(experiment, count: experiment.claimedCount), digits: 3)
    func sentence(_ choice: BlockChoice) -> String {
      "In \(share) of the blocks, \(choice.name): {} of the answers are right"
    }
    let bound = found[.bound][at]
    notebook.claim(
      "chosen-bound", sentence(.bound) + " (least of the seeds)", bound.min(), atLeast: 0.98,
      as: .percent, seeds: bound, pilots: Pilot.chosenBound)
    notebook.claim("chosen-mean", sentence(.mean), found[.mean][at], as: .chosenMean, .percent)
    notebook.claim(
      "chosen-window", sentence(.window), found[.window][at], as: .chosenWindow, .percent)
    timeChosen(notebook, experiment)
  }

  private func ask(
    _ experiment: Experiment, _ recall: RecallModels, _ pattern: any AttentionPattern,
    shown: any SparsePattern
  ) -> [Double] {
    let task = experiment.recallTask(length: experiment.chosenLength)
    return zip(recall[.causal], experiment.seeds).map { trained, seed in
      let model = Transformer(
        experiment.recallConfiguration.with(pattern: pattern), on: trained.model.backend,
        seed: seed)
      model.copyWeights(from: trained.model)
      return RecallByGap(
        model, task, shown, sequences: experiment.chosenTexts, batchCount: 1, seed: seed
      ).accuracy(1...task.length) ?? .nan
    }
  }

  /// The share of all causal blocks that rows of at most `count` blocks keep.
  private func keptShare(_ experiment: Experiment, count: Int) -> Double {
    let rows = experiment.chosenLength / experiment.chosenBlockSize
    return Double((1...rows).reduce(0) { $0 + min($1, count) }) / Double(rows * (rows + 1) / 2)
  }

  private func drawChosen(
    _ notebook: Notebook, _ experiment: Experiment, _ found: ChosenRecall, _ full: [Double]
  ) throws {
    let shares = experiment.chosenCounts.map { 100 * keptShare(experiment, count: $0) }
    try notebook.figure(
      "chosen-blocks",
      LinePlot(
        title:
          "Recall in a part of the blocks, n = \(Quantity.count.text(experiment.chosenLength))",
        x: .log(
          "blocks computed (% of full attention)", base: 2,
          ticks: shares.map { Tick($0, Quantity.plain.text($0, digits: 2)) }),
        y: .linear("right answers (%)", range: 0...100),
        series: found.map { choice, counts in
          Series(
            choice.name, x: shares, y: counts.map { 100 * mean($0) },
            low: counts.map { 100 * ($0.min() ?? .nan) },
            high: counts.map { 100 * ($0.max() ?? .nan) }, of: choice.concept)
        },
        marks: [
          .horizontal(100 * mean(full), "full attention"),
          .horizontal(100 * experiment.recallTask.chance, "guess"),
        ]),
      caption: """
        Mean and range of \(experiment.seedCount) seeds. Each row of \
        \(experiment.chosenBlockSize) queries keeps \
        \(experiment.chosenCounts.map(String.init).joined(separator: ", ")) blocks. Full attention \
        was trained on \(experiment.recallLength) tokens: where it is below 100 %, the right key \
        shares its weight with too many others, and fewer blocks can do better.
        """)
  }

  // MARK: Time

  private struct ChosenCost: Codable {
    let full: Double
    /// Attention in a window of blocks.
    let window: Double
    /// Attention in the chosen blocks, and the choice itself, for each score.
    let attention: [Double]
    let choice: [Double]
    let keptShare: Double
  }

  private func timeChosen(_ notebook: Notebook, _ experiment: Experiment) {
    let (n, size) = (experiment.chosenTimedLength, BlockCuts.largestBlockSize)
    let count = max(2, n / size / 16)
    let cost = notebook.step("time-chosen", "Time the choice, and attention in its blocks") {
      measureChosen(notebook, experiment, length: n, blockSize: size, count: count)
    }
    func text(_ seconds: Double) -> String { Quantity.seconds.text(seconds, digits: 3) }
    notebook.table(
      "time-chosen", columns: ["blocks", "attention", "choosing them"],
      rows: [
        ["all", text(cost.full), "–"],
        [BlockChoice.window.name, text(cost.window), "–"],
        [BlockChoice.mean.name, text(cost.attention[0]), text(cost.choice[0])],
        [BlockChoice.bound.name, text(cost.attention[1]), text(cost.choice[1])],
      ],
      caption: """
        \(Quantity.count.text(n)) tokens, one head of \(experiment.timedHeadDim), blocks of \
        \(size), \(count) per row: \(Quantity.percent.text(cost.keptShare, digits: 3)) of all \
        blocks. Choosing scores every query against every block, so it still grows with n² / \
        \(size). Here it is one matrix product and a sort in plain Swift.
        """)
    notebook.claim(
      "chosen-time",
      "Attention in the chosen blocks takes {} of the time of full attention",
      (cost.attention.max() ?? .nan) / cost.full, atMost: 1.5 * cost.keptShare, as: .percent,
      pilots: Pilot.chosenTime)
    notebook.measure(
      "choice-time", "Choosing by mean key, divided by the time of full attention",
      cost.choice[0] / cost.full, .times)
  }

  private func measureChosen(
    _ notebook: Notebook, _ experiment: Experiment, length: Int, blockSize: Int, count: Int
  ) -> ChosenCost {
    let backend = notebook.backend
    let heads = RandomHeads(
      length: length, headCount: 1, headDim: experiment.timedHeadDim, seed: notebook.seed,
      on: backend)
    let choosers = ChosenBlocks.Score.allCases.map {
      ChosenBlocks(by: $0, blockSize: blockSize, count: count)
    }
    let window = BlockWindow(count, blockSize: blockSize).blocks(length: length)
    let lists = [nil, window] + choosers.map { heads.blocks(of: $0, on: backend) }
    let seconds = interleaved(
      Array(0..<lists.count + choosers.count), rounds: experiment.chosenTimedRounds
    ) { index -> Double in
      if index < lists.count {
        return heads.run(heads.problem(blocks: lists[index]), on: backend).seconds
      }
      let chooser = choosers[index - lists.count]
      return backend.workSeconds { _ = heads.blocks(of: chooser, on: backend) }
    }.map(median)
    let rows = length / blockSize
    return ChosenCost(
      full: seconds[0], window: seconds[1], attention: Array(seconds[2..<4]),
      choice: Array(seconds[4...]),
      keptShare: Double(window?.keptCount ?? 0) / Double(rows * (rows + 1) / 2))
  }
}
