import LessonKit

/// The exercises whose functions this lesson can call in place of its own.
extension FlashTilingLesson {
  public static var runsWith: [String] {
    [
      onlineSoftmax.exercise, mergePartials.exercise, tiledAttention.exercise,
      attentionGradients.exercise,
    ]
  }

  static let onlineSoftmax = LearnerFunction<ScoreStream, LearnersTrace>("online-softmax")
  static let mergePartials = LearnerFunction<PartialPairs, [Partial]>("merge-partials")
  static let tiledAttention = LearnerFunction<TiledHead, TiledOutput>("tiled-attention")
  static let attentionGradients = LearnerFunction<BackwardHead, [[[Float]]]>("attention-gradients")
}

/// A stream of scores and their values.
struct ScoreStream: Encodable {
  let scores: [Float]
  let values: [[Float]]
}

/// The running maximum and sum of the learner's attention after each score, and its output after the
/// last one.
struct LearnersTrace: Decodable {
  let maxima: [Float]
  let sums: [Float]
  let output: [Float]
}

/// Attention of one query over a part of the keys.
struct Partial: Codable {
  var output: [Float]
  var logSumExp: Float
}

/// Two parts for each query, to be merged.
struct PartialPairs: Encodable {
  let first: [Partial]
  let second: [Partial]
}

/// One head, and the sizes of a tile.
struct TiledHead: Encodable {
  let queries: [[Float]]
  let keys: [[Float]]
  let values: [[Float]]
  let queryTile: Int
  let keyTile: Int
}

/// The output of causal attention in tiles, and the number of tiles that were loaded.
struct TiledOutput: Decodable {
  let output: [[Float]]
  let loadedTiles: Int
}

/// One head after the forward pass, and the gradient for its output. The answer has the gradients for
/// queries, keys and values.
struct BackwardHead: Encodable {
  let queries: [[Float]]
  let keys: [[Float]]
  let values: [[Float]]
  let output: [[Float]]
  let logSumExp: [Float]
  let outputGradient: [[Float]]
}

extension Matrix {
  /// The rows as arrays, for a learner's function.
  var asRows: [[Float]] {
    (0..<rows).map { Array(values[$0 * columns..<($0 + 1) * columns]) }
  }

  /// Whether rows from a learner's function have this shape.
  func hasShape(of other: [[Float]]) -> Bool {
    other.count == rows && other.allSatisfy { $0.count == columns }
  }
}

extension StreamTrace {
  /// The same stream through the learner's code, if there is any.
  ///
  /// With values that are all 0 except for a 1 at their own position, its output is the softmax
  /// weights.
  func computed(by attention: LearnersCode<ScoreStream, LearnersTrace>?) throws -> StreamTrace {
    guard let attention else { return self }
    let count = scores.count
    let values = (0..<count).map { row in (0..<count).map { Float($0 == row ? 1 : 0) } }
    let trace = try attention(ScoreStream(scores: scores, values: values)) {
      [$0.maxima, $0.sums, $0.output].allSatisfy { $0.count == count }
    }
    var other = self
    other.replace(maxima: trace.maxima, sums: trace.sums, weights: trace.output)
    return other
  }
}

extension TiledAttention {
  /// The forward pass with the learner's merge: each tile is attended alone, and the function joins
  /// it with the tiles before it. One call for each column of tiles.
  func forward(
    queries: Matrix, keys: Matrix, values: Matrix,
    merging merge: LearnersCode<PartialPairs, [Partial]>
  ) throws -> Result {
    let (length, width) = (queries.rows, values.columns)
    let nothing = Partial(output: [Float](repeating: 0, count: width), logSumExp: -.infinity)
    var whole = [Partial](repeating: nothing, count: length)
    var counts = (computed: 0, all: 0)
    for columns in tileRanges(of: length, size: tiles.keys) {
      var part = Result(
        output: Matrix(rows: length, columns: width),
        logSumExp: [Float](repeating: -.infinity, count: length))
      for rows in tileRanges(of: length, size: tiles.queries) {
        counts.all += 1
        if isCausal && columns.lowerBound >= rows.upperBound { continue }
        var block = QueryBlock(rows, of: queries, attention: self)
        block.absorb(columns, keys: keys, values: values)
        block.finish(into: &part)
        counts.computed += 1
      }
      let parts = (0..<length).map { row in
        Partial(
          output: Array(part.output.values[row * width..<(row + 1) * width]),
          logSumExp: part.logSumExp[row])
      }
      whole = try merge(PartialPairs(first: whole, second: parts)) {
        $0.count == length && $0.allSatisfy { $0.output.count == width }
      }
    }
    return Result(
      output: Matrix(rows: length, columns: width, values: whole.flatMap(\.output)),
      logSumExp: whole.map(\.logSumExp), computedTiles: counts.computed, allTiles: counts.all)
  }
}

extension TiledAttention {
  /// Causal attention by the learner's function, which decides what it loads.
  func forward(
    queries: Matrix, keys: Matrix, values: Matrix,
    by learners: LearnersCode<TiledHead, TiledOutput>
  ) throws -> Result {
    let answer = try learners(
      TiledHead(
        queries: queries.asRows, keys: keys.asRows, values: values.asRows,
        queryTile: tiles.queries, keyTile: tiles.keys)
    ) { values.hasShape(of: $0.output) }
    let length = queries.rows
    return Result(
      output: Matrix(rows: length, columns: values.columns, values: answer.output.flatMap { $0 }),
      logSumExp: [], computedTiles: answer.loadedTiles,
      allTiles: tileRanges(of: length, size: tiles.queries).count
        * tileRanges(of: length, size: tiles.keys).count)
  }

  /// The gradients of causal attention by the learner's function.
  static func gradients(
    outputGradient: Matrix, queries: Matrix, keys: Matrix, values: Matrix, saved: Result,
    by learners: LearnersCode<BackwardHead, [[[Float]]]>
  ) throws -> Gradients {
    let found = try learners(
      BackwardHead(
        queries: queries.asRows, keys: keys.asRows, values: values.asRows,
        output: saved.output.asRows, logSumExp: saved.logSumExp,
        outputGradient: outputGradient.asRows)
    ) { rows in
      rows.count == 3 && zip([queries, keys, values], rows).allSatisfy { $0.hasShape(of: $1) }
    }
    func matrix(_ rows: [[Float]], like other: Matrix) -> Matrix {
      Matrix(rows: other.rows, columns: other.columns, values: rows.flatMap { $0 })
    }
    return Gradients(
      queries: matrix(found[0], like: queries), keys: matrix(found[1], like: keys),
      values: matrix(found[2], like: values))
  }
}

/// The learner's functions for attention in tiles; nil for the lesson's own.
struct LearnersTiles {
  var merge: LearnersCode<PartialPairs, [Partial]>?
  /// Only for causal attention.
  var tiled: LearnersCode<TiledHead, TiledOutput>?
  var gradients: LearnersCode<BackwardHead, [[[Float]]]>?

  init(_ notebook: Notebook) {
    merge = notebook.learners(FlashTilingLesson.mergePartials)
    tiled = notebook.learners(FlashTilingLesson.tiledAttention)
    gradients = notebook.learners(FlashTilingLesson.attentionGradients)
  }
}
