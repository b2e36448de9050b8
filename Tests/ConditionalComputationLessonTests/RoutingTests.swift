import Autograd
import CPUBackend
import ConditionalComputationLesson
import Corpora
import Foundation
import SmallTransformer
import TensorCore
import TestSupport
import Testing

@Suite struct RoutingTests {
  private let backend: CPUBackend

  init() throws { backend = try CPUBackend(threadCount: 2) }

  private func configuration(
    _ blocks: any BlockScheme, layers: Int = 2, bidirectional: Bool = false
  ) -> TransformerConfiguration {
    var configuration = TransformerConfiguration.gpt(
      vocabularyCount: 40, modelDim: 32, layerCount: layers, headCount: 2, positions: Sinusoidal())
    configuration.blocks = blocks
    configuration.embeddingInitStd = 1
    return bidirectional ? configuration.with(pattern: Bidirectional()) : configuration
  }

  private func logits(_ model: Transformer, _ tokens: [Int32], batch: Int = 1) -> [Float] {
    let tape = Tape(backend, isRecording: false)
    return backend.read(model.logits(tokens, batch: batch, tape: tape).value)
  }

  private var tokens: [Int32] { (0..<32).map { Int32($0 * 11 % 40) } }

  @Test func fullCapacityEqualsDense() throws {
    func model(_ branches: LightHeavy.Branches) throws -> Transformer {
      let scheme = try LightHeavy(
        lightDim: 4, heavyDim: 48, capacity: 1, rule: .everyNth, branches: branches,
        attention: .init(lightHeads: 1, heavyHeads: 2, window: 4))
      return Transformer(configuration(scheme, bidirectional: true), on: backend, seed: 3)
    }
    let found = difference(
      logits(try model(.routed), tokens, batch: 2), logits(try model(.allHeavy), tokens, batch: 2),
      .kernel)
    #expect(found.isWithin, "\(found)")
  }

  @Test func everyTokenThroughEveryBlockEqualsTheDenseModel() throws {
    let routed = Transformer(
      configuration(try MixtureOfDepths(capacity: 1, rule: .everyNth), layers: 4), on: backend,
      seed: 3)
    let dense = Transformer(configuration(DenseBlocks(), layers: 4), on: backend, seed: 3)
    let found = difference(
      logits(routed, tokens, batch: 2), logits(dense, tokens, batch: 2), .sums)
    #expect(found.isWithin, "\(found)")
  }

  @Test(arguments: [0.0, -0.5, 1.5, .nan])
  func capacitiesOutOfRangeAreRefused(capacity: Double) {
    #expect(throws: CapacityError.self) {
      try MixtureOfDepths(capacity: capacity, rule: .learned)
    }
    do {
      _ = try LightHeavy(lightDim: 1, heavyDim: 1, capacity: capacity, rule: .learned)
    } catch {
      #expect("\(error)".contains("above 0 and at most 1"))
    }
  }

  @Test func pickedRowsAscendAndEverySequenceHasEquallyMany() throws {
    let recorder = RoutingRecorder()
    let model = Transformer(
      configuration(try MixtureOfDepths(capacity: 0.25, rule: .random, recorder: recorder)),
      on: backend, seed: 3)
    _ = logits(model, tokens, batch: 2)
    let rows = try #require(recorder.routings.first).rows
    #expect(recorder.routings.map(\.layer) == [1])
    #expect(rows == rows.sorted() && Set(rows).count == 8)
    #expect(rows.filter { $0 < 16 }.count == 4)
  }

  /// A token that skips the only routed block leaves it unchanged.
  @Test func tokensThatAreNotRoutedAreUnchanged() throws {
    let recorder = RoutingRecorder()
    let half = Transformer(
      configuration(try MixtureOfDepths(capacity: 0.5, rule: .everyNth, recorder: recorder)),
      on: backend,
      seed: 3)
    let none = Transformer(configuration(DenseBlocks(), layers: 1), on: backend, seed: 3)
    for parameter in none.parameters.all {
      if let source = half.parameters[parameter.name] {
        backend.write(backend.read(source.value), to: parameter.value)
      }
    }
    let (a, b) = (logits(half, tokens), logits(none, tokens))
    let routed = Set(recorder.routings.flatMap(\.rows))
    for row in tokens.indices {
      let range = row * 40..<(row + 1) * 40
      #expect((Array(a[range]) == Array(b[range])) == !routed.contains(Int32(row)), "row \(row)")
    }
  }

  @Test func aLaterTokenChangesEarlierOutputsWithTopKButNotWithAThreshold() throws {
    func change(_ rule: RoutingRule) throws -> Double {
      let scheme = try MixtureOfDepths(capacity: 0.25, rule: rule)
      let model = Transformer(configuration(scheme), on: backend, seed: 3)
      // The output of an untrained block is too small to change anything.
      for parameter in model.parameters.all where parameter.name.hasPrefix("blocks.1.") {
        let values = backend.read(parameter.value).map { $0 * 10 }
        backend.write(values, to: parameter.value)
      }
      if let router = model.parameters["blocks.1.router"] {
        backend.write(testValues(32, "router"), to: router.value)
      }
      // Compare the first half of the outputs while the second half of the tokens changes.
      let before = 16 * 40
      let original = logits(model, tokens).prefix(before)
      return (0..<20).map { number in
        var other = tokens
        for position in 16..<32 { other[position] = Int32((position * 7 + number * 3) % 40) }
        return zip(original, logits(model, other)).map { Double(abs($0 - $1)) }.max() ?? 0
      }.max() ?? 0
    }
    #expect(try change(.learned) > 1e-4)
    #expect(try change(.threshold([0, 0])) < 1e-6)
  }

  /// Where no token of a text passes, the block is left out. If the best token took it instead, a
  /// later one could displace it.
  @Test func thresholdsThatNoTokenPassesLeaveTheBlockOut() throws {
    for threshold: Float in [1e6, .infinity] {
      let scheme = try MixtureOfDepths(capacity: 0.25, rule: .threshold([0, threshold]))
      let routed = Transformer(configuration(scheme), on: backend, seed: 3)
      let short = Transformer(configuration(DenseBlocks(), layers: 1), on: backend, seed: 3)
      for parameter in short.parameters.all {
        if let source = routed.parameters[parameter.name] {
          backend.write(backend.read(source.value), to: parameter.value)
        }
      }
      #expect(logits(routed, tokens) == logits(short, tokens))
    }
    let scheme = try LightHeavy(
      lightDim: 4, heavyDim: 16, capacity: 0.25, rule: .threshold([1e6]),
      attention: .init(lightHeads: 1, heavyHeads: 2, window: 5))
    var light = scheme
    light.branches = .allLight
    func model(_ scheme: LightHeavy) -> Transformer {
      Transformer(configuration(scheme, layers: 1, bidirectional: true), on: backend, seed: 3)
    }
    #expect(logits(model(scheme), tokens) == logits(model(light), tokens))
  }

  @Test func thresholdsWithTwoSequencesAreAPreconditionFailure() async {
    await #expect(processExitsWith: .failure) {
      let scheme = try MixtureOfDepths(capacity: 0.25, rule: .threshold([0, 0]))
      let configuration = TransformerConfiguration.gpt(
        vocabularyCount: 40, modelDim: 32, layerCount: 2, headCount: 2)
      var routed = configuration
      routed.blocks = scheme
      let backend = try CPUBackend(threadCount: 1)
      _ = Transformer(routed, on: backend, seed: 3).logits(
        [1, 2, 3, 4], batch: 2, tape: Tape(backend, isRecording: false))
    }
  }

  /// A threshold lies between two scores, as far from both.
  @Test func aThresholdIsNoScore() {
    #expect(RoutingRule.threshold(for: 0.25, of: [1, 8, 3, 5, 2, 7, 6, 4]) == 6.5)
    #expect(RoutingRule.threshold(for: 0.5, of: [0, 0, 1, 1]) == 0.5)
    // Equal scores and scores that differ by a rounding: the nearest pair that differs.
    #expect(RoutingRule.threshold(for: 0.5, of: [9, 5, 5.000001, 5, 5, 1, 0, 0]) == 3)
    #expect(RoutingRule.threshold(for: 0.25, of: [9, 5, 5, 5, 5, 1, 0, 0]) == 7)
    // At least one token of the text passes, and at least one does not.
    #expect(RoutingRule.threshold(for: 0, of: [1, 2, 3]) == 2.5)
    #expect(RoutingRule.threshold(for: 1, of: [1, 2, 3]) == 1.5)
    #expect(RoutingRule.threshold(for: 0.5, of: [2, 2, 2]) == .infinity)
    #expect(RoutingRule.threshold(for: 0.5, of: []) == .infinity)
    let scores = testValues(2048, "scores")
    let threshold = RoutingRule.threshold(for: 0.125, of: scores)
    #expect(abs(scores.count { $0 > threshold } - 256) <= 4)
    #expect(scores.allSatisfy { abs($0 - threshold) > 1e-4 })
  }

  /// Every weight, the router's included, gets the gradient of the loss.
  @Test(arguments: [RoutingRule.learned, .softTopK, .learnedWithNoise(amplitude: 1, untilStep: 9)])
  func gradientsOfLightAndHeavyBranches(rule: RoutingRule) throws {
    let recorder = RoutingRecorder()
    let scheme = try LightHeavy(
      lightDim: 4, heavyDim: 16, capacity: 0.25, rule: rule,
      attention: .init(lightHeads: 1, heavyHeads: 2, window: 5), recorder: recorder)
    try expectGradients(
      of: Transformer(
        configuration(scheme, layers: 1, bidirectional: true), on: backend, seed: 3), recorder,
      hasNoise: rule == .learnedWithNoise(amplitude: 1, untilStep: 9))
  }

  /// The mean cross entropy of logits, in Double.
  private func crossEntropy(_ logits: [Float], _ targets: [Int32]) -> Double {
    let count = logits.count / targets.count
    let losses = targets.enumerated().map { row, target in
      let values = logits[row * count..<(row + 1) * count].map(Double.init)
      return log(values.reduce(0) { $0 + exp($1) }) - values[Int(target)]
    }
    return losses.reduce(0, +) / Double(targets.count)
  }

  @Test(arguments: [RoutingRule.learned, .softTopK])
  func gradientsOfMixtureOfDepths(rule: RoutingRule) throws {
    let recorder = RoutingRecorder()
    let scheme = try MixtureOfDepths(capacity: 0.25, rule: rule, recorder: recorder)
    try expectGradients(
      of: Transformer(configuration(scheme), on: backend, seed: 3), recorder)
  }

  private func expectGradients(
    of model: Transformer, _ recorder: RoutingRecorder, hasNoise: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    // The initial weights are small, and those of the routers are zero.
    func isRouter(_ parameter: Parameter) -> Bool { parameter.name.hasSuffix("router") }
    for parameter in model.parameters.all where parameter.value.shape.rank == 2 {
      let scale: Float = isRouter(parameter) ? 0.05 : 0.3
      backend.write(
        testValues(parameter.value.count, parameter.name, scale: scale), to: parameter.value)
    }
    // A step of the finite differences must not change which tokens are picked, or the loss would
    // jump. So the embedding of every fourth token points to the routers.
    let routers = model.parameters.all.filter(isRouter)
    #expect(!routers.isEmpty, sourceLocation: sourceLocation)
    let embedding = try #require(model.parameters["embedding"])
    var vectors = backend.read(embedding.value)
    for router in routers.map({ backend.read($0.value) }) {
      let length = router.reduce(0) { $0 + $1 * $1 }.squareRoot()
      for token in stride(from: 0, to: tokens.count, by: 4).map({ Int(tokens[$0]) }) {
        for i in 0..<32 { vectors[token * 32 + i] += 12 * router[i] / length }
      }
    }
    backend.write(vectors, to: embedding.value)
    var picked: Set<[[Int32]]> = []
    let targets = tokens.map { ($0 + 3) % 40 }
    func loss(_ tape: Tape) -> Variable {
      recorder.routings = []
      let loss = model.loss(
        tokens, targets: targets, batch: 2, tape: tape, training: TrainingPass(step: 1))
      picked.insert(recorder.routings.map(\.rows))
      return loss
    }
    // The rounding of a Float32 loss would hide the small gradients here. With noise there is no
    // other loss: it is added in training only.
    func preciseLoss() -> Double {
      recorder.routings = []
      let losses = crossEntropy(logits(model, tokens, batch: 2), targets)
      picked.insert(recorder.routings.map(\.rows))
      return losses
    }
    func worst(_ parameters: [Parameter], step: Double) -> GradientDifference? {
      worstGradientDifference(
        of: parameters, on: backend, step: step, value: hasNoise ? nil : preciseLoss, loss: loss)
    }
    let differences = [
      worst(routers, step: 0.7), worst(model.parameters.all.filter { !isRouter($0) }, step: 0.1),
    ]
    #expect(picked.count == 1, "the routing changed", sourceLocation: sourceLocation)
    for parameter in model.parameters.all {
      #expect(
        parameter.gradient != nil, "\(parameter.name) has no gradient",
        sourceLocation: sourceLocation)
    }
    for difference in differences {
      let found = try #require(difference, sourceLocation: sourceLocation)
      #expect(
        found.relative < Tolerance.finiteDifference.relative, "\(found)",
        sourceLocation: sourceLocation)
    }
  }

  @Test func noiseIsAddedInTrainingOnlyAndFades() throws {
    let recorder = RoutingRecorder()
    let scheme = try LightHeavy(
      lightDim: 4, heavyDim: 16, capacity: 0.25,
      rule: .learnedWithNoise(amplitude: 10, untilStep: 5),
      recorder: recorder)
    let model = Transformer(
      configuration(scheme, layers: 1, bidirectional: true), on: backend, seed: 3)
    func picked(_ step: Int?) -> [Int32] {
      recorder.routings = []
      _ = model.loss(
        tokens, targets: tokens, batch: 1, tape: Tape(backend, isRecording: false),
        training: step.map { TrainingPass(step: $0) })
      return recorder.routings.flatMap(\.rows)
    }
    #expect(picked(1) != picked(2))
    #expect(picked(nil) == picked(nil) && picked(nil) == picked(5))
  }
}

@Suite struct SoftTopKTests {
  @Test(arguments: [1, 3, 7.5])
  func weightsSumToKAndFollowTheScores(k: Float) {
    let scores = testValues(16, "scores", scale: 3)
    let weights = SoftTopK(scores, k: k).weights
    #expect(abs(weights.reduce(0, +) - k) < 1e-3)
    #expect(weights.allSatisfy { $0 >= 0 && $0 <= 1 })
    let order = scores.indices.sorted { scores[$0] < scores[$1] }
    #expect(zip(order, order.dropFirst()).allSatisfy { weights[$0] <= weights[$1] })
  }

  @Test func isHardTopKWhenSoftnessVanishes() {
    let weights = SoftTopK([3, -1, 2, 0], k: 2, softness: 0.01).weights
    #expect(zip(weights, [1, 0, 1, 0]).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  @Test(arguments: [0.5, 1] as [Float])
  func pullbackEqualsFiniteDifferences(softness: Float) {
    let scores = testValues(9, "scores")
    let upstream = testValues(9, "upstream")
    func loss(_ scores: [Float]) -> Double {
      zip(SoftTopK(scores, k: 3, softness: softness).weights, upstream)
        .reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let gradient = SoftTopK(scores, k: 3, softness: softness).pullback(upstream)
    let largest = gradient.map { Double(abs($0)) }.max() ?? 0
    for index in scores.indices {
      func shifted(by delta: Float) -> Double {
        var shifted = scores
        shifted[index] += delta
        return loss(shifted)
      }
      // Five points: the error is in proportion to the fourth power of the step.
      let near = shifted(by: 0.05) - shifted(by: -0.05)
      let far = shifted(by: 0.1) - shifted(by: -0.1)
      let difference = abs(Double(gradient[index]) - (8 * near - far) / 0.6)
      #expect(difference < Tolerance.finiteDifference.relative * largest, "score \(index)")
    }
  }
}

@Suite struct HardBitsTests {
  @Test func answersByHand() {
    // Bits 8 … 11 hold 0b0110; pairs (1,0) (0,0) (1,1) (0,1) from the lowest up.
    let bits: Int32 = 0b0110_10_11_00_01
    #expect(HardBits.answer(bits) == 0b0110)
    #expect(HardBits.answer(bits | 1 << 12) == 0b1001)
    #expect(HardBits.signs(5)[..<4] == [1, -1, 1, -1])
  }

  @Test func oneTokenInEightIsHard() {
    var generator = SeededGenerator(seed: 1)
    let (inputs, targets) = HardBits(length: 64, hardCount: 8).batch(5, &generator)
    #expect(inputs.count == 320 && targets == inputs.map(HardBits.answer))
    for sequence in 0..<5 {
      #expect(inputs[sequence * 64..<(sequence + 1) * 64].filter(HardBits.isHard).count == 8)
    }
  }
}
