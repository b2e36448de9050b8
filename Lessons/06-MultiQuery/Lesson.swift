import Corpora
import LessonKit
import SmallTransformer

/// Lesson 6: one head of keys and values for many heads of queries.
public struct MultiQueryLesson: Lesson {
  public static let card = LessonCard(
    number: 6, slug: "multi-query", title: "Multi-query attention",
    question: "Does every head need keys and values of its own?",
    papers: Papers.all, after: ["cost", "flash-tiling"],
    builds: """
      shared heads of keys and values, a cache whose bytes are known beforehand, decoding against \
      the bandwidth of this machine, and a conversion of what was trained without sharing
      """,
    standardSeconds: 105)

  public init() {}

  public func teach(_ notebook: Notebook) throws {
    let experiment = Experiment(scale: notebook.scale)
    let book = try notebook.book(readingUpTo: experiment.schedule.length)
    introduce(notebook)
    try countCache(notebook, experiment)
    try decode(notebook, experiment)
    let models = try compareQuality(notebook, experiment, book)
    try convert(notebook, experiment, book, models)
    try lookAtHeads(notebook, experiment, book, models)
    close(notebook)
  }

  private func introduce(_ notebook: Notebook) {
    notebook.say(
      """
      A model that writes reads its whole past for each new token. What it reads are the keys and \
      values of every token so far, kept in a cache, since computing them again would cost far \
      more. At 100,000 tokens that cache can be larger than the model. The heads of queries are \
      what makes attention rich; does each of them need keys and values of its own?
      """)
    notebook.formula(
      "bytes = 2 · layers · kvHeads · headDim\n      · tokens · batch · bytes a number",
      legend: """
        2 for keys and values. *Multi-head*: kvHeads = heads. *Multi-query*: kvHeads = 1. *Grouped*: \
        between them, each shared by a group of neighboring heads.
        """)
    notebook.show("KeyValueSharing", in: "Sources/SmallTransformer/Model/KeyValueSharing.swift")
    notebook.notice(
      "Neighbors share",
      """
      Head h looks through key/value head h / (heads / kvHeads). Repeating each key head in place \
      gives multi-head attention again; repeating the whole row of heads gives another model, and \
      no error message. The two are mixed up in more than one library.
      """)
  }

  private func close(_ notebook: Notebook) {
    notebook.heading("What to take with you")
    notebook.say(
      """
      - Sharing divides the cache's bytes, exactly, and with them the time to read it, as long as \
      reading is what takes the time. With one key/value head every byte read is used by all heads, \
      so computing them takes over.
      - The price is in quality, and it has to be read beside the spread over seeds. A part of it is \
      only that shared heads are fewer weights; given back elsewhere, they do some of the work.
      - A trained model can be converted: any trained head is a better start than a fresh one, and a \
      little training afterwards matters more than which.
      """)
  }
}
