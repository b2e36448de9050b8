import Autograd
import Corpora
import LessonKit
import SmallTransformer
import TensorCore

/// How the training windows of a streaming model begin.
enum FirstToken: String, CaseIterable, Codable {
  /// Any byte of the text.
  case any
  /// The same byte in every window.
  case fixed

  /// The first token of every window; nil for the text's own. Byte 0 does not occur in the text.
  var token: Int32? {
    switch self {
    case .any: nil
    case .fixed: 0
    }
  }
}

/// Which keys and values a stream keeps.
enum CachePolicy: String, CaseIterable, Codable {
  case everything
  case lastT = "last-t"
  case sinksAndLastT = "sinks-and-last-t"

  var name: String {
    switch self {
    case .everything: "everything"
    case .lastT: "last T"
    case .sinksAndLastT: "sinks and last T"
    }
  }
}

/// Texts that a model reads token by token, as one batch.
package struct Streams {
  /// Each of `length + 1` tokens.
  package let texts: [[Int32]]

  /// The windows, each with its first token replaced where one is given.
  package init(_ windows: [[Int32]], first: Int32?) {
    texts = windows.map { window in first.map { [$0] + window.dropFirst() } ?? window }
  }

  /// The mean loss at each position, in nats. `report` is called after each token with the share of
  /// tokens done.
  /// - Complexity: one pass of one token per position, over what the cache holds.
  package func losses(
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

/// How much attention each head gives to the first token of a text.
package struct FirstTokenAttention {
  /// Per layer and head: the mean attention of the queries in the second half of the text.
  package let shares: [[Double]]
  /// The share of a query that looks at all keys equally.
  package let uniformShare: Double

  package init(_ model: Transformer, _ texts: [[Int32]]) {
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

  /// The largest share of a head, relative to the uniform share.
  package var largestRatio: Double { (shares.joined().max() ?? 0) / uniformShare }
}

extension BatchSampler {
  /// The next batch, with the first token of every sequence replaced.
  mutating func next(first: Int32) -> (inputs: [Int32], targets: [Int32]) {
    let batch = next()
    var inputs = batch.inputs
    for start in Swift.stride(from: 0, to: inputs.count, by: length) { inputs[start] = first }
    return (inputs, batch.targets)
  }
}
