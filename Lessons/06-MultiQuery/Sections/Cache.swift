import Autograd
import Calculator
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// The cache: its bytes by formula and by the meter, and what is read from it.
extension MultiQueryLesson {
  func countCache(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("The cache, to the byte")
    notebook.say(
      """
      Make a cache for each way of sharing, at several lengths, and ask the memory meter what it \
      holds. Then read a text at once and token by token: the answers must be the same.
      """)
    notebook.show("KeyValueCache", in: "Sources/SmallTransformer/Model/KeyValueCache.swift")
    let lengths = [100, 1000, 10_000]
    let found = try notebook.step("Caches by formula and by the meter") {
      try experiment.sharings.flatMap { sharing in
        let configuration = try experiment.configuration.with(sharing: sharing)
        return lengths.map { length in
          let before = notebook.backend.meter.current[.keyValueCache]
          let cache = KeyValueCache(for: configuration, capacity: length, on: notebook.backend)
          let held = notebook.backend.meter.current[.keyValueCache] - before
          withExtendedLifetime(cache) {}
          return (
            sharing: sharing, length: length, held: held,
            formula: 8 * configuration.layerCount * configuration.kvHeadCount
              * configuration.headDim * length
          )
        }
      }
    }
    notebook.table(
      "cache-bytes", columns: ["sharing", "tokens", "by formula", "held"],
      rows: found.map {
        [
          $0.sharing.name, Quantity.count.text(Double($0.length)),
          Quantity.count.text(Double($0.formula)), Quantity.count.text(Double($0.held)),
        ]
      }, caption: "Bytes of keys and values in Float32.")
    notebook.claim(
      "Cache bytes, largest difference between formula and meter",
      found.map { Double(abs($0.held - $0.formula)) }.max(), equals: 0, from: .smoke, as: .count)
    try checkPrefill(notebook, experiment)
    try drawPublished(notebook)
    rollingCache(notebook, experiment)
  }

  private func checkPrefill(_ notebook: Notebook, _ experiment: Experiment) throws {
    let differences = try notebook.step("Read 48 tokens at once, and one by one") {
      try experiment.sharings.map { sharing in
        let configuration = try experiment.configuration.with(sharing: sharing)
        let model = Transformer(configuration, on: notebook.backend, seed: notebook.seed)
        let tokens = (0..<48).map { Int32($0 * 37 % configuration.vocabularyCount) }
        return largestDifference(
          model.read(tokens, at: [tokens.count], into: nil),
          model.read(
            tokens, at: [Int](repeating: 1, count: tokens.count),
            into: KeyValueCache(for: configuration, capacity: 48, on: notebook.backend)))
      }
    }
    notebook.claim(
      "Prefill against token by token, largest difference of a logit", differences.max(),
      atMost: 1e-5, from: .smoke)
  }

  private func rollingCache(_ notebook: Notebook, _ experiment: Experiment) {
    let window = experiment.rollingWindow
    let difference = notebook.step("Aside: a window's cache of \(window) places, over 64 tokens") {
      let configuration = experiment.rolling
      let model = Transformer(configuration, on: notebook.backend, seed: notebook.seed)
      let tokens = (0..<64).map { Int32($0 * 29 % configuration.vocabularyCount) }
      guard
        let rolling = try? StreamingCache.rolling(
          for: configuration, capacity: window, on: notebook.backend)
      else { return Double.nan }
      return largestDifference(
        model.read(tokens, at: [tokens.count], into: nil),
        model.read(tokens, at: [Int](repeating: 1, count: 64), into: rolling))
    }
    notebook.say(
      """
      A sliding window bounds the cache in another way: what has left the window is never read \
      again, so token i can take the place of token i − W. Sharing and rolling multiply.
      """)
    notebook.claim(
      "Rolling cache against reading at once, largest difference of a logit", difference,
      atMost: 1e-5, from: .smoke)
  }

  private func drawPublished(_ notebook: Notebook) throws {
    let contexts = (10...17).map { Double(1 << $0) }
    let names = ["LLaMA 7B", "LLaMA 65B", "Llama 2 70B", "Mistral 7B", "DeepSeek-V2"]
    let models = names.compactMap(ModelShape.published)
    try notebook.figure(
      "published-caches",
      LinePlot(
        title: "The cache of published models, 16 bits a number",
        x: .log("context (tokens)", base: 2), y: .log("bytes of keys and values (GB)"),
        series: models.map { model in
          Series(
            "\(model.name), \(sharingName(model))", x: contexts,
            y: contexts.map { Double(model.cacheBytes(tokens: Int($0))) / 1e9 }, style: .line)
        }, marks: [.vertical(100_000, "100K"), .horizontal(80, "an 80 GB card")]),
      caption: """
        At 100,000 tokens: \(models.map { "\($0.name) \(gigabytes($0))" }.joined(separator: ", ")). \
        Sizes from each model's paper; DeepSeek-V2 keeps a compressed state in place of heads.
        """)
  }

  private func gigabytes(_ model: ModelShape) -> String {
    Quantity.plain.text(Double(model.cacheBytes(tokens: 100_000)) / 1e9, digits: 3) + " GB"
  }

  private func sharingName(_ model: ModelShape) -> String {
    if model.latentCacheDim != nil { return "latent" }
    return model.kvHeadCount == model.headCount ? "multi-head" : "\(model.kvHeadCount) shared"
  }
}

extension Transformer {
  /// Logits of all tokens, read in pieces of these lengths, through a cache where there is one.
  func read(_ tokens: [Int32], at pieces: [Int], into cache: KeyValueCache?) -> [Float] {
    var (logits, start) = ([Float](), 0)
    for length in pieces {
      let tape = Tape(backend, isRecording: false)
      let part = Array(tokens[start..<start + length])
      logits += backend.read(self.logits(part, batch: 1, tape: tape, cache: cache).value)
      start += length
    }
    return logits
  }
}

func largestDifference(_ a: [Float], _ b: [Float]) -> Double {
  zip(a, b).map { Double(abs($0 - $1)) }.max() ?? .nan
}
