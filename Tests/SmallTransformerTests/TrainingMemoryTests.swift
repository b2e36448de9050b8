import CPUBackend
import SmallTransformer
import TensorCore
import Testing

/// Peak bytes of a training step compared with a calculation by hand.
@Suite struct TrainingMemoryTests {
  /// Elements per token that a GPT-shaped model keeps for the backward pass. Per layer: the inputs
  /// and results of the two norms (4d), the packed heads (3d), attention's result (d) and one
  /// log-sum-exp per head, the feed-forward layer before and after its activation (8d), mean and 1/std
  /// of two norms. After the layers: the last norm's input, result and statistics, and the logits.
  private func keptPerToken(layers: Int, width d: Int, heads: Int, vocabulary: Int) -> Int {
    layers * (16 * d + heads + 4) + 2 * d + 2 + vocabulary
  }

  @Test(arguments: [(2, 32, 4, 3, 48), (4, 64, 4, 2, 128), (1, 64, 2, 4, 40)])
  func peakOfATrainingStep(
    layers: Int, width: Int, heads: Int, batch: Int, length: Int
  ) throws {
    let backend = try CPUBackend(threadCount: 2)
    let model = Transformer(
      .gpt(modelDim: width, layerCount: layers, headCount: heads), on: backend, seed: 1)
    let schedule = TrainingSchedule(
      batchCount: batch, length: length, stepCount: 5, peakLearningRate: 1e-3)
    let trainer = Trainer(model, schedule)
    let tokens = [Int32](repeating: 65, count: batch * length)
    _ = trainer.takeStep(inputs: tokens, targets: tokens)
    let (_, peak) = backend.meter.scope { _ = trainer.takeStep(inputs: tokens, targets: tokens) }

    let weights = model.parameters.count * 4
    #expect(peak[.parameters] == weights)
    #expect(peak[.gradients] == weights)
    #expect(peak[.optimizer] == 2 * weights)
    let rows = batch * length
    let activations =
      4 * rows * keptPerToken(layers: layers, width: width, heads: heads, vocabulary: 256)
    #expect(
      abs(Double(peak[.activations] - activations)) <= 0.01 * Double(activations),
      "activations \(peak[.activations]), expected \(activations)")
    // The peak is early in the backward pass, at the gradients of a feed-forward layer: 4d + d, and
    // the one that is being computed. The gradient of the logits is in the logits' own memory.
    let workspace = 4 * rows * 6 * width
    let total = 4 * weights + activations + workspace
    #expect(
      abs(Double(peak.totalBytes - total)) <= 0.1 * Double(total),
      "peak \(peak.totalBytes), expected \(total)")
  }
}
