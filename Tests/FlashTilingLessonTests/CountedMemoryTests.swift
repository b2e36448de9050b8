import FlashTilingLesson
import Testing

@Suite struct CountedMemoryTests {
  @Test func everyMovedNumberIsCounted() throws {
    let memory = CountedMemory(capacity: 20)
    let slow = SlowMatrix(Matrix(rows: 4, columns: 3, values: (0..<12).map(Float.init)))
    let block = try memory.read(1..<3, of: slow)
    #expect(block.elements.values == [3, 4, 5, 6, 7, 8])
    let part = try memory.read(2..<4, 1..<2, of: slow)
    #expect(part.elements.values == [7, 10])
    #expect(memory.readCount == 8 && memory.writtenCount == 0 && memory.heldCount == 8)
    memory.write(block, to: slow, row: 0)
    #expect(slow.contents.values.prefix(6) == [3, 4, 5, 6, 7, 8])
    #expect(memory.writtenCount == 6 && memory.trafficCount == 14)
    memory.drop(block, part)
    #expect(memory.heldCount == 0 && memory.peakCount == 8)
  }

  @Test func moreThanTheCapacityIsRefused() throws {
    let memory = CountedMemory(capacity: 10)
    let first = try memory.make(rows: 2, columns: 4)
    #expect(throws: CountedMemoryError(wanted: 3, held: 8, capacity: 10)) {
      try memory.make(rows: 1, columns: 3)
    }
    #expect(memory.heldCount == 8)
    #expect(memory.trafficCount == 0)
    memory.drop(first)
    _ = try memory.make(rows: 2, columns: 5)
    let sentence = CountedMemoryError(wanted: 3, held: 8, capacity: 10).description
    #expect(sentence.contains("10") && sentence.contains("smaller tiles"))
  }

  @Test(arguments: LoopOrder.allCases, [(16, 16), (5, 3), (1, 1), (16, 4), (3, 16)])
  func everyOrderComputesAttentionAndMovesWhatTheFormulaSays(
    order: LoopOrder, tile: (Int, Int)
  ) throws {
    let head = HeadNumbers(length: 16, headDim: 4, seed: 2)
    let tiles = try TileSizes(queries: tile.0, keys: tile.1, length: 16)
    let formula = TrafficFormula(length: 16, headDim: 4)
    let memory = CountedMemory(capacity: max(16, formula.footprint(tiles)))
    let output = try order.run(
      queries: head.queries, keys: head.keys, values: head.values, tiles: tiles, memory: memory)
    let expected = HeadReference(
      queries: head.queries, keys: head.keys, values: head.values, isCausal: false
    ).output
    #expect(output.largestDifference(to: expected) < 2e-6)
    #expect(memory.trafficCount == formula.exact(order, tiles))
    #expect(memory.heldCount == 0)
    if order != .naive { #expect(memory.peakCount == formula.footprint(tiles)) }
  }

  @Test(arguments: [LoopOrder.flashAttention1, .flashAttention2])
  func oneNumberLessThanTheFootprintDoesNotFit(order: LoopOrder) throws {
    let head = HeadNumbers(length: 8, headDim: 4, seed: 2)
    let tiles = try TileSizes(queries: 4, keys: 2, length: 8)
    let room = TrafficFormula(length: 8, headDim: 4).footprint(tiles)
    #expect(throws: CountedMemoryError.self) {
      try order.run(
        queries: head.queries, keys: head.keys, values: head.values, tiles: tiles,
        memory: CountedMemory(capacity: room - 1))
    }
  }

  /// By hand, for n = 4, d = 2, blocks of 2: numbers read and written, line by line.
  @Test func theFormulaByHand() throws {
    let formula = TrafficFormula(length: 4, headDim: 2)
    let tiles = try TileSizes(queries: 2, keys: 2, length: 4)
    // Q 8, twice K and V 16 each, O 8, L 4.
    #expect(formula.exact(.flashAttention2, tiles) == 8 + 32 + 8 + 4)
    // Zeros 8 + 4 + 4; K, V 16; two passes of Q 8, O 8 + 8, m 4 + 4, l 4 + 4.
    #expect(formula.exact(.flashAttention1, tiles) == 16 + 16 + 2 * 40)
    // Q 8, K twice 16, S 16; softmax 16 + 16; P 16, V twice 16, O 8.
    #expect(formula.exact(.naive, tiles) == 40 + 32 + 40)
  }

  @Test func theLargestTilesThatFitAreFound() throws {
    let formula = TrafficFormula(length: 100, headDim: 8)
    for capacity in [400, 700, 1500, 9000] {
      for order in [LoopOrder.flashAttention1, .flashAttention2] {
        let tiles = try TileRule.largest(
          for: order, capacity: capacity, inner: 4, length: 100, headDim: 8)
        #expect(formula.footprint(tiles) <= capacity)
        let outer = order == .flashAttention1 ? tiles.keys : tiles.queries
        let passes = (100 + outer - 1) / outer
        // Fewer passes would need blocks that do not fit.
        if passes > 1 {
          let wider = (100 + passes - 2) / (passes - 1)
          let larger = try TileSizes(
            queries: order == .flashAttention1 ? 4 : wider,
            keys: order == .flashAttention1 ? wider : 4, length: 100)
          #expect(formula.footprint(larger) > capacity)
        }
      }
    }
    #expect(throws: TileError.self) {
      try TileRule.largest(for: .flashAttention2, capacity: 10, inner: 4, length: 100, headDim: 8)
    }
  }

  @Test func thePapersRuleFillsTheMemoryBeforeTheScores() throws {
    let tiles = try TileRule.paper(capacity: 1024, length: 512, headDim: 16)
    #expect(tiles == (try TileSizes(queries: 16, keys: 16, length: 512)))
    #expect(TrafficFormula(length: 512, headDim: 16).footprint(tiles) > 1024)
  }

  @Test(arguments: Method.allCases, [(16, 16), (5, 3), (1, 1), (16, 4), (3, 16)])
  func bothBackwardPassesComputeTheGradientsAndMoveWhatTheFormulaSays(
    method: Method, tile: (Int, Int)
  ) throws {
    let head = HeadNumbers(length: 16, headDim: 4, seed: 2)
    let tiles = try TileSizes(queries: tile.0, keys: tile.1, length: 16)
    let formula = TrafficFormula(length: 16, headDim: 4)
    let reference = HeadReference(
      queries: head.queries, keys: head.keys, values: head.values, isCausal: false)
    let forward = TiledAttention(tiles, isCausal: false, headDim: 4).forward(
      queries: head.queries, keys: head.keys, values: head.values)
    let saved =
      method == .tiled
      ? Matrix(rows: 16, columns: 1, values: forward.logSumExp)
      : Matrix(rows: 16, columns: 16, values: reference.probabilities.map(Float.init))
    let footprint = formula.backwardFootprint(tiles)
    func run(capacity: Int) throws -> (TiledAttention.Gradients, CountedMemory) {
      let memory = CountedMemory(capacity: capacity)
      let found = try CountedBackward(
        head, output: forward.output, saved: saved, tiles: tiles, memory: memory
      ).run(method)
      return (found, memory)
    }
    let (found, memory) = try run(capacity: max(32, footprint))
    let expected = reference.gradients(outputGradient: head.outputGradient)
    #expect(found.queries.largestDifference(to: expected.queries) < 2e-6)
    #expect(found.keys.largestDifference(to: expected.keys) < 2e-6)
    #expect(found.values.largestDifference(to: expected.values) < 2e-6)
    #expect(memory.trafficCount == formula.backward(method, tiles))
    #expect(memory.heldCount == 0)
    guard method == .tiled else { return }
    #expect(memory.peakCount == footprint)
    #expect(throws: CountedMemoryError.self) { _ = try run(capacity: footprint - 1) }
  }

  /// By hand, for n = 4, d = 2, blocks of 2: numbers read and written, line by line.
  @Test func theFormulaOfTheBackwardPassByHand() throws {
    let formula = TrafficFormula(length: 4, headDim: 2)
    let tiles = try TileSizes(queries: 2, keys: 2, length: 4)
    // O and dO 16, D 4, zeros 8; K and V 16; two passes of Q, dO, dQ, dQ 32, L and D 8; dK and dV 16.
    #expect(formula.backward(.tiled, tiles) == 16 + 4 + 8 + 16 + 2 * (32 + 8) + 16)
    // dV: P 16, twice dO 16, written 8. dP: dO 8, twice V 16, written 16. dS: 16 + 16 + 16.
    // dQ and dK: dS 16, twice K or Q 16, written 8.
    #expect(formula.backward(.naive, tiles) == 40 + 40 + 48 + 2 * 40)
  }
}
