import Autograd
import Calculator
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// The bytes of one KV cache.
private struct CacheBytes {
  let sharing: Sharing
  let length: Int
  let formula: Int
  let measured: Int
}

/// Section "The cache, to the byte".
extension MultiQueryLesson {
  func countCache(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("The cache, to the byte")
    notebook.say(
      """
      Make a cache for each kind of sharing, at several lengths, and compare the formula with the \
      memory meter. Then run a text in one pass, and again token by token. The logits must be the \
      same.
      """)
    notebook.show(
      "KeyValueCache", in: "Sources/SmallTransformer/Model/KeyValueCache.swift",
      focus: "func tensors()"
    )
    let found = try notebook.step("count-cache-bytes", "Cache bytes by formula and by the meter") {
      try Sharing.allCases.flatMap { sharing in
        let configuration = try experiment.configuration(sharing)
        return experiment.cacheLengths.map { length in
          let before = notebook.backend.meter.current[.keyValueCache]
          let cache = KeyValueCache(for: configuration, capacity: length, on: notebook.backend)
          let measured = notebook.backend.meter.current[.keyValueCache] - before
          withExtendedLifetime(cache) {}
          return CacheBytes(
            sharing: sharing, length: length,
            formula: 8 * configuration.layerCount * configuration.kvHeadCount
              * configuration.headDim * length,
            measured: measured)
        }
      }
    }
    notebook.table(
      "cache-bytes", columns: ["sharing", "tokens", "by formula", "measured"],
      rows: found.map {
        [
          $0.sharing.name, Quantity.count.text(Double($0.length)),
          Quantity.count.text(Double($0.formula)), Quantity.count.text(Double($0.measured)),
        ]
      }, caption: "Bytes of keys and values in Float32.")
    notebook.claim(
      "cache-bytes-off-formula", "Cache bytes: largest difference between formula and meter",
      found.map { Double(abs($0.measured - $0.formula)) }.max(), equals: 0, from: .smoke,
      as: .count)
    try compareLearners(
      notebook, experiment,
      found.map { (sharing: $0.sharing, length: $0.length, bytes: $0.measured) })
    try checkPrefill(notebook, experiment)
    try drawPublished(notebook)
    checkRollingCache(notebook, experiment)
  }

  private func checkPrefill(_ notebook: Notebook, _ experiment: Experiment) throws {
    let differences = try notebook.step(
      "prefill-and-decode", "Run 48 tokens in one pass, and again one by one"
    ) {
      try Sharing.allCases.map { sharing in
        let configuration = try experiment.configuration(sharing)
        let model = Transformer(configuration, on: notebook.backend, seed: notebook.seed)
        let tokens = (0..<48).map { Int32($0 * 37 % configuration.vocabularyCount) }
        return largestAbsoluteDifference(
          model.logits(tokens, inPiecesOf: [tokens.count], through: nil),
          model.logits(
            tokens, inPiecesOf: [Int](repeating: 1, count: tokens.count),
            through: KeyValueCache(for: configuration, capacity: 48, on: notebook.backend)))
      }
    }
    notebook.claim(
      "prefill-equals-decode", "Largest difference of a logit between prefill and decoding",
      differences.max(), atMost: 1e-5, from: .smoke, kind: .exact)
  }

  private func checkRollingCache(_ notebook: Notebook, _ experiment: Experiment) {
    let window = experiment.rollingWindow
    let difference = notebook.step(
      "rolling-cache", "Run 64 tokens through a rolling cache of \(window) tokens"
    ) {
      let configuration = experiment.rolling
      let model = Transformer(configuration, on: notebook.backend, seed: notebook.seed)
      let tokens = (0..<64).map { Int32($0 * 29 % configuration.vocabularyCount) }
      let rolling = HybridCache(
        for: configuration, capacity: tokens.count, on: notebook.backend)
      return largestAbsoluteDifference(
        model.logits(tokens, inPiecesOf: [tokens.count], through: nil),
        model.logits(tokens, inPiecesOf: [Int](repeating: 1, count: 64), through: rolling))
    }
    notebook.say(
      """
      A sliding window limits the cache in another way. A token that has left the window of W \
      tokens is never read again, so token i can overwrite token i − W. Such a cache is called \
      *rolling*. The savings of the window and of sharing multiply.
      """)
    notebook.claim(
      "rolling-equals-prefill", "Largest difference of a logit between rolling cache and prefill",
      difference, atMost: 1e-5, from: .smoke, kind: .exact)
  }

  private func drawPublished(_ notebook: Notebook) throws {
    let contexts = (10...17).map { Double(1 << $0) }
    let names = ["LLaMA 7B", "LLaMA 65B", "Llama 2 70B", "Mistral 7B", "DeepSeek-V2"]
    let models = names.compactMap(ModelShape.published)
    try notebook.figure(
      "published-caches",
      LinePlot(
        title: "The KV cache of published models, 16 bits per value",
        x: .log("context (tokens)", base: 2), y: .log("keys and values", unit: .bytes),
        series: models.map { model in
          Series(
            "\(model.name), \(sharingName(model))", x: contexts,
            y: contexts.map { Double(model.cacheBytes(tokens: Int($0))) }, style: .line)
        }, marks: [.vertical(100_000, "100K"), .horizontal(80e9, "an 80 GB card")]),
      caption: """
        At 100,000 tokens: \
        \(models.map { "\($0.name) \(gigabytes($0))" }.joined(separator: ", ")). Sizes from each \
        model's paper. Mistral 7B keeps the tokens of its window only. DeepSeek-V2 stores one \
        compressed vector per token instead of keys and values for each head.
        """)
  }

  private func gigabytes(_ model: ModelShape) -> String {
    Quantity.plain.text(Double(model.cacheBytes(tokens: 100_000)) / 1e9, digits: 3) + " GB"
  }

  private func sharingName(_ model: ModelShape) -> String {
    if model.isLatent { return "latent" }
    if let window = model.layer.attention.window {
      return "\(model.kvHeadCount) KV heads, a window of \(Quantity.count.text(Double(window)))"
    }
    return model.kvHeadCount == model.headCount ? "multi-head" : "\(model.kvHeadCount) KV heads"
  }
}

extension Transformer {
  /// Logits of all tokens. The text is run in pieces of these lengths, through a cache if there is
  /// one.
  fileprivate func logits(
    _ tokens: [Int32], inPiecesOf lengths: [Int], through cache: KeyValueCache?
  ) -> [Float] {
    var (result, start) = ([Float](), 0)
    for length in lengths {
      let tape = Tape(backend, isRecording: false)
      let piece = Array(tokens[start..<start + length])
      result += backend.read(logits(piece, batch: 1, tape: tape, cache: cache).value)
      start += length
    }
    return result
  }
}
