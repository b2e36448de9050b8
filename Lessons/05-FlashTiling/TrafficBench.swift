import LessonKit

/// One algorithm, run once on a counted memory.
struct TrafficRun: Codable {
  let order: LoopOrder
  let tiles: TileSizes
  /// Rows of the block that stays.
  let outer: Int
  let counted: Int
  let smooth: Double
  let exact: Int
  /// Of the output, to the reference in Double.
  let difference: Double

  var relativeDifference: Double { abs(Double(counted) / smooth - 1) }
}

/// The same queries, keys and values for every algorithm, tile and memory.
struct TrafficBench {
  private let experiment: Experiment
  private let head: HeadNumbers
  private let reference: [Double]
  private let formula: TrafficFormula

  init(_ experiment: Experiment, seed: UInt64) {
    self.experiment = experiment
    let (length, headDim) = (experiment.countedLength, experiment.countedHeadDim)
    head = HeadNumbers(length: length, headDim: headDim, seed: seed)
    reference =
      PlainReference(queries: head.queries, keys: head.keys, values: head.values, isCausal: false)
      .output
    formula = TrafficFormula(length: length, headDim: headDim)
  }

  /// A block of `outer` rows stays; fast memory has just the room that the formula says.
  func run(_ order: LoopOrder, outer: Int) throws -> TrafficRun {
    let inner = min(experiment.innerTile, experiment.countedLength)
    let isKeysOutside = order == .flashAttention1
    let tiles = try TileSizes(
      queries: isKeysOutside ? inner : outer, keys: isKeysOutside ? outer : inner,
      length: experiment.countedLength)
    // Plain attention takes the softmax of a whole row.
    let capacity = max(formula.footprint(tiles), order == .plain ? experiment.countedLength : 0)
    return try run(order, tiles, CountedMemory(capacity: capacity))
  }

  /// The largest tiles that fit.
  func run(_ order: LoopOrder, capacity: Int) throws -> TrafficRun {
    let tiles = try TileRule.largest(
      for: order, capacity: capacity, inner: experiment.innerTile,
      length: experiment.countedLength, headDim: experiment.countedHeadDim)
    return try run(order, tiles, CountedMemory(capacity: capacity))
  }

  /// FlashAttention-1 with the paper's own tiles: the count, or the memory's refusal.
  func paperRule(capacity: Int) throws -> (tiles: TileSizes, text: String) {
    let tiles = try TileRule.paper(
      capacity: capacity, length: experiment.countedLength, headDim: experiment.countedHeadDim)
    do {
      let run = try run(.flashAttention1, tiles, CountedMemory(capacity: capacity))
      return (tiles, "fits, \(Quantity.count.text(Double(run.counted))) numbers moved")
    } catch let error as CountedMemoryError {
      return (
        tiles,
        "refused: \(Quantity.count.text(Double(error.held))) taken, "
          + "\(Quantity.count.text(Double(error.wanted))) more asked for"
      )
    }
  }

  private func run(
    _ order: LoopOrder, _ tiles: TileSizes, _ memory: CountedMemory
  ) throws -> TrafficRun {
    let output = try order.run(
      queries: head.queries, keys: head.keys, values: head.values, tiles: tiles, memory: memory)
    return TrafficRun(
      order: order, tiles: tiles, outer: order == .flashAttention1 ? tiles.keys : tiles.queries,
      counted: memory.trafficCount, smooth: formula.smooth(order, tiles),
      exact: formula.exact(order, tiles), difference: output.largestDifference(to: reference))
  }
}
