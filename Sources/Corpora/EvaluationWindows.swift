/// Evaluation windows over a part of a text, in order, adjacent or overlapping.
///
/// Each window has `length` tokens, of which the targets of the last `stride` are scored; the next
/// window begins `stride` tokens later, so that each target is scored once:
///
///     stride = length   adjacent windows; the context of a token is 0 ..< length tokens long,
///                       by its position in the window
///     stride < length   sliding windows; every scored token has at least length - stride before it
///     stride = 1        fixed context, exactly `length` tokens for each scored target
///
/// The first `lead` targets of the part are not scored. With the same lead, at least
/// `length - stride` of the longest, windows of every length score the same targets.
public struct EvaluationWindows: Sendable {
  /// Tokens in a window.
  public let length: Int
  /// Scored targets in a window; the distance from one window to the next.
  public let stride: Int
  /// The number of windows.
  public let count: Int
  private let bytes: [UInt8]
  private let firstStart: Int

  /// - Parameters:
  ///   - corpus: The text.
  ///   - range: The positions of inputs and targets, such as `corpus.heldOut`.
  ///   - length: Tokens in a window.
  ///   - stride: Tokens scored in a window; `length` by default.
  ///   - lead: Targets left unscored at the start; `length - stride` by default.
  ///   - maximumCount: The largest number of windows; `count` is the actual one.
  /// - Throws: `CorpusError.tooShort` if no window fits.
  /// - Precondition: 1 ≤ stride ≤ length, lead ≥ length - stride, `maximumCount` is positive, and
  ///   `range` is within the text.
  public init(
    corpus: Corpus, range: Range<Int>, length: Int, stride: Int? = nil, lead: Int? = nil,
    maximumCount: Int = .max
  ) throws(CorpusError) {
    let stride = stride ?? length
    let lead = lead ?? length - stride
    precondition(
      1 <= stride && stride <= length && lead >= length - stride && maximumCount > 0,
      "windows: length \(length), stride \(stride), lead \(lead), at most \(maximumCount)")
    precondition(
      range.lowerBound >= 0 && range.upperBound <= corpus.bytes.count,
      "windows: the range \(range) is outside the text of \(corpus.bytes.count) bytes")
    let available = (range.count - 1 - lead) / stride
    guard range.count > lead, available > 0 else {
      throw .tooShort(text: corpus.name, partBytes: range.count, neededBytes: lead + stride + 1)
    }
    self.length = length
    self.stride = stride
    count = min(maximumCount, available)
    bytes = corpus.bytes
    firstStart = range.lowerBound + lead + stride - length
  }

  /// The positions in a window whose targets are scored.
  public var scoredPositions: Range<Int> { (length - stride)..<length }

  /// The number of scored targets of all windows.
  public var scoredCount: Int { count * stride }

  /// The positions in the text of the scored targets of one window.
  public func scoredTargets(of window: Int) -> Range<Int> {
    let end = firstStart + window * stride + length + 1
    return (end - stride)..<end
  }

  /// A batch of some of the windows.
  /// - Precondition: `windows` is within 0 ..< `count`.
  public func batch(_ windows: Range<Int>) -> Batch {
    precondition(
      windows.lowerBound >= 0 && windows.upperBound <= count,
      "windows \(windows) are not within 0 ..< \(count)")
    return Batch(bytes, starts: windows.map { firstStart + $0 * stride }, length: length)
  }
}
