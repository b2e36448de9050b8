import ModelFiles

/// The types of the matrices in a GGUF file of one kind: llama.cpp gives more bits to the output
/// projection and to some layers' values and second products (`llama_tensor_get_type`).
struct GGUFMixture {
  /// The name of the kind of file: `Q4_K_M`.
  let name: String

  /// Kinds of files whose rules are known. Files of other kinds have the bits of Llama 3.1 8B's.
  init?(_ name: String) {
    guard Self.bases[name] != nil else { return nil }
    self.name = name
  }

  private static let bases = [
    "Q4_0": "Q4_0", "Q4_1": "Q4_1", "Q5_0": "Q5_0", "Q5_1": "Q5_1", "Q8_0": "Q8_0",
    "Q2_K": "Q2_K", "Q3_K_S": "Q3_K", "Q3_K_M": "Q3_K", "Q3_K_L": "Q3_K", "Q4_K_S": "Q4_K",
    "Q4_K_M": "Q4_K", "Q5_K_S": "Q5_K", "Q5_K_M": "Q5_K", "Q6_K": "Q6_K",
  ]
  private var base: String { Self.bases[name] ?? name }

  /// Bits per weight of a type.
  private static let bits = Dictionary(
    uniqueKeysWithValues: GGUFType.all.map {
      ($0.name, 8 * Double($0.blockBytes) / Double($0.blockLength))
    })

  /// Types with blocks of 256 are replaced where the rows have no whole blocks of 256, and types
  /// with blocks of 32 likewise.
  private static func bits(_ type: String, row: Int) -> Double {
    var type = type
    if type.hasSuffix("_K"), row % 256 != 0 {
      type = ["Q4_K": "Q5_0", "Q5_K": "Q5_1", "Q6_K": "Q8_0"][type] ?? "IQ4_NL"
    }
    return row % 32 == 0 ? bits[type] ?? 16 : 16
  }

  /// Bits per weight of the embedding and the output projection together. A tied embedding is
  /// stored as an output projection.
  func tableBits(of model: ModelShape) -> Double {
    let row = model.modelDim
    let output =
      base == "Q8_0" || row % 256 != 0
      ? Self.bits("Q8_0", row: row) : Self.bits("Q6_K", row: row)
    return model.tiesEmbedding ? output : (output + Self.bits(base, row: row)) / 2
  }

  /// Bits per weight of the matrices of all layers. Without an order, layers of one kind come one
  /// after the other.
  func layerBits(of model: ModelShape) -> Double {
    let d = model.modelDim
    let count = model.layerCount
    let kinds =
      model.kinds
      ?? model.groups.indices.flatMap { [Int](repeating: $0, count: model.groups[$0].count) }
    var (sum, weights) = (0.0, 0.0)
    func add(_ type: String, row: Int, _ size: Int) {
      sum += Self.bits(type, row: row) * Double(size)
      weights += Double(size)
    }
    for (index, kind) in kinds.enumerated() {
      let layer = model.groups[kind].layer
      let (attention, feedForward) = (layer.attention, layer.feedForward)
      if let latent = attention.latent {
        add(base, row: d, d * (latent.rank + latent.rotaryDim + (latent.queryRank ?? 0)))
        let input = latent.queryRank ?? d
        add(base, row: input, input * attention.queryDim)
        let width = attention.headDim - latent.rotaryDim + attention.valueHeadDim
        add(base, row: latent.rank, latent.rank * attention.headCount * width)
      } else {
        add(base, row: d, d * (attention.queryDim + attention.kvHeadCount * attention.headDim))
        let shared = attention.headCount / attention.kvHeadCount
        add(
          valueType(index, of: count, shared: shared), row: d,
          d * attention.kvHeadCount * attention.valueHeadDim)
      }
      add(outputType, row: attention.resultDim, attention.resultDim * d)
      let experts = feedForward.experts
      let down = downType(index, of: count)
      for (copies, hidden) in [
        (experts?.total ?? 1, feedForward.hiddenDim), (1, experts?.sharedDim ?? 0),
      ] where hidden > 0 {
        add(base, row: d, copies * (feedForward.isGated ? 2 : 1) * d * hidden)
        add(down, row: hidden, copies * d * hidden)
      }
    }
    return weights > 0 ? sum / weights : 16
  }

  // MARK: Rules

  /// An eighth of the layers at each end, and every third between.
  private static func hasMoreBits(_ index: Int, of count: Int) -> Bool {
    index < count / 8 || index >= 7 * count / 8 || (index - count / 8) % 3 == 2
  }

  private func valueType(_ index: Int, of count: Int, shared: Int) -> String {
    switch name {
    case "Q2_K": shared >= 4 ? "Q4_K" : "Q3_K"
    case "Q3_K_M": index < 2 ? "Q5_K" : "Q4_K"
    case "Q3_K_L": "Q5_K"
    case "Q4_K_S": index < 4 ? "Q5_K" : base
    case "Q4_K_M", "Q5_K_M": Self.hasMoreBits(index, of: count) ? "Q6_K" : base
    default: base
    }
  }

  private func downType(_ index: Int, of count: Int) -> String {
    switch name {
    case "Q2_K": "Q3_K"
    case "Q3_K_M": index < count / 16 ? "Q5_K" : "Q4_K"
    case "Q3_K_L": "Q5_K"
    case "Q4_K_S": index < count / 8 ? "Q5_K" : base
    case "Q4_K_M", "Q5_K_M": Self.hasMoreBits(index, of: count) ? "Q6_K" : base
    default: base
    }
  }

  /// Of the projection after attention.
  private var outputType: String {
    switch name {
    case "Q2_K": "Q3_K"
    case "Q3_K_M": "Q4_K"
    case "Q3_K_L": "Q5_K"
    default: base
    }
  }
}
