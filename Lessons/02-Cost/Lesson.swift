import LessonKit

/// Lesson 2: what a longer context costs in FLOPs, in seconds and in money.
public struct CostLesson: Lesson {
  public static let card = LessonCard(
    number: 2, slug: "cost", title: "The cost",
    question: "What does a longer context cost, and from which length on does attention dominate?",
    idea: """
      Attention compares all pairs of tokens, so its cost grows with n². All other layers \
      process each token alone, so their cost grows with n. Which part is larger depends on the \
      length over the width. What training on long texts costs depends on what stays fixed: the \
      tokens or the number of texts.
      """,
    figure: "price-by-context",
    papers: [
      Paper(
        authors: "Vaswani et al.", year: 2017, title: "Attention is all you need",
        section: "table 1", link: "https://arxiv.org/abs/1706.03762"),
      Paper(
        authors: "Chowdhery et al.", year: 2022,
        title: "PaLM: scaling language modeling with pathways", section: "appendix B",
        link: "https://arxiv.org/abs/2204.02311"),
      Paper(
        authors: "Touvron et al.", year: 2023,
        title: "LLaMA: open and efficient foundation language models",
        section: "section 2.4 and table 15", link: "https://arxiv.org/abs/2302.13971"),
      Paper(
        authors: "Williams et al.", year: 2009,
        title: "Roofline: an insightful visual performance model for multicore architectures",
        section: "section 3", link: "https://doi.org/10.1145/1498765.1498785"),
    ],
    after: ["why-context"],
    builds: """
      a backend that counts FLOPs, a fit that finds the formula of a layer's cost, and three \
      explanations of a published price
      """,
    standardSeconds: 60)

  public init() {}

  public func teach(_ notebook: Notebook) throws {
    let experiment = Experiment(scale: notebook.scale)
    let book = try notebook.book(readingUpTo: experiment.longLength)
    introduce(notebook)
    writeFormula(notebook)
    try countLayers(notebook, experiment)
    try countParts(notebook, experiment)
    try measureTime(notebook, experiment)
    try compareWithLimits(notebook, experiment)
    try readLonger(notebook, experiment, book)
    try computePrice(notebook)
    close(notebook)
  }

  private func introduce(_ notebook: Notebook) {
    notebook.say(
      """
      A long context is useful. What does it cost? A widely read article makes two statements. \
      First, attention is quadratic in the length n and the linear layers are quadratic in the \
      width d, so attention dominates when n exceeds d. Second, training at 100,000 tokens costs \
      fifty times as much as training at 2,000. You can check both. First you count FLOPs, then \
      you measure the time, then you compute the price.
      """)
  }

  private func close(_ notebook: Notebook) {
    notebook.heading("Summary")
    notebook.say(
      """
      - Attention grows with n², but up to a great length it is the smaller part: the linear \
      layers cost more until n = 6d, or until 12d with a causal kernel. With a width of \
      \(Quantity.count.text(Double(8192))) that is \(Quantity.count.text(Double(12 * 8192))) \
      tokens.
      - No weight depends on the length. If a model *runs* at a length, that does not mean that it \
      can *use* the text there.
      - A price for a long context means nothing unless it says what stays the same: the number of \
      sequences, or the number of tokens.
      - FLOPs are one part of the cost. The other part is bytes: what attention stores, what \
      training saves for the backward pass, what decoding reads. The next lessons are about bytes.
      """)
  }
}
