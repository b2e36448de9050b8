import Autograd
import CPUBackend
import Corpora
import Foundation
import HundredThousandLesson
import LessonKit
import SmallTransformer
import TensorCore
import TestSupport
import Testing

/// The evaluation of long texts, for logits and models whose results are known.
@Suite struct MeasuringTests {
  private let backend: CPUBackend

  init() throws { backend = try CPUBackend(threadCount: 1) }

  /// Logits that name value 1 for every question, give the book's next byte the probability 1/2, and
  /// every byte after the middle of the text 1/4.
  @Test func lossesAndAnswersOfAText() throws {
    let task = PlantedFacts(keyCount: 4, valueCount: 2)
    var generator = SeededGenerator(seed: 2)
    let book = (0..<200).map { UInt8($0 % 90 + 30) }
    let text = task.exam(book[...], length: 100, &generator)
    let width = task.vocabularyCount
    // Probability p for one token, and the rest shared by the others.
    var logits = [Float](repeating: 0, count: text.inputs.count * width)
    for (place, target) in text.targets.enumerated() {
      let isAsked = text.questions.contains { $0.place == place }
      let token = isAsked ? task.answer(value: 1) : max(0, target)
      let p: Float = place < 50 ? 0.5 : 0.25
      // A token outside the answers is more likely still; a question has only the answers to choose
      // from.
      if isAsked { logits[place * width] = 9 }
      logits[place * width + Int(token)] = log(p / (1 - p) * Float(width - 1))
    }
    let found = task.evaluation(
      of: backend.tensor(logits, [1, text.inputs.count, width], .workspace), text, on: backend)

    #expect(found.losses.count == text.inputs.count)
    for (place, target) in text.targets.enumerated() {
      let wanted: Float = target < 0 || target >= 256 ? -1 : place < 50 ? log(2) : log(4)
      #expect(abs(found.losses[place] - wanted) < 1e-5, "position \(place)")
    }
    #expect(abs(found.meanLoss(0..<50) - log(2)) < 1e-5)
    #expect(abs(found.meanLoss(50..<1000) - log(4)) < 1e-5)
    let bytes = (
      Double(found.losses[..<50].count { $0 >= 0 }), Double(found.losses[50...].count { $0 >= 0 })
    )
    let mean = (bytes.0 * log(2) + bytes.1 * log(4)) / (bytes.0 + bytes.1)
    #expect(abs(found.meanLoss(0..<100) - mean) < 1e-5)

    // The questions are at the end; the depth of a statement is its position before them.
    let answers = task.answers(Array(logits[(96 * width)...]), to: text)
    #expect(answers.count == 4)
    for (answer, question) in zip(answers, text.questions) {
      #expect(answer.depth == Double(question.statement) / 96)
      let key = Int(text.inputs[question.place]) - 256 - 8
      let value = (Int(text.inputs[question.statement]) - 256) - 2 * key
      #expect((0...1).contains(value))
      #expect(answer.isRight == (value == 1))
    }
    #expect(Set(answers.map(\.isRight)).count == 2, "choose a seed with both values")
  }

  /// A model of bigrams gains nothing from context. So the loss of the last tenth is the same with
  /// all of the text before it and with little, if both are losses of the same bytes.
  @Test func theSameBytesWithAndWithoutContext() {
    let model = bigramModel(
      [[0.5, 0.25, 0.25], [0.125, 0.75, 0.125], [0.1, 0.1, 0.8]], on: backend)
    let text = testTokens(401, vocabularyCount: 3)
    let short = testTokens(33, vocabularyCount: 3)
    // T = 8: pieces of 8 tokens, of which the last 4 are scored, cover 360 ..< 400.
    let curve = PositionCurve(
      model, text: text, shortTexts: [short], edges: [0, 8, 32, 100, 400], trainedLength: 8)
    func mean(_ text: [Int32], _ positions: Range<Int>) -> Double {
      let table: [[Double]] = [[0.5, 0.25, 0.25], [0.125, 0.75, 0.125], [0.1, 0.1, 0.8]]
      return positions.reduce(0) { $0 - log(table[Int(text[$1])][Int(text[$1 + 1])]) }
        / Double(positions.count)
    }
    #expect(abs(curve.atTheEnd - mean(text, 360..<400)) < 1e-6)
    #expect(abs(curve.fromT - mean(text, 360..<400)) < 1e-6)
    #expect(abs(curve.ratio - 1) < 1e-6)
    let wanted = [
      mean(short, 0..<8), mean(short, 8..<32), mean(text, 32..<100), mean(text, 100..<400),
    ]
    for (found, wanted) in zip(curve.losses, wanted) { #expect(abs(found - wanted) < 1e-6) }
    #expect(curve.losses.count == 4)
  }

  static let workloads: [Workload] = {
    let plain = TransformerConfiguration.llama(
      vocabularyCount: 50, modelDim: 32, layerCount: 2, headCount: 4, kvHeadCount: 2)
    let windows = TransformerConfiguration.gpt(
      vocabularyCount: 50, modelDim: 32, layerCount: 3, headCount: 2
    ).with(pattern: Interleaved(window: 8, period: 3))
    return [plain, windows].flatMap { configuration in
      [
        Workload.Kind.prefill(keepsCache: false), .prefill(keepsCache: true),
        .trainingStep(.keepAll, .nothing),
      ].map { Workload(title: "", configuration: configuration, kind: $0, longest: 1000) }
    }
  }()

  /// FLOPs by formula and those that the backend counts.
  @Test(arguments: workloads.indices, [17, 64])
  func flopsOfAWorkload(index: Int, length: Int) {
    let workload = Self.workloads[index]
    let counting = CountingBackend(backend)
    let model = Transformer(workload.configuration, on: counting, seed: 1)
    let tokens = testTokens(length, vocabularyCount: 50)
    let (_, counts) = counting.flops.scope {
      guard case .trainingStep = workload.kind else {
        _ = model.logits(tokens, batch: 1, tape: Tape(counting, isRecording: false))
        return
      }
      let tape = Tape(counting)
      tape.backward(from: model.loss(tokens, targets: tokens, batch: 1, tape: tape))
    }
    let relative = workload.flops(length: length) / counts.multiplyAddFlops
    #expect(abs(relative - 1) < 1e-9, "\(relative)")
  }

  /// Recomputing every layer runs each forward pass once more.
  @Test func recomputationCostsOneMoreForwardPass() {
    func flops(_ kind: Workload.Kind) -> Double {
      Workload(
        title: "", configuration: Self.workloads[0].configuration, kind: kind, longest: 1000
      ).flops(length: 40)
    }
    let once = flops(.prefill(keepsCache: false))
    let (kept, again) = (
      flops(.trainingStep(.keepAll, .nothing)), flops(.trainingStep(.full, .full))
    )
    #expect(abs(again - kept - once) < 1e-6 * again)
  }
}
