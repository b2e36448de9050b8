import LessonKit

/// Lesson 5: attention in tiles, which never stores the n × n matrix.
public struct FlashTilingLesson: Lesson {
  public static let card = LessonCard(
    number: 5, slug: "flash-tiling", title: "Flash tiling",
    question: "How can attention be exact without storing its matrix?",
    idea: """
      A softmax can be computed piece by piece if its running maximum and running sum are kept. \
      So attention can take tiles of queries and keys that fit into fast memory, and drop each \
      tile of scores after its use. The result is exact, and the n × n matrix is never stored.
      """,
    figure: "tiles",
    papers: [
      Paper(
        authors: "Milakov and Gimelshein", year: 2018,
        title: "Online normalizer calculation for softmax", section: "section 3",
        link: "https://arxiv.org/abs/1805.02867"),
      Paper(
        authors: "Rabe and Staats", year: 2021,
        title: "Self-attention does not need O(n²) memory", section: "section 2",
        link: "https://arxiv.org/abs/2112.05682"),
      Paper(
        authors: "Dao, Fu, Ermon, Rudra and Ré", year: 2022,
        title: "FlashAttention: fast and memory-efficient exact attention with IO-awareness",
        section: "section 3, theorems 1 and 2", link: "https://arxiv.org/abs/2205.14135"),
      Paper(
        authors: "Dao", year: 2023,
        title: "FlashAttention-2: faster attention with better parallelism and work partitioning",
        section: "section 3.1", link: "https://arxiv.org/abs/2307.08691"),
    ], after: ["cost", "positions"],
    builds: """
      the online softmax, attention in tiles forward and backward, a memory that counts its \
      traffic, and a picture of attention at a length where its matrix would not fit
      """,
    standardSeconds: 85)

  public init() {}

  public func teach(_ notebook: Notebook) throws {
    let experiment = Experiment(scale: notebook.scale)
    // Loaded first, so that a text that is too short for the last map fails before any work.
    _ = try notebook.book(readingUpTo: experiment.longText)
    introduce(notebook)
    showSafeSoftmax(notebook)
    try showOnlineSoftmax(notebook)
    try showErratum(notebook)
    try showTiles(notebook, experiment)
    try showBackward(notebook, experiment)
    checkEngine(notebook, experiment)
    try countTraffic(notebook, experiment)
    try timeMethods(notebook, experiment)
    try drawMaps(notebook, experiment)
    close(notebook)
  }

  private func introduce(_ notebook: Notebook) {
    notebook.say(
      """
      Attention compares every token with every other: n² scores, n² probabilities. Naive \
      attention takes three steps: scores, softmax, product with the values. Between the steps it \
      stores the whole matrix. At 100,000 tokens that is \(Quantity.bytes.text(4e10)) in Float32 \
      for each head. Yet the result is only one row of a few dozen numbers per token.
      """)
    notebook.say(
      """
      You remove the matrix. First you make the softmax work on a stream of scores. Then you \
      compute the scores in tiles that fit into the fastest memory, and you keep no tile after its \
      use. This is exact attention: **no approximation is made anywhere on this page.** Every step \
      runs, and every saving is counted or measured.
      """)
  }

  private func close(_ notebook: Notebook) {
    notebook.heading("Summary")
    notebook.say(
      """
      - A softmax needs two numbers from the scores so far: the largest score and the sum. With \
      these two it can process the scores in pieces of any size.
      - Tiling does not save arithmetic. It computes every score, and in the backward pass it \
      computes every score again. It saves traffic to slow memory, and it saves memory.
      - Only causal skipping saves arithmetic, and it saves half.
      - The order of the loops decides what moves again and again: partial outputs \
      (FlashAttention-1) or keys and values (FlashAttention-2).
      - A sum, a maximum or a picture can be computed tile by tile, so it needs no matrix.
      """)
    notebook.notice(
      "What is different here from the papers",
      """
      On a GPU the program manages the fast memory (SRAM). It is so much faster than the slow \
      memory (HBM) that less traffic means less time. A CPU manages its caches itself, and they \
      also help naive attention. So do not expect the papers' speed-ups here. The saving in memory \
      is the same on both, because a matrix that is never made is never stored.
      """)
  }
}
