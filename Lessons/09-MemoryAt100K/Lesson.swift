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
    figure: "waterfall-inference",
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
      Paper(
        authors: "Kwon et al.", year: 2023,
        title: """
          Efficient memory management for large language model serving with PagedAttention
          """,
        section: "section 4", link: "https://arxiv.org/abs/2309.06180"),
      Paper(
        authors: "Liu et al.", year: 2023,
        title: "Ring attention with blockwise transformers for near-infinite context",
        section: "section 3", link: "https://arxiv.org/abs/2310.01889"),
      Paper(
        authors: "Hu et al.", year: 2022,
        title: "LoRA: low-rank adaptation of large language models", section: "section 4",
        link: "https://arxiv.org/abs/2106.09685"),
      Paper(
        authors: "Gemma Team", year: 2025, title: "Gemma 3 technical report",
        section: "section 2", link: "https://arxiv.org/abs/2503.19786"),
      Paper(
        authors: "Zhao et al.", year: 2025,
        title: """
          Insights into DeepSeek-V3: scaling challenges and reflections on hardware for AI \
          architectures
          """,
        section: "table 1", link: "https://arxiv.org/abs/2505.09343"),
    ], after: ["flash-tiling", "multi-query", "recomputation"],
    builds: """
      a memory calculator, every term of it compared with the bytes that the engine really \
      allocates, and its answer for published models on a real card
      """,
    standardSeconds: 6)

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
    try measureChunkedLoss(notebook, experiment)
    try compareCaches(notebook)
    try allocateBlocks(notebook, experiment)
    try divideCache(notebook)
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
    notebook.heading("Summary")
    notebook.say(
      """
      - Remove the score matrix first. With it, no card reads 100,000 tokens of any model here in \
      one pass. Without it, most models fit for inference.
      - For inference the KV cache is what grows. Shared heads, windows, latent vectors and fewer \
      bits make it smaller, and paging wastes less than a block per request.
      - In training the activations are what grows, and then the logits. Full recomputation, a loss \
      in chunks and context parallelism remove them. ZeRO and LoRA make the state smaller, not the \
      activations.
      - A card of 80 GB is not always needed, and it is not enough by itself. What fits depends on \
      the techniques that you use.
      - Check your predictions. The call that answered for published models was compared with a \
      meter at sizes that can be metered, and with numbers in print beyond them.
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
