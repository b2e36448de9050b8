import Corpora
import LessonKit
import SmallTransformer

/// Lesson 6: one head of keys and values for many query heads.
public struct MultiQueryLesson: Lesson {
  public static let card = LessonCard(
    number: 6, slug: "multi-query", title: "Multi-query attention",
    question: "Does every head need its own keys and values?",
    idea: """
      To decode one token, a model reads the keys and values of all tokens before it. If several \
      query heads share one key/value head, there is less to read and less to store, by the \
      number of heads that share. What this costs in quality is measured here.
      """,
    figure: "decode-time",
    papers: [
      Paper(
        authors: "Shazeer", year: 2019,
        title: "Fast transformer decoding: one write-head is all you need",
        section: "section 3", link: "https://arxiv.org/abs/1911.02150"),
      Paper(
        authors: "Ainslie et al.", year: 2023,
        title:
          "GQA: training generalized multi-query transformer models from multi-head checkpoints",
        section: "section 2", link: "https://arxiv.org/abs/2305.13245"),
      Paper(
        authors: "Jiang et al.", year: 2023, title: "Mistral 7B", section: "section 2",
        link: "https://arxiv.org/abs/2310.06825"),
    ],
    after: ["cost", "flash-tiling"],
    builds: """
      shared key/value heads, a KV cache whose bytes can be calculated, decoding times compared \
      with the memory bandwidth of this machine, and the conversion of a multi-head model to \
      multi-query
      """,
    standardSeconds: 60)

  public init() {}

  public func teach(_ notebook: Notebook) throws {
    let experiment = Experiment(scale: notebook.scale)
    let book = try notebook.book(readingUpTo: experiment.schedule.length)
    opening(notebook)
    try countCache(notebook, experiment)
    try timeDecoding(notebook, experiment)
    let models = try compareQuality(notebook, experiment, book)
    try convert(notebook, experiment, book, models)
    try drawHeads(notebook, experiment, book, models)
    try scoreWithLearners(notebook, experiment, book, models[.grouped].models[0].model)
    try decodeWithLearners(notebook, experiment, book, models[.multiHead].models[0].model)
    closing(notebook)
  }

  private func opening(_ notebook: Notebook) {
    notebook.say(
      """
      To write one new token, a model attends to all tokens before it. It reads the keys and \
      values of every one of them. They are kept in a **KV cache**, because computing them again \
      would cost far more. At 100,000 tokens this cache can be larger than the model. Many query \
      heads make attention expressive. Does each of them need its own keys and values?
      """)
    notebook.formula(
      #"""
      \text{bytes} = 2 \cdot \text{layers} \cdot \text{kvHeads} \cdot \text{headDim}
      \qquad \cdot \, \text{tokens} \cdot \text{batch} \cdot \text{bytes per value}
      """#,
      legend: """
        2 for keys and values. *Multi-head* (MHA): kvHeads = heads. *Multi-query* (MQA): kvHeads = \
        1. *Grouped-query* (GQA): in between. Each key/value head serves a group of neighboring \
        query heads.
        """)
    notebook.show(
      "KeyValueSharing", in: "Sources/SmallTransformer/Model/KeyValueSharing.swift",
      focus: "public func kvHeadCount(")
    notebook.notice(
      "Neighbors share",
      """
      Query head h uses key/value head h / (heads / kvHeads). Repeat each key head in place (0, 0, \
      1, 1), and you get multi-head attention again. Repeat the whole list of heads (0, 1, 0, 1), \
      and you get a different model and no error message. More than one library confuses the two.
      """)
  }

  private func closing(_ notebook: Notebook) {
    notebook.heading("What to take with you")
    notebook.say(
      """
      - Sharing divides the bytes of the cache exactly. It divides the time by the same factor \
      only while reading the cache takes most of the time. With one key/value head every byte \
      serves all heads, and the arithmetic takes most of the time.
      - Sharing costs quality. Compare this cost with the spread over seeds. Sharing also removes \
      weights, and part of the cost comes from that alone: a wider feed-forward layer with the \
      same number of weights wins some of it back.
      - A trained model can be converted. Any trained head is a better start than a random one. A \
      little more training matters more than the choice of the head.
      """)
  }
}
