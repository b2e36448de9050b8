import Autograd
import SmallTransformer
import TensorCore

/// Blocks of keys that each block of queries chooses by their content: those with the highest scores,
/// and its own block. Every block of keys is represented by one or two vectors, so that the choice
/// costs a part of the attention that it saves.
package struct ChosenBlocks: ContentPattern {
  /// How a block of keys is scored for a query q.
  package enum Score: String, CaseIterable, Codable, Sendable {
    /// q · mean of the keys (Yuan et al., 2025: NSA, without its learned compression).
    case mean
    /// Σ max(q · least key, q · largest key), element by element: no key of the block scores higher
    /// (Tang et al., 2024: Quest).
    case bound
  }

  let score: Score
  let blockSize: Int
  /// Blocks that a row of blocks keeps, its own included.
  let count: Int

  package init(by score: Score, blockSize: Int, count: Int) {
    precondition(blockSize > 0 && count > 0, "chosen blocks: \(count) blocks of \(blockSize)")
    (self.score, self.blockSize, self.count) = (score, blockSize, count)
  }

  package var name: String { "\(count) blocks by \(score.rawValue)" }
  package var identity: String { "\(count) blocks of \(blockSize) by \(score.rawValue)" }

  package func blocks(
    of heads: PackedHeads, _ problem: AttentionProblem, on backend: any Backend
  ) -> BlockList {
    let (length, rows) = (problem.queryLength, (problem.queryLength + blockSize - 1) / blockSize)
    var best = [Float](repeating: -.infinity, count: rows * rows)
    func read(_ view: HeadView, _ head: Int) -> [Float] {
      view.rows(length: length, head: head, headDim: problem.headDim, on: backend)
    }
    for head in 0..<problem.headCount {
      let scores = scores(
        queries: read(heads.queries, head), keys: read(heads.keys, problem.kvHead(of: head)),
        length, problem.headDim, on: backend)
      for query in 0..<length {
        for block in 0...query / blockSize {
          let at = query / blockSize * rows + block
          best[at] = max(best[at], scores[query * rows + block])
        }
      }
    }
    return BlockList(
      blockSize: blockSize,
      keptKeyBlocks: (0..<rows).map { row in
        let earlier = (0..<row).sorted { best[row * rows + $0] > best[row * rows + $1] }
        return earlier.prefix(count - 1).sorted() + [row]
      })
  }

  /// The score of every block for every query, `[length, blocks]`: one matrix product of features of
  /// the queries and summaries of the blocks.
  func scores(
    queries: [Float], keys: [Float], _ length: Int, _ dim: Int, on backend: any Backend
  ) -> [Float] {
    let features = score == .mean ? queries : signs(of: queries, length, dim)
    let width = features.count / length
    let summaries = summaries(of: keys, length, dim)  // [width, blocks]
    let tape = Tape(backend, isRecording: false)
    return backend.read(
      tape.linear(
        Variable(backend.tensor(features, [length, width], .workspace)),
        Variable(backend.tensor(summaries, [width, summaries.count / width], .workspace))
      ).value)
  }

  /// The positive and the negative part of each query, `[length, 2 · dim]`: a positive element scores
  /// highest with the largest key, a negative one with the least.
  private func signs(of queries: [Float], _ length: Int, _ dim: Int) -> [Float] {
    (0..<length).flatMap { query in
      let row = queries[query * dim..<(query + 1) * dim]
      return row.map { max($0, 0) } + row.map { min($0, 0) }
    }
  }

  /// The mean key of each block, or its largest and its least element, `[dim or 2 · dim, blocks]`.
  private func summaries(of keys: [Float], _ length: Int, _ dim: Int) -> [Float] {
    let blocks = (length + blockSize - 1) / blockSize
    let width = score == .mean ? dim : 2 * dim
    var found = [Float](repeating: 0, count: width * blocks)
    for block in 0..<blocks {
      let tokens = block * blockSize..<min(length, (block + 1) * blockSize)
      for element in 0..<dim {
        var (sum, largest, least) = (Float(0), -Float.infinity, Float.infinity)
        for token in tokens {
          let key = keys[token * dim + element]
          (sum, largest, least) = (sum + key, max(largest, key), min(least, key))
        }
        if score == .mean {
          found[element * blocks + block] = sum / Float(tokens.count)
        } else {
          found[element * blocks + block] = largest
          found[(dim + element) * blocks + block] = least
        }
      }
    }
    return found
  }
}

extension HeadView {
  /// The tokens of one head in a packed tensor `[1, seq, width]`, `[length · headDim]`.
  fileprivate func rows(
    length: Int, head: Int, headDim: Int, on backend: any Backend
  ) -> [Float] {
    let elements = backend.read(tensor)
    var found: [Float] = []
    found.reserveCapacity(length * headDim)
    for token in 0..<length {
      let start = offset + token * seqStride + head * headStride
      found += elements[start..<start + headDim]
    }
    return found
  }
}
