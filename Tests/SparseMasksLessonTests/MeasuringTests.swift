import CPUBackend
import Corpora
import Foundation
import SmallTransformer
import SparseMasksLesson
import TensorCore
import TestSupport
import Testing

/// Recall by gap, losses of streams and attention to the first token, for models whose answers,
/// losses and attention are known.
@Suite struct MeasuringTests {
  private let backend: CPUBackend

  init() throws { backend = try CPUBackend(threadCount: 1) }

  /// A model that answers every question with the value 1, and a count of the right answers from
  /// the texts themselves.
  @Test(arguments: [8, 64, 70])
  func recallByGap(sequences: Int) {
    let task = AssociativeRecall(keyCount: 3, valueCount: 2, length: 30)
    let logits = (0..<task.vocabularyCount).map { $0 == 1 ? Float(1) : 0 }
    let model = knownModel(
      [logits, logits], vocabularyCount: task.vocabularyCount, on: backend
    ) { _ in 0 }
    let found = RecallByGap(model, task, SlidingWindow(3), sequences: sequences, seed: 9)

    // 70 sequences are two batches of 32.
    let count = min(sequences, 64)
    var generator = SeededGenerator(seed: 9, stream: "recall, held out")
    let inputs = task.batch(count, &generator).inputs
    var (asked, right): ([Int: Int], [Int: Int]) = ([:], [:])
    for place in inputs.indices where inputs[place] >= 6 {
      let start = place / 30 * 30
      let key = inputs[place] - 6
      guard let last = (start..<place).last(where: { inputs[$0] / 2 == key && inputs[$0] < 6 })
      else { continue }
      asked[place - last, default: 0] += 1
      if inputs[last] % 2 == 1 { right[place - last, default: 0] += 1 }
    }
    #expect(found.asked == asked && found.right == right)
    // A window of 3 shows what is one or two tokens back.
    #expect(found.shown == asked.filter { $0.key < 3 })
    #expect(found.directAccuracy(1...2, chance: 0.5) == 1)
    #expect(found.directAccuracy(3...30, chance: 0.5) == 0.5)
    #expect(asked.keys.contains(1))

    let near = found.accuracy(1...2)
    let (nearAsked, nearRight) = (
      (asked[1] ?? 0) + (asked[2] ?? 0), (right[1] ?? 0) + (right[2] ?? 0)
    )
    #expect(near == Double(nearRight) / Double(nearAsked))
    #expect(found.accuracy(30...100) == nil)
    let often = asked.filter { $0.value >= 5 }.keys.sorted()
    #expect(found.gaps(askedAtLeast: 5) == often)
  }

  /// Two layers with a window of 5 reach 8 tokens back.
  @Test func gapsOfAWindow() {
    #expect(GapBand.visible.gaps(window: 5, layers: 2, length: 40) == 1...4)
    #expect(GapBand.relayed.gaps(window: 5, layers: 2, length: 40) == 5...8)
    #expect(GapBand.outOfReach.gaps(window: 5, layers: 2, length: 40) == 9...40)
  }

  /// The mean over the texts of the loss at each position.
  @Test func lossesOfStreams() {
    let model = bigramModel(
      [[0.5, 0.25, 0.25], [0.125, 0.75, 0.125], [0.1, 0.1, 0.8]], on: backend)
    let streams = Streams([[0, 1, 2, 2], [2, 2, 0, 0]], first: nil)
    func losses(_ streams: Streams) -> [Double] {
      streams.losses(
        model, KeyValueCache(for: model.configuration, batch: 2, capacity: 3, on: backend))
    }
    // 1 / probability of the two texts: 4 and 1.25, 8 and 10, 1.25 and 2.
    expectMeans(losses(streams), ofOdds: [(4, 1.25), (8, 10), (1.25, 2)])
    let fixed = Streams([[0, 1, 2, 2], [2, 2, 0, 0]], first: 1)
    #expect(fixed.texts == [[1, 1, 2, 2], [1, 2, 0, 0]])
    expectMeans(losses(fixed), ofOdds: [(4.0 / 3, 8), (8, 10), (1.25, 2)])
  }

  /// Query i of a model without scores gives each of its keys 1/(i + 1). The second half counts.
  @Test func attentionToTheFirstToken() {
    let uniform = FirstTokenAttention(
      bigramModel([[0.5, 0.5], [0.5, 0.5]], on: backend), [[0, 1, 1, 0], [1, 1, 0, 0]])
    #expect(abs(uniform.uniformShare - (1.0 / 3 + 1.0 / 4) / 2) < 1e-12)
    #expect(uniform.shares.count == 1 && uniform.shares[0].count == 1)
    #expect(abs(uniform.shares[0][0] - uniform.uniformShare) < 1e-6)
    #expect(abs(uniform.largestRatio - 1) < 1e-5)
    #expect(uniform.largestSinkShare == 0)
  }

  /// A learned sink with the logit log 2 counts as two more keys of a model without scores.
  @Test func attentionToALearnedSink() throws {
    var configuration = TransformerConfiguration.gpt(
      vocabularyCount: 2, modelDim: 2, layerCount: 1, headCount: 1, positions: NoPositions())
    configuration.hasLearnedSinks = true
    let model = Transformer(configuration, on: backend, seed: 1)
    for parameter in model.parameters.all where parameter.name.contains("attention") {
      let value = parameter.name.hasSuffix("sinks") ? log(Float(2)) : 0
      backend.write([Float](repeating: value, count: parameter.value.count), to: parameter.value)
    }
    let found = FirstTokenAttention(model, [[0, 1, 1, 0]])
    // Queries 2 and 3 have 3 and 4 keys.
    #expect(abs(found.shares[0][0] - (1.0 / 5 + 1.0 / 6) / 2) < 1e-6)
    #expect(abs(found.sinkShares[0][0] - (2.0 / 5 + 2.0 / 6) / 2) < 1e-6)
  }

  private func expectMeans(
    _ found: [Double], ofOdds odds: [(Double, Double)],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let expected = odds.map { log($0.0 * $0.1) / 2 }
    let isClose =
      found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 }
    #expect(isClose, "\(found), not \(expected)", sourceLocation: sourceLocation)
  }
}
