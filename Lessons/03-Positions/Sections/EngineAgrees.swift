import LessonKit
import SmallTransformer

/// The section "Reference and engine": RoPE and ALiBi compared with the formulas.
extension PositionsLesson {
  func checkEngine(_ notebook: Notebook) throws {
    notebook.heading("Reference and engine")
    notebook.say(
      """
      Before you train anything, compare the engine with the formulas. The reference attention \
      computes one score at a time in Double; the engine works in tiles and in Float32. For RoPE, \
      queries and keys are rotated first. The last claim tests the law behind RoPE: if query and \
      key move by the same distance, their score does not change.
      """)
    notebook.show(
      "probabilities", in: "Sources/TensorCore/Reference/ReferenceAttention.swift",
      focus: "let visible")
    let check = try notebook.step("engine-check", "Compare RoPE and ALiBi with the reference") {
      try EngineCheck(
        notebook.backend, seed: notebook.seed, bias: notebook.learners(Self.alibiBias),
        rotation: notebook.learners(Self.rotatePairs))
    }
    notebook.claim(
      "rope-reference",
      "RoPE: an attention probability of the engine differs by at most {} from the reference",
      check.ropeDifference, atMost: 1e-5, from: .smoke, kind: .exact)
    notebook.claim(
      "alibi-reference",
      "ALiBi: an attention probability of the engine differs by at most {} from the reference",
      check.alibiDifference, atMost: 1e-5, from: .smoke, kind: .exact)
    notebook.claim(
      "rope-shift",
      "RoPE: an attention probability changes by at most {} when every token moves by 1,000 "
        + "positions",
      check.shiftDifference, atMost: 1e-4, from: .smoke, kind: .exact)
  }
}
