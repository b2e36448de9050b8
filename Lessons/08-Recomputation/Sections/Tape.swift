import LessonKit

/// Section "A tape that recomputes".
extension RecomputationLesson {
  func explainTape(_ notebook: Notebook) {
    notebook.heading("A tape that recomputes")
    notebook.say(
      """
      In the engine every operation leaves a record on a tape, and the record holds the tensors \
      that its gradient needs. A recomputation scope runs its body on a second tape that keeps no \
      records. On the first tape it leaves a single record: *run the body again, and this time \
      keep the records*. The body holds its input, so the input stays in memory. Nothing else does.
      """)
    notebook.show(
      "recomputing", in: "Sources/Autograd/Recomputation.swift", focus: "public func recomputing(")
    notebook.notice(
      "Dropout must drop the same values again",
      """
      A layer that is computed twice must give the same result twice. Most frameworks save the \
      state of the random generator and restore it. Here no state is needed: whether a value is \
      dropped is a hash of the seed, the step, the place in the model and the element. So a \
      dropout mask is never stored, not even for the usual backward pass.
      """)
    notebook.show("keeps", in: "Sources/TensorCore/DropoutMask.swift")
    notebook.say(
      """
      A policy divides the layers of a transformer into pieces that are kept and pieces that are \
      computed again. This is the only change to the model. A piece may contain pieces, which \
      Revolve needs below.
      """)
    notebook.show("run", in: "Sources/SmallTransformer/Model/Transformer.swift")
  }
}
