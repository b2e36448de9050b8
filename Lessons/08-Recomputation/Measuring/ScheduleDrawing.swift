import Plotting

/// The grid of time and layers: a column for each moment of a step, a row for each layer.
func scheduleDrawing(
  _ title: String, _ trace: ScheduleTrace, layerCount: Int, cellWidth: Int
) -> Schematic {
  let left = 8
  var drawing = Schematic(
    title, columns: left + trace.moments.count * cellWidth, rows: layerCount + 2)
  for row in 0..<layerCount {
    drawing.label("layer \(layerCount - row)", column: left - 1, row: row, align: .right)
  }
  drawing.cells(
    column: left, row: 0, rows: layerCount, columns: trace.moments.count, cellWidth: cellWidth
  ) { row, column in
    .init(fill(of: layerCount - 1 - row, at: trace.moments[column]))
  }
  let forward = trace.moments.prefix { $0.work == .firstTime }.count
  let border = left + forward * cellWidth
  drawing.bracket(row: layerCount, from: left, to: border, "forward")
  drawing.bracket(row: layerCount, from: border, to: drawing.columns, "backward")
  drawing.label("time →", column: drawing.columns, row: layerCount + 1, align: .right, .secondary)
  drawing.key(Fills.computed, "computed")
  drawing.key(Fills.again, "computed again")
  drawing.key(Fills.gradient, "gradient")
  drawing.key(Fills.input, "input kept")
  if trace.moments.contains(where: { !$0.kept.subtracting([$0.layer]).isEmpty }) {
    drawing.key(Fills.kept, "all kept")
  }
  return drawing
}

private func fill(of layer: Int, at moment: ScheduleTrace.Moment) -> Schematic.Fill {
  if moment.layer == layer {
    switch moment.work {
    case .firstTime: return Fills.computed
    case .again: return Fills.again
    case .gradient: return Fills.gradient
    }
  }
  if moment.kept.contains(layer) { return Fills.kept }
  return moment.inputs.contains(layer) ? Fills.input : .empty
}

/// The fills of the grid, with their letters in a text.
private enum Fills {
  static let computed = Schematic.Fill.solid(.keepAll, mark: "f")
  static let again = Schematic.Fill.solid(.recomputed, mark: "r")
  static let gradient = Schematic.Fill.solid(.gradients, mark: "g")
  static let input = Schematic.Fill.tint(.activations)
  static let kept = Schematic.Fill.solid(.activations)
}
