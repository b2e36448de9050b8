import Autograd
import Corpora
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// The last part: a picture of attention at a length where its matrix would not fit.
extension FlashTilingLesson {
  func drawMaps(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("The map without the matrix")
    let long = experiment.longText
    notebook.say(
      """
      A picture has a few hundred rows. The attention map of \(Quantity.count.text(Double(long))) \
      tokens has as many as there are tokens, and a head's probabilities are \
      \(Quantity.bytes.text(4 * Double(long) * Double(long))). But a picture needs only the sum and the largest of each of its \
      cells, and those can be taken tile by tile, like everything else on this page: the forward \
      pass gives L, then each tile is made once more, poured into the grid, and forgotten.
      """)
    notebook.show("pooledMap", in: "TiledPooledMap.swift")
    let trained = try trainReader(notebook, experiment)
    try checkPooling(notebook, experiment, trained)
    try drawLongMap(notebook, experiment, trained)
  }

  private func trainReader(_ notebook: Notebook, _ experiment: Experiment) throws -> TrainedModel {
    notebook.say(
      """
      To have something worth looking at, train a small model first: \
      \(experiment.configuration.layerCount) layers of width \(experiment.configuration.modelDim) \
      with RoPE, on windows of \(experiment.schedule.length) bytes.
      """)
    let book = try notebook.book()
    return try notebook.step("Train a small reader") {
      try notebook.train("reader", experiment.configuration, experiment.schedule, on: book)
    }
  }

  private typealias Heads = (views: PackedHeads, problem: AttentionProblem)

  /// The last layer's heads over a text.
  private func lastHeads(
    _ trained: TrainedModel, _ tokens: [Int32], onLayer: @escaping (Int) -> Void = { _ in }
  ) -> Heads {
    trained.model.heads(
      of: tokens, layer: trained.model.configuration.layerCount - 1, onLayer: onLayer)
  }

  private func pooled(_ notebook: Notebook, _ heads: Heads, side: Int) -> [PooledMap] {
    let (views, problem) = heads
    return PooledAttention.maps(
      views, problem, heads: 0..<problem.headCount, side: side, on: notebook.backend
    ) { share in
      notebook.progress(done: Int(share * 100), total: 100, detail: "\(problem.queryLength) tokens")
    }
  }

  private func checkPooling(
    _ notebook: Notebook, _ experiment: Experiment, _ trained: TrainedModel
  ) throws {
    notebook.say(
      """
      First at \(Quantity.count.text(Double(experiment.shortText))) tokens, where the matrix does \
      fit: pool it once from the whole matrix and once without, and compare cell by cell. The \
      engine's version takes \(PooledAttention.queryBlockLength) queries at a time against all keys \
      before them.
      """)
    let tokens = try text(notebook, length: experiment.shortText)
    let (maps, difference) = notebook.step("Pooled with and without the matrix") {
      let maps = pooled(notebook, lastHeads(trained, tokens), side: experiment.gridSide)
      let whole = trained.model.attentionMaps(
        tokens, layer: trained.model.configuration.layerCount - 1)
      return (maps, zip(maps, whole).map { $0.largestDifference(toMatrix: $1) }.max())
    }
    try notebook.figure(
      "map-short",
      mapSheet("Attention at \(experiment.shortText) tokens: mean of each cell", maps, \.means),
      caption: """
        The heads of the last layer over \(experiment.shortText) bytes of unseen text, each cell \
        the mean over \(maps[0].block) queries and as many keys; dark is much attention. Training \
        showed \(experiment.schedule.length) bytes at a time.
        """)
    notebook.claim(
      "Pooled map without the matrix against the pooled matrix, largest difference of a cell",
      difference, atMost: 1e-6, from: .smoke)
  }

  private func drawLongMap(
    _ notebook: Notebook, _ experiment: Experiment, _ trained: TrainedModel
  ) throws {
    let length = experiment.longText
    let tokens = try text(notebook, length: length)
    let (heads, modelPeak) = notebook.step("Read \(Quantity.count.text(Double(length))) tokens") {
      notebook.backend.meter.scope {
        lastHeads(trained, tokens) { layer in
          let count = trained.model.configuration.layerCount
          notebook.progress(done: layer, total: count, detail: "layer \(layer + 1)")
        }
      }
    }
    let held = notebook.backend.meter.current.totalBytes
    let pooling = notebook.step("Pool the maps of all heads") {
      let (maps, peak) = notebook.backend.meter.scope {
        pooled(notebook, heads, side: experiment.gridSide)
      }
      return Pooling(maps: maps, addedBytes: peak.totalBytes - held)
    }
    let maps = pooling.maps
    let matrixBytes = 4.0 * Double(length) * Double(length)
    let headCount = maps.count
    let rowBytes = Double(4 * PooledAttention.queryBlockLength * length * headCount)
    notebook.table(
      "map-memory", columns: ["what", "bytes"],
      rows: [
        ["one head's matrix", Quantity.bytes.text(matrixBytes)],
        [
          "\(PooledAttention.queryBlockLength) rows of each of \(headCount) heads",
          Quantity.bytes.text(rowBytes),
        ],
        [
          "peak that pooling adds to the model's own tensors",
          Quantity.bytes.text(Double(pooling.addedBytes)),
        ],
        ["peak while the model read the text", Quantity.bytes.text(Double(modelPeak.totalBytes))],
      ],
      caption: "What the picture would have needed, and what it took.")
    let cell = maps[0].block
    try notebook.figure(
      "map-long-max",
      mapSheet("Attention at \(length) tokens: largest of each cell", maps, \.maxima),
      caption: """
        \(Quantity.count.text(Double(length))) tokens, each cell the largest of \(cell) × \(cell) \
        probabilities: one strong look anywhere in a cell makes it dark.
        """)
    try notebook.figure(
      "map-long-mean", mapSheet("Attention at \(length) tokens: mean of each cell", maps, \.means),
      caption: """
        The same as means. What a mean keeps is where the mass lies; single looks are washed out.
        """)
    notebook.claim(
      "Peak bytes that pooling adds over \(PooledAttention.queryBlockLength) rows of each head's matrix",
      Double(pooling.addedBytes) / rowBytes, atMost: 1.05, from: .smoke, as: .times)
    notebook.notice(
      "A model outside its training",
      """
      This reader was trained on \(experiment.schedule.length) bytes at a time and is shown \
      \(Quantity.count.text(Double(length))). What it looks at out there is what it does, not what a \
      model trained for such lengths would do.
      """)
  }

  private func text(_ notebook: Notebook, length: Int) throws -> [Int32] {
    let window = try notebook.heldOutWindows(
      try notebook.book(), length: length, tokenCount: length)[0]
    return Array(window.prefix(length))
  }
}

/// Pictures of all heads, and what making them took beyond the model's own tensors.
private struct Pooling: Codable {
  let maps: [PooledMap]
  let addedBytes: Int
}
