import Corpora
import TensorCore
import Testing

/// A text in which each byte gives its own position.
private let corpus = Corpus(name: "numbers", bytes: [UInt8](0..<250))

@Suite struct BatchSamplerTests {
  private func sampler(seed: UInt64, range: Range<Int>) throws -> BatchSampler {
    try BatchSampler(
      corpus: corpus, range: range, batchSize: 3, length: 4,
      generator: SeededGenerator(seed: seed))
  }

  @Test func targetsAreTheInputsOnePositionLater() throws {
    var sampler = try sampler(seed: 1, range: corpus.training)
    for _ in 0..<50 {
      let batch = sampler.next()
      #expect(batch.inputs.count == 12 && batch.batchSize == 3 && batch.length == 4)
      #expect(batch.targets == batch.inputs.map { $0 + 1 })
      for row in 0..<3 {
        let first = batch.inputs[4 * row]
        #expect(Array(batch.inputs[(4 * row)..<(4 * row + 4)]) == Array(first..<(first + 4)))
      }
    }
  }

  /// Every position of the range is drawn, with both ends, and no position outside it.
  @Test func everyPositionOfTheRangeIsDrawnAndNoOther() throws {
    var sampler = try sampler(seed: 2, range: 100..<110)
    var starts: Set<Int32> = []
    var last: Int32 = 0
    for _ in 0..<200 {
      let batch = sampler.next()
      for row in 0..<3 { starts.insert(batch.inputs[4 * row]) }
      last = max(last, batch.targets.max() ?? 0)
    }
    #expect(starts == Set(100...105))
    #expect(last == 109)
  }

  /// Compares the numbers themselves, so that the test fails on a machine that draws others.
  @Test func drawsAreTheSameOnEveryMachine() throws {
    var one = try sampler(seed: 7, range: corpus.training)
    let first = one.next()
    #expect([first.inputs[0], first.inputs[4], first.inputs[8]] == [154, 61, 185])
    var two = try sampler(seed: 7, range: corpus.training)
    _ = two.next()
    var copy = two
    let second = one.next()
    #expect(two.next() == second && copy.next() == second)
    var other = try sampler(seed: 8, range: corpus.training)
    #expect(other.next() != first)
  }

  @Test func tooShort() throws {
    #expect(throws: CorpusError.tooShort(text: "numbers", partBytes: 4, neededBytes: 5)) {
      try sampler(seed: 1, range: 10..<14)
    }
    var one = try sampler(seed: 1, range: 10..<15)
    #expect(one.next().targets == [11, 12, 13, 14, 11, 12, 13, 14, 11, 12, 13, 14])
  }
}

@Suite struct EvaluationWindowsTests {
  @Test func adjacentWindowsScoreEveryTargetOnce() throws {
    let windows = try EvaluationWindows(corpus: corpus, range: 225..<250, length: 8)
    try #require(windows.count == 3)
    #expect(windows.scoredPositions == 0..<8 && windows.scoredCount == 24)
    let batch = windows.batch(0..<3)
    #expect(batch.inputs == [Int32](225..<249))
    #expect(batch.targets == [Int32](226..<250))
    #expect(windows.batch(1..<2).inputs == [Int32](233..<241))
    #expect((0..<3).map(windows.scoredTargets) == [226..<234, 234..<242, 242..<250])
  }

  /// For all small sizes: scored targets are consecutive, start after the lead, are inside the part
  /// and equal those of the batch. No further window would fit.
  @Test func slidingWindowsScoreConsecutiveTargets() throws {
    for length in 1...6 {
      for stride in 1...length {
        for lead in (length - stride)...(length + 2) {
          for end in (101 + lead + stride)...120 {
            let windows = try EvaluationWindows(
              corpus: corpus, range: 100..<end, length: length, stride: stride, lead: lead)
            let scored = (0..<windows.count).flatMap { Array(windows.scoredTargets(of: $0)) }
            let trace = "length \(length), stride \(stride), lead \(lead), end \(end)"
            #expect(scored == Array((101 + lead)..<(101 + lead + scored.count)), "\(trace)")
            #expect((1 + lead + scored.count) + stride > end - 100, "\(trace)")
            #expect(windows.scoredCount == scored.count, "\(trace)")
            let batch = windows.batch(0..<windows.count)
            let targets = (0..<windows.count).flatMap { window in
              windows.scoredPositions.map { Int(batch.targets[window * length + $0]) }
            }
            #expect(targets == scored, "\(trace)")
            #expect(batch.inputs.min() ?? 0 >= 100 && targets.max() ?? 0 < end, "\(trace)")
          }
        }
      }
    }
  }

  @Test func equalLeadsScoreEqualTargetsAtEveryLength() throws {
    let targets = try [4, 8, 16].map { length in
      let windows = try EvaluationWindows(
        corpus: corpus, range: 0..<100, length: length, stride: 4, lead: 12, maximumCount: 5)
      return (0..<windows.count).map(windows.scoredTargets)
    }
    #expect(targets[0].count == 5 && targets[0] == targets[1] && targets[1] == targets[2])
    #expect(targets[0].first?.lowerBound == 13)
  }

  @Test func tooShort() {
    #expect(throws: CorpusError.tooShort(text: "numbers", partBytes: 8, neededBytes: 9)) {
      try EvaluationWindows(corpus: corpus, range: 0..<8, length: 8)
    }
    #expect(throws: CorpusError.tooShort(text: "numbers", partBytes: 0, neededBytes: 9)) {
      try EvaluationWindows(corpus: corpus, range: 0..<0, length: 8, stride: 1)
    }
  }
}
