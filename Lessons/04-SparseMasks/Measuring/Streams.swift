import Autograd
import Corpora
import Foundation
import LessonKit
import SmallTransformer
import TensorCore

/// What a head of a streaming model can put its unused attention on.
enum SinkKind: String, CaseIterable, Codable {
  /// Nothing of its own: the training windows begin with any byte of the text.
  case none
  /// The same first token in every window.
  case fixed
  /// A learned logit per head, without a token.
  case learned

  var name: String {
    switch self {
    case .none: "any first token"
    case .fixed: "fixed first token"
    case .learned: "learned sinks"
    }
  }

  /// The first token of every window; nil for the text's own. Byte 0 does not occur in the text.
  var token: Int32? { self == .fixed ? 0 : nil }

  /// What a stream keeps in the tests of this kind. Learned sinks are not in the cache.
  var policies: [CachePolicy] {
    self == .learned ? [.everything, .lastT] : [.everything, .lastT, .sinksAndLastT]
  }

  func configuration(_ experiment: Experiment) -> TransformerConfiguration {
    var configuration = experiment.textConfiguration.with(pattern: Causal())
    configuration.hasLearnedSinks = self == .learned
    return configuration
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

/// How much attention each head gives to the first token of a text, and to its learned sink.
package struct FirstTokenAttention: Codable {
  /// Per layer and head: the mean attention of the queries in the second half of the text.
  package let shares: [[Double]]
  /// The same for the learned sinks; 0 without them.
  package let sinkShares: [[Double]]
  /// The share of a query that looks at all keys equally.
  package let uniformShare: Double

  package init(_ model: Transformer, _ texts: [[Int32]]) {
    let (length, configuration) = (texts[0].count, model.configuration)
    let queries = length / 2..<length
    var (shares, sinkShares): ([[Double]], [[Double]]) = ([], [])
    for layer in 0..<configuration.layerCount {
      let sinks = model.parameters["blocks.\(layer).attention.sinks"]
        .map { model.backend.read($0.value) }
      var sums = [Double](repeating: 0, count: configuration.headCount)
      var sinkSums = sums
      for text in texts {
        let heads = model.heads(of: text, layer: layer)
        let maps = model.backend.empty(
          [1, configuration.headCount, length, length], .workspace)
        model.backend.attentionMap(
          queries: heads.views.queries, keys: heads.views.keys, into: maps, heads.problem)
        let map = model.backend.read(maps)
        let logSumExp = sinks.map { _ in model.backend.logSumExp(heads.views, heads.problem) }
        for head in 0..<configuration.headCount {
          for query in queries {
            // The map knows no sinks: they take their share of every row.
            let sink = Self.share(sinks?[head], logSumExp?[head * length + query])
            sinkSums[head] += sink
            sums[head] += (1 - sink) * Double(map[(head * length + query) * length])
          }
        }
      }
      let count = Double(texts.count * queries.count)
      shares.append(sums.map { $0 / count })
      sinkShares.append(sinkSums.map { $0 / count })
    }
    (self.shares, self.sinkShares) = (shares, sinkShares)
    uniformShare = queries.reduce(0) { $0 + 1 / Double($1 + 1) } / Double(queries.count)
  }

  /// The share that a sink takes of a softmax: exp(s) / (exp(s) + exp(ℓ)).
  private static func share(_ sink: Float?, _ logSumExp: Float?) -> Double {
    guard let sink, let logSumExp else { return 0 }
    return 1 / (1 + exp(Double(logSumExp - sink)))
  }

  /// The largest share of a head, relative to the uniform share.
  package var largestRatio: Double { (shares.joined().max() ?? 0) / uniformShare }
  /// The largest share of a learned sink.
  package var largestSinkShare: Double { sinkShares.joined().max() ?? 0 }
}

extension Backend {
  /// The log-sum-exp of each query's scores, `[heads, queries]`, of one sequence.
  fileprivate func logSumExp(_ views: PackedHeads, _ problem: AttentionProblem) -> [Float] {
    let sums = empty([1, problem.headCount, problem.queryLength], .workspace)
    let output = empty(
      [1, problem.queryLength, problem.headCount * problem.headDim], .workspace)
    attention(
      AttentionOperands(
        queries: views.queries, keys: views.keys, values: views.values,
        output: HeadView(packed: output, headDim: problem.headDim), logSumExp: sums), problem)
    return read(sums)
  }
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
