import Calculator
import LessonKit
import SmallTransformer

/// Lesson 2: what a longer context costs, counted, measured and paid for.
public struct CostLesson: Lesson {
  public static let card = LessonCard(
    number: 2, slug: "cost", title: "The cost",
    question: "What does a longer context cost, and from which length on?",
    papers: Papers.all, after: ["why-context"],
    builds: """
      a device that counts every operation it is asked for, the law of a layer's cost found by fit, \
      and three readings of a famous price
      """,
    standardSeconds: 30)

  public init() {}

  public func teach(_ notebook: Notebook) throws {
    let experiment = Experiment(scale: notebook.scale)
    let book = try notebook.book(readingUpTo: experiment.longLength)
    introduce(notebook)
    try count(notebook, experiment)
    try clock(notebook, experiment)
    try readLonger(notebook, experiment, book)
    try pay(notebook, experiment)
    close(notebook)
  }

  private func introduce(_ notebook: Notebook) {
    notebook.say(
      """
      A long window is worth having. What does it cost? An often-read article gives the rule of \
      thumb that attention is quadratic in the length n and the linear layers are quadratic in the \
      width d, so that attention takes over when n exceeds d; and the price of training at 100,000 \
      tokens as fifty times the price at 2,000. Both can be checked. Count first, then use the \
      clock, then do the sum.
      """)
    notebook.heading("What a layer computes")
    notebook.say(
      """
      Every product of a layer is a sum over multiplications and additions, so its cost can be \
      written down. Over n tokens of width d, with one head or many and a feed-forward layer four \
      times as wide:
      """)
    notebook.formula(
      "linear layers   6nd² + 2nd² + 8nd² + 8nd² = 24nd²\nattention       2n²d + 2n²d               =  4n²d",
      legend: """
        Operations forward; a multiplication and an addition count as two. n tokens, d width. \
        Queries, keys and values are 6nd², the output projection 2nd², up and down 8nd² each; \
        scores and weighted sums 2n²d each. A causal kernel that skips what it must not see does \
        half of these: 2n²d.
        """)
  }

  private func close(_ notebook: Notebook) {
    notebook.heading("What to take with you")
    notebook.say(
      """
      - Attention is the n² term, and it is small for long: the linear layers cost more until n = 6d, \
      or 12d with a causal kernel. For a width of \(Quantity.count.text(Double(8192))) that is \
      \(Quantity.count.text(Double(12 * 8192))) tokens.
      - No weight knows the length. That a model *runs* at a length says nothing about whether it \
      can *read* there.
      - A price for a long context means nothing until it says what is held fixed: sequences, or \
      tokens.
      - Operations are half the story. The other half is bytes: what attention holds, what training \
      remembers, what decoding reads. The next lessons are about those.
      """)
  }
}
