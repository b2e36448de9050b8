import Autograd
import LessonKit
import SmallTransformer
import TensorCore

/// The section "Count the FLOPs", first half: a layer of a real model, counted as a whole.
extension CostLesson {
  func countLayers(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("Count the FLOPs")
    notebook.say(
      """
      A formula can leave something out. So put a counter between the model and the backend. It \
      forwards every call, adds the FLOPs of that call, and changes no result. Then run a real \
      transformer with one layer and with two layers: the difference is the cost of one layer.
      """)
    notebook.show("multiply", in: "Sources/TensorCore/Counting/CountingBackend.swift")
    let layers = notebook.step(
      "count-layers", "Count one layer, full and causal, over lengths and widths"
    ) {
      notebook.each(experiment.countedWidths, detail: { "width \($0)" }) { d in
        experiment.countedLengths.map { n in
          CountedLayer(
            n: n, d: d,
            flops: Keyed { mask in layerFlops(n: n, d: d, mask, experiment, notebook) })
        }
      }.flatMap { $0 }
    }
    let fits = Keyed<Mask, CostFit> { mask in
      CostFit(layers.map { .init(n: $0.n, d: $0.d, cost: $0.flops[mask]) })
    }
    notebook.show("CostFit", in: "Technique/CostFit.swift", focus: "for point in points {")
    let training = countTraining(notebook, experiment)
    tabulate(notebook, fits, training, layerCount: layers.count)
    claimLaw(notebook, fits)
    claimTraining(notebook, training)
    try compareLearners(
      notebook, counted: layers.map { (n: $0.n, d: $0.d, flops: $0.flops[.full]) }, fits)
  }

  /// FLOPs of one layer of a real model: those of two layers minus those of one.
  private func layerFlops(
    n: Int, d: Int, _ mask: Mask, _ experiment: Experiment, _ notebook: Notebook
  ) -> Double {
    func flops(layerCount: Int) -> Double {
      let counting = CountingBackend(notebook.backend)
      let model = Transformer(
        experiment.counted(width: d, layerCount: layerCount, mask), on: counting, seed: 1)
      let tape = Tape(counting, isRecording: false)
      let tokens = [Int32](repeating: 1, count: n)
      let (_, counts) = counting.flops.scope { model.logits(tokens, batch: 1, tape: tape) }
      return counts.multiplyAddFlops
    }
    return flops(layerCount: 2) - flops(layerCount: 1)
  }

  /// The same layers in training, forward and backward.
  private func countTraining(
    _ notebook: Notebook, _ experiment: Experiment
  ) -> Keyed<Mask, CostFit> {
    let layers = notebook.step("count-training", "Count one layer in training") {
      notebook.each(experiment.countedWidths, detail: { "width \($0)" }) { d in
        experiment.countedTrainingLengths.map { n in
          CountedLayer(
            n: n, d: d,
            flops: Keyed { mask in
              trainingFlops(2, n: n, d: d, mask, experiment, notebook)
                - trainingFlops(1, n: n, d: d, mask, experiment, notebook)
            })
        }
      }.flatMap { $0 }
    }
    return Keyed { mask in
      CostFit(layers.map { .init(n: $0.n, d: $0.d, cost: $0.flops[mask]) })
    }
  }

  /// FLOPs of a training step of a model with `layerCount` layers.
  private func trainingFlops(
    _ layerCount: Int, n: Int, d: Int, _ mask: Mask, _ experiment: Experiment, _ notebook: Notebook
  ) -> Double {
    let counting = CountingBackend(notebook.backend)
    let model = Transformer(
      experiment.counted(width: d, layerCount: layerCount, mask), on: counting, seed: 1)
    let trainer = Trainer(
      model,
      TrainingSchedule(batchCount: 1, length: n, stepCount: 1, peakLearningRate: 1e-3))
    let tokens = [Int32](repeating: 1, count: n)
    let (_, counts) = counting.flops.scope { trainer.takeStep(inputs: tokens, targets: tokens) }
    return counts.multiplyAddFlops
  }

  private func tabulate(
    _ notebook: Notebook, _ forward: Keyed<Mask, CostFit>, _ training: Keyed<Mask, CostFit>,
    layerCount: Int
  ) {
    let rows = forward.map { ($0, "forward", $1) } + training.map { ($0, "training", $1) }
    notebook.table(
      "fit", columns: ["attention", "pass", "a · n²d", "b · nd²", "c · nd", "costs equal at"],
      rows: rows.map { mask, pass, fit in
        [
          mask.name, pass, Quantity.plain.text(fit.quadratic, digits: 6),
          Quantity.plain.text(fit.linear, digits: 6),
          Quantity.plain.text((fit.remainder * 1e6).rounded() / 1e6, digits: 6),
          "n = \(Quantity.plain.text(fit.crossing, digits: 4)) d",
        ]
      },
      caption: """
        The cost of a layer, fitted by least squares to \(layerCount) counted layers (in training \
        to fewer). Training is the forward and the backward pass. The last \
        column is the length at which attention costs the same as the linear layers. With a causal \
        mask each token sees itself and the tokens before it. That makes n(n + 1)/2 pairs, so c is \
        not 0.
        """)
  }

  private func claimLaw(_ notebook: Notebook, _ fits: Keyed<Mask, CostFit>) {
    let (full, causal) = (fits[.full], fits[.causal])
    notebook.claim(
      "linear-coefficient", "Linear layers: coefficient of nd² in the fit", full.linear,
      within: 23.999...24.001, from: .smoke, kind: .exact)
    notebook.claim(
      "attention-coefficient", "Attention over every pair: coefficient of n²d in the fit",
      full.quadratic, within: 3.999...4.001, from: .smoke, kind: .exact)
    notebook.claim(
      "attention-coefficient-causal", "Causal attention: coefficient of n²d in the fit",
      causal.quadratic, within: 1.999...2.001, from: .smoke, kind: .exact)
    notebook.claim(
      "crossing", "Attention over every pair: n/d at which it costs the same as the linear layers",
      full.crossing, within: 5.99...6.01, from: .smoke, kind: .exact)
    notebook.claim(
      "crossing-causal", "Causal attention: n/d at which it costs the same as the linear layers",
      causal.crossing, within: 11.99...12.01, from: .smoke, kind: .exact)
  }
}

extension CostLesson {
  private func claimTraining(_ notebook: Notebook, _ training: Keyed<Mask, CostFit>) {
    notebook.claim(
      "training-linear", "Linear layers in training: coefficient of nd² in the fit",
      training[.full].linear, within: 71.999...72.001, from: .smoke, kind: .exact)
    notebook.claim(
      "training-attention", "Attention over every pair in training: coefficient of n²d in the fit",
      training[.full].quadratic, within: 13.999...14.001, from: .smoke, kind: .exact)
    notebook.notice(
      "Training is three forward passes, attention a little more",
      """
      The backward pass of \(literalMarkdown("y = xW")) has two products of the same size as the \
      forward pass: one for the gradient of x, one for that of W. So the linear layers cost three \
      times 24nd². Attention has two products forward and needs four backward, so papers count \
      three times 4n²d = 12n²d. The counter finds 14: the kernel of this course does not store the \
      scores and computes them again (lesson 5).
      """)
  }
}

/// FLOPs of one layer at one length and width.
private struct CountedLayer: Codable {
  let n: Int
  let d: Int
  let flops: Keyed<Mask, Double>
}
