import Calculator
import LessonKit

/// Lesson 9: what 100,000 tokens cost in bytes, and what makes them fit.
public struct MemoryAt100KLesson: Lesson {
  public static let card = LessonCard(
    number: 9, slug: "memory-at-100k", title: "Memory at 100K",
    question: "Where do the bytes go at 100,000 tokens, and what makes them fit into 80 GB?",
    idea: """
      The bytes have few owners: weights, gradients, optimizer state, activations, scores, \
      logits and the KV cache. Each grows with another quantity, and each technique makes one of \
      them smaller. A calculator adds them up, and the engine's meter checks the sums.
      """,
    figure: "longest-reading",
    papers: [
      Paper(
        authors: "Rajbhandari et al.", year: 2020,
        title: "ZeRO: memory optimizations toward training trillion parameter models",
        section: "sections 3 and 5", link: "https://arxiv.org/abs/1910.02054"),
      Paper(
        authors: "Korthikanti et al.", year: 2022,
        title: "Reducing activation recomputation in large transformer models",
        section: "section 4", link: "https://arxiv.org/abs/2205.05198"),
      Paper(
        authors: "Touvron et al.", year: 2023,
        title: "LLaMA: open and efficient foundation language models", section: "table 2",
        link: "https://arxiv.org/abs/2302.13971"),
      Paper(
        authors: "DeepSeek-AI", year: 2024,
        title: "DeepSeek-V2: a strong, economical, and efficient mixture-of-experts language model",
        section: "section 2.1", link: "https://arxiv.org/abs/2405.04434"),
    ], after: ["flash-tiling", "multi-query", "recomputation"],
    builds: """
      a memory calculator, every term of it compared with the bytes that the engine really \
      allocates, and its answer for published models on a real card
      """,
    standardSeconds: 3)

  /// The stages of this run, in the order of the page. No sentence and no claim depends on the
  /// order.
  let inferenceStages: [InferenceStage]
  let trainingStages: [TrainingStage]

  public static var readsText: Bool { false }

  public init() {
    self.init(inference: InferenceStage.allCases, training: TrainingStage.allCases)
  }

  package init(inference: [InferenceStage], training: [TrainingStage]) {
    (inferenceStages, trainingStages) = (inference, training)
  }

  public func teach(_ notebook: Notebook) throws {
    let experiment = Experiment(scale: notebook.scale)
    introduce(notebook)
    try showWeightCost(notebook)
    try compareWithMeter(notebook, experiment)
    checkPublished(notebook)
    try fitInference(notebook)
    try fitTraining(notebook)
    try compareLongest(notebook)
    findTechniques(notebook)
    try attendInRing(notebook)
    close(notebook)
  }

  private func introduce(_ notebook: Notebook) {
    notebook.say(
      """
      "100K tokens need 80 GB cards": the article behind this course ends its list of techniques \
      with hardware. Is that true? You can add up memory before anything runs: every weight, every \
      value that training saves, every key and value. But do not trust a sum without a check. So \
      each term here is first compared with the engine's own memory meter. Then you do the same \
      sums for models that you have heard of.
      """)
    notebook.formula(
      #"""
      \text{training:} \quad N \cdot (\text{weight} + \text{gradient} + \text{optimizer}) \#
      \qquad + \text{tokens} \cdot \text{layers} \cdot \text{kept} + \text{logits} + \text{workspace}
      \text{inference:} \quad N \cdot \text{weight} + \text{KV cache} + \text{workspace}
      """#,
      legend: """
        N weights. *Kept*: what one layer saves per token for its backward pass. *KV cache*: keys \
        and values of all tokens so far. *Workspace*: temporary tensors. What is kept, the logits \
        and the workspace are not all there at once, so the largest point of a pass counts.
        """)
    notebook.say(
      """
      The same calculator answers at the command line: `lab memory "LLaMA 7B" --context 100K`. \
      Here GB is 10⁹ bytes, and 100K is 100,000 tokens.
      """)
  }

  private func close(_ notebook: Notebook) {
    notebook.heading("What to take with you")
    notebook.say(
      """
      - Remove the score matrix first. With it, no card reads 100,000 tokens of any model here in \
      one pass. Without it, most models fit for inference.
      - At 100,000 tokens the KV cache is a large part of the memory for inference. Its size \
      depends on the number of key/value heads. In training the activations are a large part, and \
      their size depends on recomputation.
      - A card of 80 GB is not always needed, and it is not enough by itself. What fits depends on \
      the techniques that you use.
      - Check your predictions. The terms above were compared with a meter that counts every byte, \
      for models thousands of times smaller. The same formulas, with two bytes per value instead \
      of four, gave the answers for the published models.
      """)
    notebook.notice(
      "What the sums leave out",
      """
      The memory of the framework and its kernels, fragments that an allocator cannot use, and \
      network buffers. On a real card these take one to several GB. Leave room for them.
      """)
  }
}

/// Bytes in units of 10⁹.
func gigabytes(_ bytes: Double, digits: Int = 4) -> String {
  Quantity.bytes.text(bytes, digits: digits)
}
