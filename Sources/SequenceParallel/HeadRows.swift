import Foundation
import TensorCore

// What ranks do with rows of heads besides the kernels of a backend: views of runs, sums, merging. The
// tensors are in main memory. The work is linear in the length, where attention is quadratic.

extension HeadView {
  /// The tokens from `token` on, every `stride`-th of them.
  func from(token: Int, stride: Int = 1) -> HeadView {
    HeadView(
      tensor, offset: offset + token * seqStride, batchStride: batchStride,
      seqStride: seqStride * stride, headStride: headStride)
  }

  /// The heads from `head` on.
  func from(head: Int) -> HeadView {
    HeadView(
      tensor, offset: offset + head * headStride, batchStride: batchStride, seqStride: seqStride,
      headStride: headStride)
  }

  func row(batch: Int, token: Int, head: Int) -> UnsafeMutablePointer<Float> {
    tensor.hostPointer + offset + batch * batchStride + token * seqStride + head * headStride
  }
}

/// The rows of some heads and tokens: the sizes of a loop over a view.
struct HeadRows {
  let batchCount: Int
  let tokenCount: Int
  let headCount: Int
  let headDim: Int

  /// Calls `body` with the sequence, the token and the head of each row.
  private func forEach(_ body: (Int, Int, Int) -> Void) {
    for batch in 0..<batchCount {
      for token in 0..<tokenCount {
        for head in 0..<headCount { body(batch, token, head) }
      }
    }
  }

  func setZero(_ target: HeadView) {
    forEach { batch, token, head in
      target.row(batch: batch, token: token, head: head).update(repeating: 0, count: headDim)
    }
  }

  func add(_ source: HeadView, to target: HeadView) {
    forEach { batch, token, head in
      let from = source.row(batch: batch, token: token, head: head)
      let to = target.row(batch: batch, token: token, head: head)
      for d in 0..<headDim { to[d] += from[d] }
    }
  }

  func copy(_ source: HeadView, to target: HeadView) {
    forEach { batch, token, head in
      target.row(batch: batch, token: token, head: head).update(
        from: source.row(batch: batch, token: token, head: head), count: headDim)
    }
  }

  /// Merges the attention of these queries for some keys into their attention for other keys.
  ///
  /// With ℓ the log-sum-exp and O the output for all keys so far, and ℓ′ and O′ for the new ones:
  /// `w = exp(ℓ′) / (exp(ℓ) + exp(ℓ′))`, `O ← O + w·(O′ − O)`, `ℓ ← log(exp(ℓ) + exp(ℓ′))`. The
  /// exponentials are of differences to the larger of both, so none overflows. A part without
  /// visible keys has ℓ = −∞ and changes nothing. (Milakov and Gimelshein, 2018.)
  ///
  /// - Parameters:
  ///   - partial: output for the new keys, `[B, Q, H, D]`.
  ///   - partialLogSumExp: `[B, H, Q]`
  ///   - output: changed, `[B, Q, H, D]`.
  ///   - logSumExp: changed, `[B, H, Q]`.
  func merge(
    _ partial: HeadView, _ partialLogSumExp: Tensor, into output: HeadView, _ logSumExp: Tensor
  ) {
    let (new, total) = (partialLogSumExp.hostPointer, logSumExp.hostPointer)
    forEach { batch, token, head in
      let index = (batch * headCount + head) * tokenCount + token
      let largest = max(new[index], total[index])
      guard largest > -.infinity else { return }
      let (a, b) = (exp(total[index] - largest), exp(new[index] - largest))
      let weight = b / (a + b)
      let from = partial.row(batch: batch, token: token, head: head)
      let to = output.row(batch: batch, token: token, head: head)
      for d in 0..<headDim { to[d] += weight * (from[d] - to[d]) }
      total[index] = largest + log(a + b)
    }
  }
}

extension Tensor {
  /// Adds a value per head to `[batch, heads, queries]`.
  func add(perHead offsets: [Float], batch: Int) {
    let width = count / (batch * offsets.count)
    for row in 0..<batch * offsets.count {
      let start = hostPointer + row * width
      for index in 0..<width { start[index] += offsets[row % offsets.count] }
    }
  }
}
