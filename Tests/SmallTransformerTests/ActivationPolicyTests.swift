import Autograd
import CPUBackend
import SmallTransformer
import TensorCore
import Testing

@Suite struct ActivationPolicyTests {
  private static let policies: [ActivationPolicy] = [
    .selective, .full, .everyKth(2), .everyKth(3), .everyKth(7), .squareRoot,
    .revolve(snapshots: 1), .revolve(snapshots: 2), .revolve(snapshots: 3),
  ]
  private static let layerCount = 7
  private let tokens = (0..<2 * 12).map { Int32($0 * 7 % 40) }

  private func configuration(_ attention: AttentionKind) -> TransformerConfiguration {
    var configuration = TransformerConfiguration.gpt(
      vocabularyCount: 40, modelDim: 16, layerCount: Self.layerCount, headCount: 2)
    configuration.dropout = 0.2
    configuration.attention = attention
    return configuration
  }

  /// Loss and all gradients of one training pass.
  private func gradients(_ model: Transformer, _ pass: TrainingPass) -> [[Float]] {
    model.parameters.resetGradients()
    let tape = Tape(model.backend)
    let loss = model.loss(tokens, targets: tokens, batch: 2, tape: tape, training: pass)
    let value = model.backend.read(loss.value)
    tape.backward(from: loss)
    return [value] + model.parameters.all.map { $0.gradient.map(model.backend.read) ?? [] }
  }

  @Test(arguments: policies, [AttentionKind.tiled, .naive])
  func gradientsAreBitwiseEqualToKeepingAll(
    policy: ActivationPolicy, attention: AttentionKind
  ) throws {
    let model = Transformer(
      configuration(attention), on: try CPUBackend(threadCount: 2), seed: 4)
    let kept = gradients(model, TrainingPass(dropoutSeed: 9, step: 3))
    #expect(gradients(model, TrainingPass(dropoutSeed: 9, step: 3, policy: policy)) == kept)
    // Another step has other masks: the comparison detects a wrong mask.
    #expect(gradients(model, TrainingPass(dropoutSeed: 9, step: 4, policy: policy)) != kept)
  }

  @Test func everyScheduleHasEachLayerOnceInOrder() {
    for policy in Self.policies + [.keepAll] {
      for layerCount in [7, 8, 16] {
        let pieces = policy.schedule(layerCount: layerCount)
        #expect(pieces.flatMap { Array($0.layers) } == Array(0..<layerCount))
      }
    }
  }

  @Test(arguments: [
    (ActivationPolicy.keepAll, 7), (.full, 13), (.everyKth(3), 13), (.everyKth(7), 7),
  ])
  func layersAreComputedAsOftenAsThePolicyNeeds(policy: ActivationPolicy, expected: Int) throws {
    let model = Transformer(configuration(.tiled), on: try CPUBackend(threadCount: 1), seed: 4)
    let counter = Counter()
    _ = gradients(model, TrainingPass(policy: policy) { _ in counter.count += 1 })
    #expect(counter.count == expected)
  }

  private final class Counter: @unchecked Sendable { var count = 0 }

  /// Elements per token that one layer keeps: see `TrainingMemoryTests`.
  private func layerElements(width: Int, heads: Int) -> Int { 16 * width + heads + 4 }

  @Test(arguments: [1, 2, 4, 8])
  func peakBytesOfEveryKth(k: Int) throws {
    let (width, heads, layers, vocabulary) = (32, 4, 8, 256)
    let backend = try CPUBackend(threadCount: 1)
    let model = Transformer(
      .gpt(modelDim: width, layerCount: layers, headCount: heads), on: backend, seed: 1)
    let text = [Int32](repeating: 65, count: 96)
    let (_, peak) = backend.meter.scope {
      let tape = Tape(backend)
      let pass = TrainingPass(policy: .everyKth(k))
      tape.backward(
        from: model.loss(text, targets: text, batch: 2, tape: tape, training: pass))
    }
    let checkpoints = (layers / k - 1) * width
    let segment = k * layerElements(width: width, heads: heads)
    let head = 2 * width + 2 + vocabulary
    let expected = 4 * text.count * (checkpoints + segment + head)
    #expect(
      abs(Double(peak[.activations] - expected)) <= 0.01 * Double(expected),
      "activations \(peak[.activations]), expected \(expected)")
  }

  @Test(arguments: policies)
  func droppingAPassFreesEverything(policy: ActivationPolicy) throws {
    let backend = try CPUBackend(threadCount: 1)
    let model = Transformer(configuration(.naive), on: backend, seed: 4)
    let pass = TrainingPass(policy: policy)
    // Position tables are allocated once and stay.
    _ = model.loss(tokens, targets: tokens, batch: 2, tape: Tape(backend, isRecording: false))
    let held = backend.meter.current.totalBytes
    _ = model.loss(tokens, targets: tokens, batch: 2, tape: Tape(backend), training: pass)
    #expect(backend.meter.current.totalBytes == held)
  }

  @Test func dropoutIsOnlyForTraining() throws {
    let backend = try CPUBackend(threadCount: 1)
    let model = Transformer(configuration(.tiled), on: backend, seed: 4)
    var withoutDropout = configuration(.tiled)
    withoutDropout.dropout = 0
    func loss(_ configuration: TransformerConfiguration, _ pass: TrainingPass?) -> Float {
      let tape = Tape(backend, isRecording: false)
      return backend.read(
        model.sharingWeights(with: configuration).loss(
          tokens, targets: tokens, batch: 2, tape: tape, training: pass
        ).value)[0]
    }
    #expect(loss(model.configuration, nil) == loss(withoutDropout, nil))
    #expect(loss(model.configuration, TrainingPass()) != loss(withoutDropout, nil))
    #expect(loss(withoutDropout, TrainingPass()) == loss(withoutDropout, nil))
  }

  @Test func identityNamesOnlyChangedDefaults() {
    let old = TransformerConfiguration.gpt().identity
    #expect(!old.contains("dropout") && !old.contains("attention"))
    #expect(configuration(.naive).identity.hasSuffix(", dropout 0.2, attention naive"))
  }

  @Test func invalidPoliciesAreRefused() async {
    #expect(ActivationPolicy.everyKth(9).objection(layerCount: 8)?.contains("1 ... 8") == true)
    #expect(ActivationPolicy.everyKth(0).objection(layerCount: 8)?.contains("1 ... 8") == true)
    #expect(
      ActivationPolicy.revolve(snapshots: 0).objection(layerCount: 8)?.contains("at least one")
        == true)
    #expect(ActivationPolicy.everyKth(8).objection(layerCount: 8) == nil)
    await #expect(processExitsWith: .failure) {
      _ = ActivationPolicy.everyKth(9).schedule(layerCount: 8)
    }
  }
}
