import Autograd
import Corpora
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// Section "The map without the matrix": attention at a length where its matrix would not fit.
extension FlashTilingLesson {
  func drawMaps(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("The map without the matrix")
    let long = experiment.longText
    notebook.say(
      """
      A picture has a few hundred rows. The attention map of \(Quantity.count.text(Double(long))) \
      tokens has one row per token, and the probabilities of one head take \
      \(Quantity.bytes.text(4 * Double(long) * Double(long))). But a picture needs only the sum \
      and the largest value of each of its cells. Both can be computed tile by tile, like \
      everything else on this page. The forward pass gives L. Then each tile is computed again, \
      added to the grid, and dropped.
      """)
    notebook.show("pooledMap", in: "Technique/TiledPooledMap.swift", focus: "for rows in")
    let trained = try trainReader(notebook, experiment)
    try checkPooling(notebook, experiment, trained)
    try drawLongMap(notebook, experiment, trained)
  }

  private func trainReader(_ notebook: Notebook, _ experiment: Experiment) throws -> TrainedModel {
    notebook.say(
      """
      The map needs a trained model, so train a small one first: \
      \(experiment.configuration.layerCount) layers of width \(experiment.configuration.modelDim) \
      with RoPE, on windows of \(experiment.schedule.length) bytes.
      """)
    let book = try notebook.book()
    return try notebook.step("train-reader", "Train a small reader") {
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
      notebook.progress(
        done: Int(share * 100), total: 100,
        detail: "\(Quantity.count.text(problem.queryLength)) tokens")
    }
  }

  private func checkPooling(
    _ notebook: Notebook, _ experiment: Experiment, _ trained: TrainedModel
  ) throws {
    notebook.say(
      """
      First at \(Quantity.count.text(Double(experiment.shortText))) tokens, where the matrix does \
      fit. Pool it once from the whole matrix and once without it, and compare cell by cell. The \
      engine's version takes \(PooledAttention.queryBlockLength) queries at a time, with all keys \
      before them.
      """)
    let tokens = try text(notebook, length: experiment.shortText)
    let (maps, difference) = notebook.step(
      "pool-short", "Pool with and without the matrix"
    ) {
      let maps = pooled(notebook, lastHeads(trained, tokens), side: experiment.gridSide)
      let whole = trained.model.attentionMaps(
        tokens, layer: trained.model.configuration.layerCount - 1)
      let isWhole = maps.count == whole.count
      return (
        maps,
        isWhole ? zip(maps, whole).map { $0.largestDifference(toMatrix: $1) }.max() : .infinity
      )
    }
    try notebook.figure(
      "map-short",
      mapSheet("Attention at \(experiment.shortText) tokens: mean of each cell", maps, \.means),
      caption: """
        The heads of the last layer over \(experiment.shortText) bytes of unseen text, each cell \
        the mean over \(maps.first?.block ?? 0) queries and as many keys. Dark means much \
        attention. The model was trained on \(experiment.schedule.length) bytes at a time.
        """)
    notebook.claim(
      "pooled-map-difference",
      "A cell of the pooled map changes by at most {} if it is computed without the matrix",
      difference, atMost: 1e-6, from: .smoke, kind: .exact)
  }

  private func drawLongMap(
    _ notebook: Notebook, _ experiment: Experiment, _ trained: TrainedModel
  ) throws {
    let length = experiment.longText
    let tokens = try text(notebook, length: length)
    let (heads, modelPeak) = notebook.step(
      "read-long", "Read \(Quantity.count.text(Double(length))) tokens"
    ) {
      notebook.backend.meter.scope {
        lastHeads(trained, tokens) { layer in
          let count = trained.model.configuration.layerCount
          notebook.progress(done: layer, total: count, detail: "layer \(layer + 1)")
        }
      }
    }
    let before = notebook.backend.meter.current.totalBytes
    let pooling = notebook.step("pool-long", "Pool the maps of all heads") {
      let (maps, peak) = notebook.backend.meter.scope {
        pooled(notebook, heads, side: experiment.gridSide)
      }
      return Pooling(maps: maps, addedBytes: peak.totalBytes - before)
    }
    let matrixRowBytes = Double(
      4 * PooledAttention.queryBlockLength * length * pooling.maps.count)
    notebook.table(
      "map-memory", columns: ["what", "bytes"],
      rows: [
        ["one head's matrix", Quantity.bytes.text(4.0 * Double(length) * Double(length))],
        [
          "\(PooledAttention.queryBlockLength) rows of each of \(pooling.maps.count) heads",
          Quantity.bytes.text(matrixRowBytes),
        ],
        [
          "peak that pooling adds to the model's own tensors",
          Quantity.bytes.text(Double(pooling.addedBytes)),
        ],
        ["peak while the model read the text", Quantity.bytes.text(Double(modelPeak.totalBytes))],
      ],
      caption: "The first two rows are computed, the last two are measured.")
    try drawLongMap(notebook, pooling.maps, length: length)
    notebook.claim(
      "pooling-bytes",
      "Pooling adds {} of the bytes of \(PooledAttention.queryBlockLength) rows of each head's matrix",
      Double(pooling.addedBytes) / matrixRowBytes, atMost: 1.05, from: .smoke, as: .times)
    notebook.notice(
      "A model outside its training",
      """
      This reader was trained on \(experiment.schedule.length) bytes at a time and reads \
      \(Quantity.count.text(Double(length))) here. The map shows what this model does at that \
      length, not what a model trained for such lengths would do.
      """)
  }

  private func drawLongMap(_ notebook: Notebook, _ maps: [PooledMap], length: Int) throws {
    let cell = maps.first?.block ?? 0
    try notebook.figure(
      "map-long",
      mapSheet(
        "Attention at \(Quantity.count.text(length)) tokens: maximum of each cell", maps, \.maxima),
      caption: """
        \(Quantity.count.text(Double(length))) tokens, each cell the maximum of \(cell) × \(cell) \
        probabilities. One large probability anywhere in a cell makes it dark. A mean would hide \
        it.
        """)
  }

  private func text(_ notebook: Notebook, length: Int) throws -> [Int32] {
    let window = try notebook.heldOutWindows(
      try notebook.book(), length: length, tokenCount: length)[0]
    return Array(window.prefix(length))
  }
}

/// Pictures of all heads, and the bytes that pooling needed beyond the model's own tensors.
private struct Pooling: Codable {
  let maps: [PooledMap]
  let addedBytes: Int
}
