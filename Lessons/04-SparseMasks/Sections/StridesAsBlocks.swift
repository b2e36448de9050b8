import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// Section "Strides that are blocks": the strided mask in the order of its remainders.
extension SparseMasksLesson {
  /// The seconds of one length, and the largest difference of the two orders' outputs.
  private struct TwoOrders: Codable {
    let length: Int
    let full: Double
    let textOrder: Double
    let transposed: Double
    let difference: Double
  }

  func transposeStrides(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("Strides that are blocks")
    notebook.say(
      """
      Is a stride of √n a bad idea, then? No: its authors never ran it in this order. Sort the \
      tokens by the **remainder** of their position divided by the stride. The keys of a column \
      then stand together, and attention within a column is dense. Child et al.'s own code does \
      this with a transposed matrix. The last l tokens stay in the text's order. The two parts are \
      two softmaxes, and their log-sum-exps merge them.
      """)
    try notebook.figure(
      "transposed", transposedDrawing,
      caption: """
        Twelve tokens, stride 3. The last token sees its column: every third token. In the text's \
        order they lie in all three blocks. Sorted by the remainder they are one block.
        """)
    notebook.show(
      "attend", in: "Technique/TransposedStride.swift", focus: "// Every remainder")
    notebook.ask(
      "How many dense pairs does this need at stride l = √n?",
      answer: """
        Each of n tokens sees l in the local part and on average n / (2 l) in its column: 1.5 · n \
        · √n pairs, without a wasted block.
        """)
    let found = notebook.step("time-transposed", "Time both orders, and compare their outputs") {
      experiment.transposedLengths.map { compareOrders(notebook, experiment, length: $0) }
    }
    notebook.table(
      "transposed",
      columns: ["tokens", "stride", "full attention", "strided, text order", "transposed order"],
      rows: found.map { row in
        [
          Quantity.count.text(row.length), "\(stride(row.length))",
          Quantity.seconds.text(row.full, digits: 3),
          Quantity.seconds.text(row.textOrder, digits: 3),
          Quantity.seconds.text(row.transposed, digits: 3),
        ]
      },
      caption: """
        The same mask and the same output in two orders. The transposed order includes the merging \
        of its two parts, in plain Swift on the processor.
        """)
    notebook.claim(
      "transposed-difference",
      "In the transposed order, the output differs by at most {} from that in the text's order",
      found.map(\.difference).max(), atMost: 1e-5, from: .smoke, kind: .exact)
    if let longest = found.last {
      notebook.claim(
        "transposed-speedup",
        "At \(Quantity.count.text(longest.length)) tokens, the text's order takes {} as long as the "
          + "transposed order",
        longest.textOrder / longest.transposed, atLeast: 8, as: .times,
        pilots: Pilot.transposedSpeedup)
    }
  }

  private func stride(_ length: Int) -> Int { Int(Double(length).squareRoot().rounded()) }

  private func compareOrders(
    _ notebook: Notebook, _ experiment: Experiment, length: Int
  ) -> TwoOrders {
    let backend = notebook.backend
    let heads = RandomHeads(
      length: length, headCount: experiment.timedHeads, headDim: experiment.timedHeadDim,
      seed: notebook.seed, on: backend)
    let strided = Strided(stride(length))
    let (full, blocks) = (heads.problem(), heads.problem(blocks: strided.blocks(length: length)))
    let transposed = TransposedStride(strided.stride)
    let samples = interleaved([0, 1, 2], rounds: experiment.transposedRounds) { order in
      switch order {
      case 0: heads.run(full, on: backend).seconds
      case 1: heads.run(blocks, on: backend).seconds
      default: heads.run(full, on: backend) { transposed.attend($0, full, on: backend) }.seconds
      }
    }
    let outputs = [
      heads.run(blocks, on: backend).output,
      heads.run(full, on: backend) { transposed.attend($0, full, on: backend) }.output,
    ].map(backend.read)
    return TwoOrders(
      length: length, full: median(samples[0]), textOrder: median(samples[1]),
      transposed: median(samples[2]),
      difference: largestAbsoluteDifference(outputs[0], outputs[1].map(Double.init)))
  }

  private var transposedDrawing: Schematic {
    var drawing = Schematic(
      "The keys of the last token's column, in two orders", columns: 48, rows: 8)
    let (count, stride) = (12, 3)
    let sorted = (0..<count).sorted { ($0 % stride, $0) < ($1 % stride, $1) }
    for (row, title, order) in [
      (0, "the text's order", Array(0..<count)), (4, "sorted by the remainder", sorted),
    ] {
      drawing.label(title, column: 0, row: row, .bold)
      drawing.cells(
        column: 0, row: row + 1, rows: 1, columns: count, cellWidth: 4
      ) { _, place in
        let token = order[place]
        return .init(
          token % stride == (count - 1) % stride ? .solid(.strided) : .empty, "\(token)")
      }
      for block in 0..<stride {
        drawing.bracket(
          row: row + 2, from: 16 * block, to: 16 * block + 16, "block \(block)")
      }
    }
    drawing.key(.solid(.strided), "a key of the last token's column")
    return drawing
  }
}
