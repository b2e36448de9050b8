import LessonKit
import SmallTransformer

/// The exercises whose functions this lesson can call in place of its own.
extension PositionsLesson {
  public static var runsWith: [String] {
    [alibiBias.exercise, rotatePairs.exercise, yarnFrequencies.exercise]
  }

  static let alibiBias = LearnerFunction<BiasCall, [[Float]]>("alibi-bias")
  static let rotatePairs = LearnerFunction<RotationCall, [[Double]]>("rotate-pairs")
  static let yarnFrequencies = LearnerFunction<YaRNCall, [Double]>("yarn-frequencies")
}

/// One head of ALiBi. The answer is its bias, `[query][key]`, or only the row of the last query.
struct BiasCall: Encodable {
  let length: Int
  let head: Int
  let headCount: Int
  var lastRowOnly = false
}

/// Queries or keys with their positions. The answer has the rotated ones.
struct RotationCall: Encodable {
  let vectors: [[Double]]
  let positions: [Int]
}

/// A longer text for a trained RoPE model. The answer has its frequencies.
struct YaRNCall: Encodable {
  let headDim: Int
  let base: Double
  let factor: Double
  let trainedLength: Int
  let slow: Double
  let fast: Double
}

/// YaRN with the learner's frequencies.
struct LearnersYaRN: RotaryScaling {
  private let yarn: YaRN
  private let found: [Double]

  init(
    _ yarn: YaRN, base: Double, headDim: Int, by learners: LearnersCode<YaRNCall, [Double]>
  ) throws {
    self.yarn = yarn
    let call = YaRNCall(
      headDim: headDim, base: base, factor: yarn.factor, trainedLength: yarn.trainedLength,
      slow: yarn.alpha, fast: yarn.beta)
    found = try learners(call) { $0.count == headDim / 2 }
  }

  var name: String { yarn.name + ", yours" }
  var identity: String { "learner's \(found)" }
  var magnitude: Double { yarn.magnitude }

  func frequencies(_ unscaled: [Double], base: Double, headDim: Int) -> [Double] { found }
}

extension LearnersCode where Call == BiasCall, Answer == [[Float]] {
  /// The bias of each head by distance: the last row of a text of `longest` + 1 tokens.
  func lines(headCount: Int, longest: Int) throws -> [BiasLine] {
    try (0..<headCount).map { head in
      let call = BiasCall(
        length: longest + 1, head: head, headCount: headCount, lastRowOnly: true)
      let rows = try self(call) { $0.count == 1 && $0[0].count == longest + 1 }
      return BiasLine(name: "head \(head)", values: rows[0].reversed().map(Double.init))
    }
  }

  func bias(length: Int, head: Int, headCount: Int) throws -> [[Float]] {
    try self(BiasCall(length: length, head: head, headCount: headCount)) {
      $0.count == length && $0.allSatisfy { $0.count == length }
    }
  }
}

extension LearnersCode where Call == RotationCall, Answer == [[Double]] {
  func rotated(_ vectors: [[Double]], positions: [Int]) throws -> [[Double]] {
    try self(RotationCall(vectors: vectors, positions: positions)) {
      $0.count == vectors.count && zip($0, vectors).allSatisfy { $0.count == $1.count }
    }
  }

  /// What each pair adds to the score of two equal vectors at each offset: the cosine of its angle,
  /// which is what rotating a 1 leaves at its place.
  func cosines(headDim: Int, offsets: Int) throws -> [[Float]] {
    try (0..<headDim / 2).map { pair in
      let one = (0..<headDim).map { $0 == pair ? 1.0 : 0 }
      return try rotated(
        [[Double]](repeating: one, count: offsets), positions: Array(0..<offsets)
      ).map { Float($0[pair]) }
    }
  }
}
