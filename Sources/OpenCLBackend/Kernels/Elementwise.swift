import TensorCore

extension ProgramText {
  static let elementwise = ProgramText(
    name: "Elementwise.cl", text: PackageResources.Elementwise_cl)
}

extension OpenCLBackend {
  public func fill(_ tensor: Tensor, with value: Float) {
    runFlat("fillWith", count: tensor.count, [.tensor(tensor), .float(value)])
  }

  public func copy(_ source: Tensor, into target: Tensor) {
    runFlat("copyElements", count: source.count, [.tensor(source), .tensor(target)])
  }

  public func add(_ source: Tensor, to target: Tensor) {
    runFlat("addTo", count: source.count, [.tensor(source), .tensor(target)])
  }

  public func multiplyElements(_ a: Tensor, _ b: Tensor, into target: Tensor) {
    runFlat("multiplyElements", count: target.count, [.tensor(a), .tensor(b), .tensor(target)])
  }

  public func scale(_ target: Tensor, by factor: Float) {
    runFlat("scaleBy", count: target.count, [.tensor(target), .float(factor)])
  }

  public func fillRows(_ target: Tensor, residual: Tensor?, bias: Tensor?) {
    guard let bias else {
      if let residual { copy(residual, into: target) } else { fill(target, with: 0) }
      return
    }
    runFlat(
      "fillRows", count: target.count,
      [
        .tensor(target), .optional(residual), .tensor(bias), .integer(target.shape.lastExtent),
      ])
  }

  public func sumRows(_ matrix: Tensor, into sums: Tensor, accumulate: Bool) {
    let (width, rowCount) = (matrix.shape.lastExtent, matrix.shape.rowCount)
    let pieces = sumPieceCount(rowCount: rowCount)
    let partials = empty([pieces, width], .workspace)
    let items = min(128, device.largestGroup)
    run(
      "sumPieces", of: [.reduction, .elementwise], groups: (width + items - 1) / items,
      times: pieces,
      items: items,
      [.tensor(matrix), .tensor(partials), .integer(rowCount), .integer(width)])
    join(partials, into: sums, first: 0, accumulate: accumulate)
  }

  /// `sums = (sums +) Σ_piece partials[piece, first ..< first + width]`, in the order of pieces.
  func join(_ partials: Tensor, into sums: Tensor, first: Int, accumulate: Bool) {
    runRowsOfElements(
      "joinPieces", count: sums.count,
      [
        .tensor(partials), .tensor(sums), .integer(partials.shape[0]), .integer(first),
        .integer(partials.shape[1]), .integer(sums.count), .integer(accumulate ? 1 : 0),
      ])
  }

  /// The number of pieces of a sum over rows. It depends on the rows alone, so that the order of
  /// additions is the same on every device.
  func sumPieceCount(rowCount: Int) -> Int { min(64, max(1, rowCount / 32)) }

  public func sumOfSquares(_ tensor: Tensor) -> Double { sumOfSquares([tensor]) }

  public func sumOfSquares(_ tensors: [Tensor]) -> Double {
    // Runs are summed in Float32 on the device, then added in Double here: exact enough for a norm.
    // One read for all tensors: each read waits for all queued work.
    let run = 4096
    let runCounts = tensors.map { ($0.count + run - 1) / run }
    let sums = empty([runCounts.reduce(0, +)], .workspace)
    var first = 0
    for (tensor, count) in zip(tensors, runCounts) {
      runRows(
        "sumOfSquares", of: .elementwise, count: count,
        [
          .tensor(tensor), .tensor(sums.slice(first..<first + count)), .integer(run),
          .integer(tensor.count),
        ])
      first += count
    }
    return read(sums).reduce(0.0) { $0 + Double($1) }
  }

  private func runFlat(_ name: String, count: Int, _ arguments: [Argument]) {
    runRowsOfElements(name, count: count, arguments + [.integer(count)])
  }

  /// Elementwise kernels share their program with those that need Reduction.cl.
  func runRowsOfElements(_ name: String, count: Int, _ arguments: [Argument]) {
    let items = min(256, device.largestGroup)
    run(
      name, of: [.reduction, .elementwise], groups: (count + items - 1) / items, items: items,
      arguments)
  }
}
