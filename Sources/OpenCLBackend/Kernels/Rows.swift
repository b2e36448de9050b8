import TensorCore

extension ProgramText {
  fileprivate static let rows = ProgramText(name: "Rows.cl", text: PackageResources.Rows_cl)
}

extension OpenCLBackend {
  public func gatherRows(_ x: Tensor, rows: [Int32], into y: Tensor) {
    runElements(
      "gatherRows", of: .rows, withReduction: true, count: y.count,
      [
        .tensor(x), .list(list(rows)), .tensor(y), .integer(y.shape.lastExtent),
        .integer(y.count),
      ])
  }

  public func scatterAddRows(_ x: Tensor, rows: [Int32], into y: Tensor) {
    // Sorted by target on the host, so that on the device one work-item owns each sum and adds in
    // the order of the rows.
    let order = rows.indices.sorted { (rows[$0], $0) < (rows[$1], $1) }
    let starts = order.indices.filter { $0 == 0 || rows[order[$0]] != rows[order[$0 - 1]] }
    let (width, items) = (y.shape.lastExtent, min(64, device.largestGroup))
    run(
      "scatterAddRows", of: [.reduction, .rows], groups: (width + items - 1) / items,
      times: starts.count, items: items,
      [
        .tensor(x), .list(list(order.map { Int32($0) })),
        .list(list((starts + [order.count]).map { Int32($0) })),
        .list(list(starts.map { rows[order[$0]] })), .tensor(y), .integer(width),
      ])
  }

  public func scaleRows(_ x: Tensor, by factors: Tensor, into y: Tensor) {
    runElements(
      "scaleRows", of: .rows, withReduction: true, count: y.count,
      [
        .tensor(x), .tensor(factors), .tensor(y), .integer(y.shape.lastExtent),
        .integer(y.count),
      ])
  }

  public func rowDots(_ a: Tensor, _ b: Tensor, into y: Tensor) {
    runRows(
      "rowDots", of: .rows, count: a.shape.rowCount,
      [.tensor(a), .tensor(b), .tensor(y), .integer(a.shape.lastExtent)])
  }
}
