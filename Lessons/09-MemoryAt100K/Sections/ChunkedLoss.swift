import Autograd
import LessonKit
import SmallTransformer
import TensorCore

/// Loss, gradients and peak of one training pass.
private struct LossPass: Codable {
  let loss: Double
  let gradients: [[Float]]
  let peakBytes: Int
}

/// Section "The loss in chunks".
extension MemoryAt100KLesson {
  func measureChunkedLoss(_ notebook: Notebook, _ experiment: Experiment) throws {
    let sizes = experiment.chunkedLoss
    notebook.heading("The loss in chunks")
    notebook.say(
      """
      Logits are needed twice, for the loss and for its gradient, and then never again. So compute \
      them for some tokens, add their losses, and forget them. In the backward pass compute them \
      again, chunk by chunk. It is recomputation of one matrix product. This model has \
      \(Quantity.count.text(sizes.configuration.vocabularyCount)) words and a width of \
      \(sizes.configuration.modelDim), so its logits are its largest tensor.
      """)
    notebook.show(
      "chunkedCrossEntropy", in: "Sources/Autograd/Operations/ChunkedCrossEntropy.swift",
      focus: "for range in chunks {")
    let passes = notebook.step(
      "chunk-loss", "One training pass with all logits, and with the loss in chunks"
    ) {
      [nil, sizes.chunk].map { notebook.lossPass(sizes, chunk: $0) }
    }
    let (whole, parts) = (passes[0], passes[1])
    let largest = whole.gradients.joined().map(abs).max() ?? .nan
    let difference = zip(whole.gradients, parts.gradients).map { largestAbsoluteDifference($0, $1) }
      .max()
    notebook.table(
      "chunked-loss", columns: ["loss", "value", "peak of activations"],
      rows: [("all logits", whole), ("chunks of \(sizes.chunk)", parts)].map { name, pass in
        [
          name, Quantity.plain.text(pass.loss, digits: 7),
          Quantity.bytes.text(Double(pass.peakBytes)),
        ]
      }, caption: "\(Quantity.count.text(sizes.length)) tokens, full recomputation.")
    notebook.claim(
      "chunked-loss-gradients",
      "With the loss in chunks a gradient differs by at most {} of the largest one",
      difference.map { Double($0) / Double(largest) }, atMost: 1e-5, from: .smoke, kind: .exact)
    notebook.claim(
      "chunked-loss-peak", "The peak of activations falls to {} of that with all logits",
      Double(parts.peakBytes) / Double(whole.peakBytes), atMost: 0.6, from: .smoke, as: .percent,
      kind: .exact)
  }
}

extension Notebook {
  fileprivate func lossPass(_ sizes: Experiment.ChunkedLoss, chunk: Int?) -> LossPass {
    let model = Transformer(sizes.configuration, on: backend, seed: seed)
    var generator = SeededGenerator(seed: seed, stream: "chunked loss")
    let count = Int32(sizes.configuration.vocabularyCount)
    let tokens = (0...sizes.length).map { _ in Int32.random(in: 0..<count, using: &generator) }
    let (loss, peak) = backend.meter.scope { () -> Double in
      let tape = Tape(backend)
      let loss = model.loss(
        Array(tokens.dropLast()), targets: Array(tokens.dropFirst()), batch: 1, tape: tape,
        training: TrainingPass(policy: .full, lossChunk: chunk))
      let value = Double(backend.read(loss.value)[0])
      tape.backward(from: loss)
      return value
    }
    return LossPass(
      loss: loss,
      gradients: model.parameters.all.map { $0.gradient.map(backend.read) ?? [] },
      peakBytes: peak[.activations])
  }
}
