import Calculator
import Foundation
import LessonKit
import Plotting
import TensorCore

/// Section "Many requests: what paging wastes".
extension MemoryAt100KLesson {
  func allocateBlocks(_ notebook: Notebook, _ experiment: Experiment) throws {
    let (count, longest) = (experiment.requestCount, experiment.longestRequest)
    notebook.heading("Many requests: what paging wastes")
    notebook.say(
      """
      A server does not know how long an answer becomes. If it reserves the longest cache for each \
      request, most of it stays empty. Paged allocation gives a request one block of tokens at a \
      time (Kwon et al., 2023). Only the last block of a request is partly empty. Here \
      \(count) requests of 16 to \(Quantity.count.text(longest)) tokens grow token by token.
      """)
    notebook.show(
      "append", in: "Technique/BlockPool.swift", focus: "if lengths[request]")
    notebook.ask(
      "Blocks of B tokens: how many tokens of room does a request waste on average?",
      answer: "From 0 to B − 1, all about equally often: (B − 1)/2.")
    let lengths = requestLengths(count, longest, seed: notebook.seed)
    let blockLengths = [1, 16, 64, 256]
    let pools = notebook.step("fill-blocks", "Let all requests grow in blocks of four sizes") {
      blockLengths.map { filledPool(lengths, blockLength: $0) }
    }
    let used = Double(lengths.reduce(0, +))
    let model = ModelShape.published("Llama 3 8B") ?? .llama7B
    let perToken = model.cacheBytes(tokens: 1)
    let reserved: [(name: String, tokens: Double)] =
      [
        ("the longest for each", Double(count * longest)),
        (
          "a power of two for each",
          lengths.reduce(0.0) { $0 + exp2(log2(Double($1)).rounded(.up)) }
        ),
      ]
      + zip(blockLengths, pools).reversed().map { length, pool in
        ("blocks of \(length)", Double(pool.reserved))
      }
    let room = Card.bytes - MemoryPlan(model: model).estimate[.weights]
    /// Requests that fit, if so many as here take these tokens.
    func fitting(_ tokens: Double) -> Double {
      (room / (tokens * perToken / Double(count))).rounded(.down)
    }
    try notebook.figure(
      "paging",
      DotPlot(
        title: "Room that holds tokens, \(count) requests",
        x: .linear("share of the reserved cache (%)", range: 0...105),
        categories: reserved.map(\.name),
        series: [
          .init(
            "", values: reserved.map { 100 * used / $0.tokens },
            labels: reserved.map { Quantity.percent.text(used / $0.tokens, digits: 3) }, of: .cache)
        ]),
      caption: """
        The requests have \(Quantity.count.text(used)) tokens, \(gigabytes(used * perToken, digits: 3)) \
        in \(model.name). Reserving the longest for each takes \
        \(gigabytes(reserved[0].tokens * perToken, digits: 3)), blocks of 16 take \
        \(gigabytes(Double(pools[1].reserved) * perToken, digits: 3)). Beside the weights in 16 bits \
        a card of \(gigabytes(Card.bytes)) has room for \
        \(Quantity.count.text(fitting(reserved[0].tokens))) such requests in the first way, and for \
        \(Quantity.count.text(fitting(Double(pools[1].reserved)))) in blocks of 16.
        """)
    claimBlocks(notebook, model, lengths, pools)
  }

  private func claimBlocks(
    _ notebook: Notebook, _ model: ModelShape, _ lengths: [Int], _ pools: [BlockPool]
  ) {
    let differing = pools.count { pool in
      let calculated = lengths.reduce(0.0) { sum, length in
        var plan = MemoryPlan(model: model, context: length)
        plan.blockLength = pool.blockLength
        return sum + plan.estimate[.cache]
      }
      return Double(pool.reserved) * model.cacheBytes(tokens: 1) != calculated
    }
    notebook.claim(
      "blocks-differ",
      "For {} of \(pools.count) block sizes the calculator's cache differs from what the requests "
        + "took", Double(differing), equals: 0, from: .smoke, as: .count)
    let pool = pools[1]
    let worst = zip(pool.tables, pool.lengths).map { $0.count * pool.blockLength - $1 }.max()
    notebook.claim(
      "block-waste",
      "With blocks of \(pool.blockLength) no request wastes more than {} tokens of room",
      worst.map(Double.init), atMost: Double(pool.blockLength - 1), from: .smoke, as: .count,
      kind: .exact)
    let wasted = Double(pool.reserved - pool.used) / Double(lengths.count)
    notebook.measure(
      "mean-waste",
      "Mean waste of a request in blocks of \(pool.blockLength), tokens; (B − 1)/2 is expected",
      wasted)
  }

  /// Lengths whose logarithms are equally likely, from 16 tokens to the longest.
  private func requestLengths(_ count: Int, _ longest: Int, seed: UInt64) -> [Int] {
    var generator = SeededGenerator(seed: seed, stream: "requests")
    return (0..<count).map { _ in
      Int(exp(Double.random(in: log(16)...log(Double(longest)), using: &generator)).rounded())
    }
  }

  /// All requests grow by one token in turn, until each has its length.
  private func filledPool(_ lengths: [Int], blockLength: Int) -> BlockPool {
    var pool = BlockPool(requestCount: lengths.count, blockLength: blockLength)
    for position in 0..<(lengths.max() ?? 0) {
      for (request, length) in lengths.enumerated() where position < length {
        pool.append(to: request)
      }
    }
    return pool
  }
}
