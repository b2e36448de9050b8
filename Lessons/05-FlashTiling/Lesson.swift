import LessonKit

/// Lesson 5: attention in tiles, so that the n × n matrix is never there.
public struct FlashTilingLesson: Lesson {
  public static let card = LessonCard(
    number: 5, slug: "flash-tiling", title: "Flash tiling",
    question: "How can attention be exact without ever holding its matrix?",
    papers: Papers.all, after: ["cost", "positions"],
    builds: """
      the online softmax, attention in tiles forward and backward, a memory that counts, and a \
      picture of attention at a length where its matrix would not fit
      """,
    standardSeconds: 50)

  public init() {}

  public func teach(_ notebook: Notebook) throws {
    let experiment = Experiment(scale: notebook.scale)
    // Asked for first: a text that is too short for the last map is refused before any work.
    _ = try notebook.book(readingUpTo: experiment.longText)
    introduce(notebook)
    showSafeSoftmax(notebook)
    try showOnlineSoftmax(notebook)
    try showErratum(notebook)
    try showTiles(notebook, experiment)
    try showBackward(notebook, experiment)
    checkEngine(notebook, experiment)
    try countTraffic(notebook, experiment)
    try timeBoth(notebook, experiment)
    try drawMaps(notebook, experiment)
    close(notebook)
  }

  private func introduce(_ notebook: Notebook) {
    notebook.say(
      """
      Attention compares every token with every other: n² scores, n² probabilities. Written down as \
      three steps, scores, softmax, product, it needs the whole matrix between them, and at \
      100,000 tokens that is \(Quantity.bytes.text(4e10)) for each head. Yet what comes out is one \
      row of a few dozen numbers a token.
      """)
    notebook.say(
      """
      You take the matrix away. First the softmax is taught to work on a stream. Then queries and \
      keys meet in tiles small enough for the fastest memory there is, and each tile is forgotten \
      as soon as it is used. The result is the same, not nearly the same: **no approximation is \
      made anywhere on this page.** Every step runs, and every saving is counted.
      """)
  }

  private func close(_ notebook: Notebook) {
    notebook.heading("What to take with you")
    notebook.say(
      """
      - A softmax needs two numbers of its past, the largest score and the sum. Whoever carries \
      those can see the scores in any pieces.
      - Tiling does not save arithmetic: it computes every score, and in the backward pass it \
      computes it again. It saves the way to slow memory, and the room.
      - Only causal skipping saves arithmetic, and it saves half.
      - The order of the loops decides what passes by again and again: unfinished outputs \
      (FlashAttention-1) or keys and values (FlashAttention-2).
      - Whatever can be computed from a tile, a sum, a maximum, a picture, needs no matrix.
      """)
    notebook.notice(
      "What is different here from the papers",
      """
      On a GPU the fast memory is managed by the program, and it is so much faster than the slow one \
      that less traffic is less time. A processor's caches do that on their own, so plain attention \
      suffers less here than there: do not expect the papers' factors. The memory is the same on \
      both: what is not made need not be held.
      """)
  }
}
