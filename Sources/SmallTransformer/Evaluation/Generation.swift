import Autograd
import Foundation
import TensorCore

/// The sampling method: how the next token is chosen from its logits.
public enum Sampling: Sendable {
  /// The most likely token; in a tie the one with the lowest id.
  case greedy
  /// Sampled from `softmax(logits / temperature)`, among the `top` most likely tokens if given
  /// (top-k sampling).
  case random(temperature: Float, top: Int? = nil)

  /// The next token.
  /// - Precondition: the temperature is positive, `top` at least 1.
  public func choose(_ logits: ArraySlice<Float>, _ generator: inout SeededGenerator) -> Int32 {
    if case .greedy = self {
      let best = logits.indices.max { (logits[$0], $1) < (logits[$1], $0) }
      return Int32((best ?? logits.startIndex) - logits.startIndex)
    }
    let ranked = logits.enumerated().sorted {
      $0.element != $1.element ? $0.element > $1.element : $0.offset < $1.offset
    }
    guard case .random(let temperature, let top) = self, let best = ranked.first else {
      return Int32(ranked.first?.offset ?? 0)
    }
    precondition(
      temperature > 0 && top ?? 1 > 0,
      "sampling: temperature \(temperature), top \(top ?? 1); both must be positive")
    let candidates = ranked.prefix(top ?? ranked.count)
    let weights = candidates.map { exp(($0.element - best.element) / temperature) }
    var remaining = generator.uniform() * weights.reduce(0, +)
    for (candidate, weight) in zip(candidates, weights) {
      remaining -= weight
      if remaining < 0 { return Int32(candidate.offset) }
    }
    return Int32(best.offset)
  }
}

extension Transformer {
  /// The class with the largest logit at each place of `[batch · seq]` tokens, without a cache. Of
  /// equal ones it is the first.
  ///
  /// - Complexity: one forward pass.
  public func likeliestClasses(for tokens: [Int32], batch: Int) -> [Int32] {
    let tape = Tape(backend, isRecording: false)
    let logits = backend.read(logits(tokens, batch: batch, tape: tape).value)
    let classCount = logits.count / max(1, tokens.count)
    return tokens.indices.map { place in
      let row = logits[place * classCount..<(place + 1) * classCount]
      return Int32((row.indices.max { row[$0] < row[$1] } ?? row.startIndex) - row.startIndex)
    }
  }

  /// Continues a text by `count` tokens: a prefill of the prompt, then one decode step per token,
  /// with a KV cache.
  ///
  /// - Returns: the new tokens only.
  /// - Complexity: one forward pass over each token; memory for the cache.
  /// - Precondition: the prompt has at least one token.
  public func generate(
    after prompt: [Int32], count: Int, sampling: Sampling = .greedy, seed: UInt64 = 0
  ) -> [Int32] {
    precondition(!prompt.isEmpty, "generate: the prompt is empty")
    guard count > 0 else { return [] }
    var generator = SeededGenerator(seed: seed, stream: "sampling")
    let cache = KeyValueCache(for: configuration, capacity: prompt.count + count, on: backend)
    var result: [Int32] = []
    var next = prompt
    while result.count < count {
      let tape = Tape(backend, isRecording: false)
      let logits = backend.read(nextLogits(next, batch: 1, tape: tape, cache: cache).value)
      let token = sampling.choose(logits[...], &generator)
      result.append(token)
      next = [token]
    }
    return result
  }
}
