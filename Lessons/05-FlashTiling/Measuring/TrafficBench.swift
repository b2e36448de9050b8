import LessonKit

/// One run of one algorithm in a counted memory.
struct TrafficRun: Codable {
  let order: LoopOrder
  let tiles: TileSizes
  /// Rows of the block that stays.
  let outer: Int
  let counted: Int
  let smooth: Double
  let exact: Int
  /// Largest absolute difference of the output to the reference.
  let difference: Double

  var relativeDifference: Double { abs(Double(counted) / smooth - 1) }
}

/// One backward pass in a counted memory.
struct BackwardTrafficRun: Codable {
  let outer: Int
  let counted: Int
  let exact: Int
  /// Largest absolute difference of the gradients to the reference.
  let difference: Double
}

/// Runs the algorithms on the same queries, keys and values, with different tiles and memories.
struct TrafficBench {
  private let experiment: Experiment
  private let head: HeadNumbers
  private let reference: HeadReference
  private let formula: TrafficFormula

  init(_ experiment: Experiment, seed: UInt64) {
    self.experiment = experiment
    let (length, headDim) = (experiment.countedLength, experiment.countedHeadDim)
    head = HeadNumbers(length: length, headDim: headDim, seed: seed)
    reference = HeadReference(
      queries: head.queries, keys: head.keys, values: head.values, isCausal: false)
    formula = TrafficFormula(length: length, headDim: headDim)
  }

  /// A block of `outer` rows stays. Fast memory has exactly the size that the formula gives.
  func run(_ order: LoopOrder, outer: Int) throws -> TrafficRun {
    let inner = min(experiment.innerTile, experiment.countedLength)
    let isKeysOutside = order == .flashAttention1
    let tiles = try TileSizes(
      queries: isKeysOutside ? inner : outer, keys: isKeysOutside ? outer : inner,
      length: experiment.countedLength)
    // Naive attention needs a whole row for its softmax.
    let capacity = max(formula.footprint(tiles), order == .naive ? experiment.countedLength : 0)
    return try run(order, tiles, CountedMemory(capacity: capacity))
  }

  /// The largest tiles that fit.
  func run(_ order: LoopOrder, capacity: Int) throws -> TrafficRun {
    let tiles = try TileRule.largest(
      for: order, capacity: capacity, inner: experiment.innerTile,
      length: experiment.countedLength, headDim: experiment.countedHeadDim)
    return try run(order, tiles, CountedMemory(capacity: capacity))
  }

  /// FlashAttention-1 with the tiles of the paper's rule: the traffic, or the error of the memory.
  func paperRule(capacity: Int) throws -> (tiles: TileSizes, text: String) {
    let tiles = try TileRule.paper(
      capacity: capacity, length: experiment.countedLength, headDim: experiment.countedHeadDim)
    do {
      let run = try run(.flashAttention1, tiles, CountedMemory(capacity: capacity))
      return (tiles, "fits, \(Quantity.count.text(Double(run.counted))) numbers moved")
    } catch let error as CountedMemoryError {
      return (
        tiles,
        "does not fit: \(Quantity.count.text(Double(error.held))) numbers in use, "
          + "\(Quantity.count.text(Double(error.wanted))) more requested"
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
      exact: formula.exact(order, tiles), difference: output.largestDifference(to: reference.output)
    )
  }

  /// The backward passes of both methods, for every block in `outers` that stays.
  func backward(outers: [Int]) throws -> [Keyed<Method, BackwardTrafficRun>] {
    let (length, headDim) = (experiment.countedLength, experiment.countedHeadDim)
    let inner = min(experiment.innerTile, length)
    let forward = TiledAttention(
      try TileSizes(queries: inner, keys: inner, length: length), isCausal: false, headDim: headDim
    ).forward(queries: head.queries, keys: head.keys, values: head.values)
    let wanted = reference.gradients(outputGradient: head.outputGradient)
    return try outers.map { outer in
      try Keyed<Method, BackwardTrafficRun> { method in
        let isTiled = method == .tiled
        let tiles = try TileSizes(
          queries: isTiled ? inner : outer, keys: isTiled ? outer : inner, length: length)
        // Naive attention needs two whole rows for its softmax.
        let memory = CountedMemory(
          capacity: max(formula.backwardFootprint(tiles), isTiled ? 0 : 2 * length))
        let found = try CountedBackward(
          head, output: forward.output,
          saved: isTiled
            ? Matrix(rows: length, columns: 1, values: forward.logSumExp)
            : Matrix(
              rows: length, columns: length, values: reference.probabilities.map(Float.init)),
          tiles: tiles, memory: memory
        ).run(method)
        return BackwardTrafficRun(
          outer: outer, counted: memory.trafficCount, exact: formula.backward(method, tiles),
          difference: max(
            found.queries.largestDifference(to: wanted.queries),
            found.keys.largestDifference(to: wanted.keys),
            found.values.largestDifference(to: wanted.values)))
      }
    }
  }
}
