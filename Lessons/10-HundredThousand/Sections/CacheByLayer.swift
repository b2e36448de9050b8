import Autograd
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// Section "A cache for each kind of layer": rings for the windows, every token for the global layer.
extension HundredThousandLesson {
  func cacheByLayer(_ notebook: Notebook, _ experiment: Experiment) throws {
    let (model, n) = (experiment.chosen, experiment.longest)
    notebook.heading("A cache for each kind of layer")
    notebook.say(
      """
      A window layer never reads a token that has left its window. So its cache can be a ring of \
      \(experiment.window) slots, in which token i replaces token i − \(experiment.window). Only \
      the global layer has to keep every token. Models with local and global layers are served in \
      this way (Gemma Team, 2024).
      """)
    try notebook.figure(
      "cache-by-layer", cacheDrawing(experiment),
      caption: """
        What each layer of this model keeps of \(Quantity.count.text(Double(n))) tokens: keys and \
        values of \(model.kvHeadCount) head of \(model.headDim) numbers, in Float32.
        """)
    notebook.formula(
      #"""
      \text{bytes} = 2 \cdot 4 \cdot G \cdot D \cdot \sum_{\text{layers}} \min(W, n)
      """#,
      legend: """
        2 for keys and values, 4 bytes per number, G key/value heads of D numbers, W the window of \
        a layer (without limit in a global one), n tokens
        """)
    notebook.show(
      "HybridCache", in: "Sources/SmallTransformer/Model/HybridCache.swift", focus: "visible.window"
    )
    countBytes(notebook, experiment)
    checkRings(notebook, experiment)
    timeTokens(notebook, experiment)
  }

  /// The tokens that a layer keeps of n.
  private func keptTokens(_ experiment: Experiment, layer: Int) -> Int {
    min(
      experiment.chosen.pattern.layer(layer).pattern.window ?? experiment.longest,
      experiment.longest)
  }

  /// Bytes of keys and values of so many tokens in one layer.
  private func bytes(_ experiment: Experiment, tokens: Int) -> Double {
    Double(8 * experiment.chosen.kvHeadCount * experiment.chosen.headDim * tokens)
  }

  private func cacheDrawing(_ experiment: Experiment) -> Schematic {
    let layers = experiment.layerCount
    let (left, width) = (27, 18)
    var page = Schematic("What each layer's cache keeps", rows: layers + 1)
    page.label("layer", column: 0, row: 0)
    page.label("keys and values", column: left, row: 0)
    page.label("bytes", column: left + width + 2, row: 0)
    for layer in 0..<layers {
      let attention = experiment.chosen.pattern.layer(layer)
      let isGlobal = attention.pattern.window == nil
      let row = layer + 1
      page.label(
        "\(layer + 1), \(isGlobal ? "all tokens" : "last \(experiment.window)"), "
          + (attention.usesPositions ? "RoPE" : "no position"), column: 0, row: row)
      page.cells(
        column: left, row: row, rows: 1, columns: isGlobal ? width : 2, cellWidth: 1
      ) { _, _ in .init(.solid(isGlobal ? .standardAttention : .window)) }
      page.label(
        Quantity.bytes.text(
          bytes(experiment, tokens: keptTokens(experiment, layer: layer)), digits: 3),
        column: left + width + 2, row: row)
    }
    page.key(.solid(.window), "a ring, overwritten again and again")
    page.key(.solid(.standardAttention), "grows with the text")
    return page
  }

  private func countBytes(_ notebook: Notebook, _ experiment: Experiment) {
    let (model, n) = (experiment.chosen, experiment.longest)
    let measured = notebook.step("count-cache", "Make both caches and read the memory meter") {
      func metered(_ make: () -> KeyValueCache) -> Int {
        let before = notebook.backend.meter.current[.keyValueCache]
        let cache = make()
        return withExtendedLifetime(cache) {
          notebook.backend.meter.current[.keyValueCache] - before
        }
      }
      return [
        metered { HybridCache(for: model, capacity: n, on: notebook.backend) },
        metered { KeyValueCache(for: model, capacity: n, on: notebook.backend) },
      ]
    }
    let formula = (0..<model.layerCount).reduce(0.0) {
      $0 + bytes(experiment, tokens: keptTokens(experiment, layer: $1))
    }
    notebook.claim(
      "cache-bytes", "The rings and the global layer's cache differ by {} bytes from the formula",
      Double(measured[0]) - formula, equals: 0, from: .smoke, as: .count)
    notebook.measure(
      "hybrid-bytes", "Cache with rings, \(Quantity.count.text(Double(n))) tokens",
      Double(measured[0]), .bytes)
    notebook.measure(
      "full-bytes", "Cache of every token in every layer", Double(measured[1]), .bytes)
  }

  /// The prompt in chunks of several lengths, then single tokens: the logits of one pass.
  private func checkRings(_ notebook: Notebook, _ experiment: Experiment) {
    let window = experiment.window
    let pieces = [3 * window + 5, window / 2, 1, 1, window, 1]
    let difference = notebook.step(
      "check-rings", "Read one text at once, and in chunks through the rings"
    ) {
      let model = Transformer(experiment.chosen, on: notebook.backend, seed: notebook.seed)
      let count = pieces.reduce(0, +)
      let tokens = (0..<count).map { Int32($0 * 37 % 251) }
      let cache = HybridCache(for: experiment.chosen, capacity: count, on: notebook.backend)
      func logits(_ tokens: ArraySlice<Int32>, _ cache: KeyValueCache?) -> [Float] {
        notebook.backend.read(
          model.logits(
            Array(tokens), batch: 1, tape: Tape(notebook.backend, isRecording: false), cache: cache
          ).value)
      }
      var (start, found) = (0, [Float]())
      for length in pieces {
        found += logits(tokens[start..<start + length], cache)
        start += length
      }
      return largestAbsoluteDifference(logits(tokens[...], nil), found)
    }
    notebook.claim(
      "ring-logits",
      "A logit changes by at most {} if the text is read in chunks through the rings",
      difference, atMost: 1e-5, from: .smoke, kind: .exact)
  }

  private func timeTokens(_ notebook: Notebook, _ experiment: Experiment) {
    let n = experiment.longest
    let configurations = [experiment.chosen, experiment.chosen.with(pattern: Causal())]
    let seconds = notebook.step(
      "time-token", "Time a token after \(Quantity.count.text(Double(n))) others"
    ) {
      let rounds = 9
      let decoders = configurations.map { configuration in
        let cache = HybridCache(
          for: configuration, capacity: n + (rounds + 1) * Self.tokensPerRound,
          on: notebook.backend)
        cache.fill(tokens: n, on: notebook.backend)
        return (Transformer(configuration, on: notebook.backend, seed: notebook.seed), cache)
      }
      return interleaved(decoders, rounds: rounds) { model, cache in
        let start = ContinuousClock.now
        for _ in 0..<Self.tokensPerRound {
          _ = notebook.backend.read(
            model.logits(
              [65], batch: 1, tape: Tape(notebook.backend, isRecording: false), cache: cache
            ).value)
        }
        return LessonKit.seconds(since: start) / Double(Self.tokensPerRound)
      }.map(median)
    }
    notebook.table(
      "token-times", columns: ["layers", "time per token"],
      rows: zip(["windows and a global layer", "every layer global"], seconds).map {
        [$0, Quantity.seconds.text($1, digits: 3)]
      },
      caption: """
        The same width and depth, weights that were not trained, and a cache that was filled without \
        reading a text. Medians of interleaved rounds.
        """)
    notebook.claim(
      "token-time",
      "A token after \(Quantity.count.text(Double(n))) others takes {} of the time that it takes if "
        + "every layer is global", seconds[0] / seconds[1], atMost: 0.5, as: .percent)
  }

  private static let tokensPerRound = 8
}
