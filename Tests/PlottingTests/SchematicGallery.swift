import Foundation
import Plotting

/// Six drawings of the kind that lessons need, which the tests draw and read.
enum SchematicGallery {
  static let figures: [(name: String, figure: any Figure)] = [
    ("schematic-tiles", tiles), ("schematic-rotation", rotation), ("schematic-cache", cache),
    ("schematic-cone", cone), ("schematic-schedule", schedule), ("schematic-ranks", ranks),
  ]

  /// Blocks of keys and values go from HBM to SRAM, one after the other.
  static let tiles: Schematic = {
    var page = Schematic("One block of keys and values at a time goes into fast memory", rows: 13)
    page.box(column: 0, row: 0, width: 24, height: 13, "HBM", foot: "80 GB, 2 TB/s")
    page.box(column: 36, row: 0, width: 22, height: 13, "SRAM", foot: "192 KB, 19 TB/s")
    for (line, name) in ["Q", "K", "V", "O"].enumerated() {
      let row = [2, 5, 7, 10][line]
      page.label(name, column: 2, row: row, .bold)
      page.cells(column: 4, row: row, rows: 1, columns: 6, cellWidth: 3) { _, block in
        let isHere = block == (name == "K" || name == "V" ? 2 : 1)
        return .init(isHere ? .solid(.tiledAttention) : .tint(.standardAttention))
      }
    }
    page.arrow(row: 2, from: 24, to: 36, "1 load Qᵢ")
    page.arrow(row: 5, from: 24, to: 36, "2 load Kⱼ")
    page.arrow(row: 7, from: 24, to: 36, "2 load Vⱼ")
    page.arrow(row: 10, from: 36, to: 24, "4 store Oᵢ")
    page.node(column: 39, row: 2, width: 7, "Qᵢ", fill: .tint(.tiledAttention))
    page.node(column: 39, row: 5, width: 7, "Kⱼ", fill: .tint(.tiledAttention))
    page.node(column: 39, row: 7, width: 7, "Vⱼ", fill: .tint(.tiledAttention))
    page.node(column: 39, row: 10, width: 7, "Oᵢ", fill: .tint(.tiledAttention))
    page.label("3 scores", column: 48, row: 5)
    page.label("max m", column: 48, row: 7)
    page.label("sum ℓ", column: 48, row: 8)
    page.key(.solid(.tiledAttention), "block in SRAM")
    page.key(.tint(.standardAttention, mark: "░"), "stays in HBM")
    return page
  }()

  /// A pair of dimensions rotates by its position times its angle.
  static let rotation: Schematic = {
    var page = Schematic("RoPE rotates each pair of dimensions by position × angle", rows: 13)
    let center = Schematic.Point(17, 8.5)
    page.line([.init(1, 8.5), .init(34, 8.5)], hasHead: true, color: Palette.secondaryText)
    page.line([.init(17, 12.9), .init(17, 0.6)], hasHead: true, color: Palette.secondaryText)
    page.label("q₀", column: 33, row: 9)
    page.label("q₁", column: 19, row: 0)
    let angles = [20.0, 55, 125]
    for (position, angle) in zip(["0", "1", "3"], angles) {
      let tip = Schematic.point(center, radius: 14, angle: angle)
      page.line([center, tip], hasHead: true, color: Concept.rope.color)
      let place = Schematic.point(center, radius: 16.5, angle: angle)
      page.label("m = \(position)", column: Int(place.column), row: Int(place.row), align: .center)
    }
    page.arc(center: center, radius: 8, from: 20, to: 55, hasHead: true)
    page.label("θ", column: 24, row: 5)
    page.label("q at position m:", column: 38, row: 3, .bold)
    page.label("angle + m·θ", column: 38, row: 4)
    page.label("Same length, so the", column: 38, row: 6)
    page.label("score depends on", column: 38, row: 7)
    page.label("the offset only.", column: 38, row: 8)
    return page
  }()

  /// Which query heads share which key and value heads.
  static let cache: Schematic = {
    var page = Schematic("Eight query heads: what one token adds to the cache", rows: 12)
    let layouts: [(name: String, shared: Int, concept: Concept, size: String)] = [
      ("MHA", 1, .multiHead, "2·8·d"), ("GQA", 4, .groupedQuery, "2·2·d"),
      ("MQA", 8, .multiQuery, "2·1·d"), ("MLA", 0, .latentAttention, "c + r"),
    ]
    for (index, layout) in layouts.enumerated() {
      let left = 7 + index * 13
      page.label(layout.name, column: left + 4, row: 0, align: .center, .bold)
      page.cells(column: left, row: 2, rows: 1, columns: 8, cellWidth: 1) { _, _ in
        .init(.tint(layout.concept))
      }
      let groups = layout.shared == 0 ? 1 : 8 / layout.shared
      for group in 0..<groups where layout.shared > 1 {
        let start = left + group * layout.shared
        page.bracket(row: 3, from: start, to: start + layout.shared, "")
        let middle = Double(start) + Double(layout.shared) / 2
        page.line([.init(middle, 3.5), .init(middle, 5)])
      }
      if layout.shared > 0 {
        for row in [5, 7] {
          page.cells(column: left, row: row, rows: 1, columns: 8, cellWidth: 1) { _, head in
            let isKept = layout.shared == 1 || head % layout.shared == layout.shared / 2
            return isKept ? .init(.solid(layout.concept)) : nil
          }
        }
      } else {
        page.arrow(column: left + 3, from: 3, to: 6)
        page.cells(column: left, row: 6, rows: 1, columns: 1, cellWidth: 8) { _, _ in
          .init(.solid(layout.concept), "latent")
        }
      }
      page.label(layout.size, column: left + 4, row: 9, align: .center)
    }
    page.label("Q", column: 2, row: 2, .bold)
    page.label("K", column: 2, row: 5, .bold)
    page.label("V", column: 2, row: 7, .bold)
    page.label("cache", column: 0, row: 9, .bold)
    page.label("numbers per token and layer, d per head", column: 7, row: 10, .secondary)
    return page
  }()

  /// What a window of three sees through four layers.
  static let cone: Schematic = {
    var page = Schematic("A window of 4 reaches 3 tokens farther with every layer", rows: 12)
    let (tokens, layers) = (16, 5)
    for level in 0..<layers {
      let row = 1 + 2 * (layers - 1 - level)
      page.label(level == 0 ? "input" : "layer \(level)", column: 0, row: row)
      page.cells(column: 9, row: row, rows: 1, columns: tokens, cellWidth: 3) { _, token in
        let reach = 3 * (layers - 1 - level)
        if level == layers - 1 && token == tokens - 1 { return .init(.solid(.window)) }
        return .init(token >= tokens - 1 - reach ? .tint(.window, mark: "▒") : .empty)
      }
    }
    for level in 1..<layers {
      let row = Double(2 * (layers - level))
      let first = Double(tokens - 1 - 3 * (layers - 1 - level))
      page.line(
        [.init(10 + 3 * first, row), .init(10 + 3 * (first - 3), row + 1)],
        color: Concept.window.color)
      page.line([.init(55.5, row), .init(55.5, row + 1)], color: Concept.window.color)
    }
    page.bracket(row: 10, from: 18, to: 57, "4 layers × 3 + 1 = 13 tokens")
    page.key(.solid(.window), "the token that is predicted from")
    page.key(.tint(.window, mark: "▒"), "what it can know of")
    return page
  }()

  /// Which layers' activations are in memory while one step runs.
  static let schedule: Schematic = {
    var page = Schematic("Recomputation: every third layer is stored", rows: 12)
    let layers = 9
    page.label("layer", column: 0, row: 0, .secondary)
    for layer in 0..<layers { page.label("\(layer + 1)", column: 4, row: layer + 1, align: .right) }
    // Forward for 9 steps; then each group of three forward again, and backward.
    page.cells(column: 6, row: 1, rows: layers, columns: 24, cellWidth: 2) { layer, time in
      let isStored = layer % 3 == 2
      if time < 9 {
        if layer == time { return .init(.solid(.keepAll)) }
        return .init(layer < time && isStored ? .tint(.recomputed, mark: "▒") : .empty)
      }
      let (group, phase) = (2 - (time - 9) / 5, (time - 9) % 5)
      let first = group * 3
      if phase < 2 && layer == first + phase { return .init(.solid(.recomputed, mark: "▓")) }
      if phase >= 2 && layer == first + 4 - phase { return .init(.solid(.routed, mark: "◀")) }
      if (first..<first + 3).contains(layer), layer - first < (phase < 2 ? phase : 4 - phase) {
        return .init(.tint(.recomputed, mark: "▒"))
      }
      return .init(isStored && layer < first ? .tint(.recomputed, mark: "▒") : .empty)
    }
    page.bracket(row: 10, from: 6, to: 24, "forward")
    page.bracket(row: 10, from: 24, to: 54, "backward")
    page.label("time →", column: 54, row: 11, align: .right, .secondary)
    page.key(.solid(.keepAll), "forward")
    page.key(.solid(.recomputed, mark: "▓"), "again")
    page.key(.solid(.routed, mark: "◀"), "backward")
    page.key(.tint(.recomputed, mark: "▒"), "in memory")
    return page
  }()

  /// Blocks of keys and values go around four ranks.
  static let ranks: Schematic = {
    var page = Schematic("Ring attention: in step s, rank r holds block r – s", rows: 12)
    for rank in 0..<4 {
      let left = rank * 15
      page.box(column: left, row: 0, width: 12, height: 9, "rank \(rank)")
      page.node(column: left + 2, row: 1, width: 8, "Q\(rank)", fill: .tint(.tiledAttention))
      page.cells(column: left + 2, row: 3, rows: 4, columns: 1, cellWidth: 8) { step, _ in
        let block = (rank - step + 4) % 4
        return .init(step == 0 ? .solid(.groupedQuery) : .tint(.window), "K\(block) V\(block)")
      }
      if rank < 3 { page.arrow(row: 4, from: left + 12, to: left + 15) }
    }
    page.line([.init(51, 9.2), .init(51, 10.5), .init(6, 10.5), .init(6, 9.2)], hasHead: true)
    page.key(.solid(.groupedQuery), "its own block, step 0")
    page.key(.tint(.window), "blocks of the steps after it")
    page.label("the last rank sends to the first", column: 28, row: 11, align: .center)
    return page
  }()
}
