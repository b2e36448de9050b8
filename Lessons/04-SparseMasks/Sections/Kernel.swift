import LessonKit
import SmallTransformer
import TensorCore

/// Section "A kernel that skips blocks": the engine's kernel compared with the reference.
extension SparseMasksLesson {
  func checkKernel(_ notebook: Notebook, _ experiment: Experiment) {
    notebook.heading("A kernel that skips blocks")
    notebook.say(
      """
      Naive attention scores every pair and then throws the masked pairs away. The engine works in \
      blocks of 64 × 64 pairs. It **skips** the blocks that the pattern drops, and it computes the \
      whole blocks without a mask. In blocks that the pattern cuts, a mask with one bit per \
      pair removes the dropped pairs. Cut blocks with the same pattern share one mask. The list of \
      blocks is made once for all layers.
      """)
    notebook.say("The reference computes the formula in Double. Every kernel is tested against it.")
    let reference = "Sources/TensorCore/Reference/ReferenceAttention.swift"
    notebook.show("probabilities", in: reference, focus: "let visible")
    notebook.show("output", in: reference, focus: "for head in")
    let length = 131
    let difference = notebook.step("compare-kernel", "Compare kernel and reference for every mask")
    {
      let operands = RandomHeads(
        length: length, headCount: 1, headDim: 16, seed: notebook.seed, on: notebook.backend)
      return experiment.picturedPatterns.map { _, pattern in
        operands.largestDifference(pattern, on: notebook.backend)
      }.max()
    }
    notebook.claim(
      "kernel-difference",
      "With every mask, at \(length) tokens, the kernel's output differs by at most {} from the "
        + "reference",
      difference, atMost: 1e-5, from: .smoke, kind: .exact)
  }
}
