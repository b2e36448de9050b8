import Corpora
import Plotting

/// Figures of which tokens take which layer.
enum RoutingPictures {
  /// One row per routing method, below a row that shows which tokens are hard.
  static func encoder(
    _ inputs: [Int32], _ task: HardBits, _ routedBy: [(method: RoutingMethod, tokens: Set<Int32>)]
  ) -> HeatMap {
    let hard = inputs.map { HardBits.isHard($0) ? Float(1) : 0 }
    let rows = routedBy.map { _, tokens in
      inputs.indices.map { tokens.contains(Int32($0)) ? (hard[$0] == 1 ? 2 : 1) : Float(0) }
    }
    return HeatMap(
      title: "Routed tokens in a sequence of \(task.length)",
      values: hard.map { 2 * $0 } + rows.flatMap { $0 },
      rows: rows.count + 1, columns: task.length, xLabel: "token", yLabel: "",
      yTicks: (["hard"] + routedBy.map(\.method.name)).enumerated().map { Tick(Double($0), $1) },
      colors: .categories([
        .init("not routed", Palette.background),
        .init("routed, but easy", Concept.routed.color.tint),
        .init("hard (first row), routed and hard", of: .routed),
      ]), barLabel: "")
  }

  /// The text in lines of at most 32 bytes, with a row per routed layer below each.
  static func decoder(_ text: [Int32], _ routings: [Routing]) -> HeatMapSheet {
    let lineLength = min(32, text.count)
    let lines = stride(from: 0, to: text.count, by: lineLength).filter {
      $0 + lineLength <= text.count
    }.prefix(4)
    return HeatMapSheet(
      title: "Bytes that take the routed layers",
      maps: lines.map { start in
        HeatMap(
          title: "",
          values: routings.flatMap { routing -> [Float] in
            let rows = Set(routing.rows)
            return (start..<start + lineLength).map { rows.contains(Int32($0)) ? 1 : 0 }
          }, rows: routings.count, columns: lineLength, xLabel: "", yLabel: "layer",
          xTicks: (0..<lineLength).map { Tick(Double($0), letter(text[start + $0])) },
          yTicks: routings.enumerated().map { Tick(Double($0), "\($1.layer + 1)") },
          colors: .categories([
            .init("skips the layer", Palette.background), .init("takes the layer", of: .routed),
          ]), barLabel: "", maximumPixelSide: 1280, stretchesStrips: false)
      }, across: 1)
  }

  private static func letter(_ token: Int32) -> String {
    guard let scalar = UnicodeScalar(UInt32(token)), scalar.isASCII, token > 32 else { return "·" }
    return String(Character(scalar))
  }
}
