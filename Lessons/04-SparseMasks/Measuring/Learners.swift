import LessonKit
import SmallTransformer

/// The exercises whose functions this lesson can call in place of its own.
extension SparseMasksLesson {
  public static var runsWith: [String] { [windowMask.exercise, stridedKeys.exercise] }

  static let windowMask = LearnerFunction<WindowCall, [[Bool]]>("window-mask")
  static let stridedKeys = LearnerFunction<StrideCall, [[Int]]>("strided-mask")

  /// The patterns of the lesson, with the learner's window and the learner's stride in place of the
  /// lesson's if the run has them; for texts of `length` tokens.
  func withLearners(
    _ patterns: Keyed<Mask, any SparsePattern>, _ notebook: Notebook, length: Int
  ) throws -> Keyed<Mask, any SparsePattern> {
    let window = notebook.learners(Self.windowMask)
    let stride = notebook.learners(Self.stridedKeys)
    return try patterns.mapValues { mask, pattern in
      if let window, let call = WindowCall(pattern, length: length) {
        let rows = try window(call) {
          $0.count == length && $0.allSatisfy { $0.count == length }
        }
        return LearnersPattern(
          pattern.name, keys: rows.map { row in row.indices.filter { row[$0] } })
      }
      if let stride, let own = pattern as? Strided {
        let keys = try stride(StrideCall(length: length, stride: own.stride)) {
          $0.count == length && $0.allSatisfy { $0.allSatisfy { (0..<length).contains($0) } }
        }
        return LearnersPattern(own.name, keys: keys)
      }
      return pattern
    }
  }
}

/// A sliding window, with sinks or without, for the last tokens of a text. The answer is the mask,
/// `[query][key]`.
struct WindowCall: Encodable {
  let queryCount: Int
  let keyCount: Int
  let window: Int
  let sinkCount: Int

  /// For all tokens of a text; nil if the pattern is another one.
  init?(_ pattern: any SparsePattern, length: Int) {
    switch pattern {
    case let pattern as SlidingWindow: (window, sinkCount) = (pattern.length, 0)
    case let pattern as SinksAndWindow:
      (window, sinkCount) = (pattern.windowLength, pattern.sinkCount)
    default: return nil
    }
    (queryCount, keyCount) = (length, length)
  }
}

/// A strided mask. The answer has the keys of each query.
struct StrideCall: Encodable {
  let length: Int
  let stride: Int
}

/// A pattern from the keys of each query, as the learner's function gave them.
struct LearnersPattern: SparsePattern {
  let name: String
  private let ranges: [[Range<Int>]]

  init(_ name: String, keys: [[Int]]) {
    self.name = name + ", yours"
    ranges = keys.map { joinedRanges($0.map { $0..<$0 + 1 }) }
  }

  var identity: String { "learner's \(ranges)" }

  func keys(of query: Int) -> [Range<Int>] { ranges[query] }
}
