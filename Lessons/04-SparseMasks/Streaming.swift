import Autograd
import Corpora
import SmallTransformer
import TensorCore

/// Texts that run past a model token by token, side by side, and what it loses on each.
struct Streams {
  /// Each `length + 1` tokens.
  let texts: [[Int32]]

  /// Windows of the held-out text, each beginning with `first` where it is given.
  init(_ windows: [[Int32]], first: Int32?) {
    texts = windows.map { window in first.map { [$0] + window.dropFirst() } ?? window }
  }

  /// Mean loss at each position, in nats, with a cache.
  /// - Complexity: one pass of one token a position, over what the cache holds.
  func losses(
    _ model: Transformer, _ cache: KeyValueCache, report: (Double) -> Void = { _ in }
  ) -> [Double] {
    let length = texts[0].count - 1
    return (0..<length).map { place in
      let tape = Tape(model.backend, isRecording: false)
      let logits = model.logits(
        texts.map { $0[place] }, batch: texts.count, tape: tape, cache: cache)
      let losses = tape.tokenLosses(logits, targets: texts.map { $0[place + 1] })
      report(Double(place + 1) / Double(length))
      return losses.reduce(0) { $0 + Double($1) } / Double(texts.count)
    }
  }
}

/// How much of their attention tokens give to the first token of the text.
struct SinkReading {
  /// For each layer and head, the mean over the queries of the last half.
  let shares: [[Double]]
  /// What a query that looks at all alike would give it.
  let uniformShare: Double

  init(_ model: Transformer, _ texts: [[Int32]]) {
    let length = texts[0].count
    let queries = length / 2..<length
    shares = (0..<model.configuration.layerCount).map { layer in
      var sums = [Double](repeating: 0, count: model.configuration.headCount)
      for text in texts {
        for (head, map) in model.attentionMaps(text, layer: layer).enumerated() {
          sums[head] += queries.reduce(0) { $0 + Double(map[$1 * length]) }
        }
      }
      return sums.map { $0 / Double(texts.count * queries.count) }
    }
    uniformShare = queries.reduce(0) { $0 + 1 / Double($1 + 1) } / Double(queries.count)
  }

  var largest: Double { shares.joined().max() ?? 0 }
  var mean: Double {
    let all = Array(shares.joined())
    return all.reduce(0, +) / Double(all.count)
  }
}

extension BatchSampler {
  /// The next batch with the same first token in every sequence: something to come back to.
  mutating func next(first: Int32) -> (inputs: [Int32], targets: [Int32]) {
    let batch = next()
    var inputs = batch.inputs
    for start in Swift.stride(from: 0, to: inputs.count, by: length) { inputs[start] = first }
    return (inputs, batch.targets)
  }
}
