import Corpora
import LessonKit
import SmallTransformer

/// Lesson 8: what a training step must keep, and what it can compute again.
public struct RecomputationLesson: Lesson {
  public static let card = LessonCard(
    number: 8, slug: "recomputation", title: "Recomputation",
    question: "Must training keep every activation?",
    idea: """
      The backward pass needs activations of the forward pass. Training can discard some of them \
      and compute them again when they are needed. This trades time for memory, and the \
      gradients stay bitwise equal.
      """,
    figure: "grid",
    papers: [
      Paper(
        authors: "Chen et al.", year: 2016, title: "Training deep nets with sublinear memory cost",
        section: "section 4", link: "https://arxiv.org/abs/1604.06174"),
      Paper(
        authors: "Griewank and Walther", year: 2000,
        title: """
          Algorithm 799: Revolve: an implementation of checkpointing for the reverse or adjoint mode \
          of computational differentiation
          """,
        section: "section 2", link: "https://doi.org/10.1145/347837.347846"),
      Paper(
        authors: "Korthikanti et al.", year: 2022,
        title: "Reducing activation recomputation in large transformer models",
        section: "sections 4 and 5", link: "https://arxiv.org/abs/2205.05198"),
      Paper(
        authors: "Dao et al.", year: 2022,
        title: "FlashAttention: fast and memory-efficient exact attention with IO-awareness",
        section: "section 3.1", link: "https://arxiv.org/abs/2205.14135"),
    ],
    after: ["cost"],
    builds: """
      a tape that discards activations and computes them again, policies that decide which, and the \
      curve of bytes against time
      """,
    standardSeconds: 28)

  public init() {}

  public func teach(_ notebook: Notebook) throws {
    let experiment = Experiment(scale: notebook.scale)
    let book = try notebook.book()
    opening(notebook)
    try drawGrid(notebook, experiment)
    try reverseChain(notebook)
    explainTape(notebook)
    try trainTwice(notebook, experiment, book)
    try compareGradients(notebook, experiment, book)
    let bench = try notebook.bench(
      experiment.configuration(layerCount: experiment.depth), experiment, book)
    let measurements = try comparePolicies(notebook, experiment, bench)
    try drawTimeline(notebook, experiment, measurements)
    try compareDepths(notebook, experiment, book)
    try revolve(notebook, experiment)
    try recomputeAttention(notebook, experiment, book)
    try comparePublishedCount(notebook, experiment, book)
    closing(notebook)
  }

  private func opening(_ notebook: Notebook) {
    notebook.say(
      """
      The gradient of a layer needs the layer's input. So a training step keeps nearly everything \
      that it computes, from the first layer to the last, and frees it during the backward pass. At \
      a long context these **activations**, and not the weights, fill the memory. But what was \
      computed once can be computed again. This is called recomputation, or activation \
      checkpointing. **How much memory does a second computation save, and what does it cost?**
      """)
  }

  private func closing(_ notebook: Notebook) {
    notebook.heading("Summary")
    notebook.say(
      """
      - Recomputation changes no value. If your gradients change when you switch it on, something \
      random was not repeated, or a kernel adds in another order each time, as fast kernels on GPUs \
      may.
      - With any segment length it costs at most one more forward pass, about a third of a step. \
      Only Revolve costs more, and it can need even less memory.
      - Count what one layer keeps before you choose a policy. Segments of √n layers are best if a \
      layer keeps only its input. A transformer layer keeps many times that, so the best segments \
      are shorter.
      - Selective recomputation was made for a score matrix that attention no longer stores.
      """)
    notebook.notice(
      "Differences from the papers",
      """
      Values have four bytes here and two in Korthikanti's count. Dropout masks take no memory here \
      and one byte per element there. The times are those of a small model on a CPU. The ratio of a \
      layer's forward to its backward pass is nearly the same as on a GPU, but no two operations run \
      at the same time.
      """)
  }
}
