import Foundation
import SystemSupport

/// The page of the course: every lesson with the state of its last run, its claims and a link.
package struct CoursePage {
  /// A lesson, and the record of its last run if there is one.
  package struct Entry {
    var card: LessonCard
    var record: RunRecord?
    /// The name of the folder of this run.
    var folder: String
    /// Whether there is a record but it cannot be read.
    var isDamaged = false

    package init(
      card: LessonCard, record: RunRecord?, folder: String? = nil, isDamaged: Bool = false
    ) {
      self.card = card
      self.record = record
      self.folder = folder ?? card.slug
      self.isDamaged = isDamaged
    }
  }

  let entries: [Entry]

  package init(_ entries: [Entry]) { self.entries = entries }

  /// Reads the records in a folder of runs. If a record cannot be read, the page says so.
  package init(_ cards: [LessonCard], runs: URL) {
    entries = cards.map { card in
      let folder = LessonRuns(of: card.slug, in: runs).shown()
      let record = try? folder.loadRecord()
      return Entry(
        card: card, record: record, folder: folder.url.lastPathComponent,
        isDamaged: record == nil && folder.hasRecord)
    }
  }

  /// The file of the page.
  package static func file(in runs: URL) -> URL { runs.appendingPathComponent("index.html") }

  /// Reads the records in a folder of runs and writes the page there.
  ///
  /// Of several processes that do this at once, each waits for the one before it, so that the page
  /// that remains was made from the newest records.
  package static func update(_ cards: [LessonCard], runs: URL) throws(FolderError) {
    // Without the lock the page is still whole, at worst a moment old.
    let lock = try? FileLock.wait(forFolder: runs, atMost: 5)
    defer { withExtendedLifetime(lock) {} }
    try CoursePage(cards, runs: runs).write(into: runs)
  }

  /// Writes the page into the folder of the runs. Its links are relative, so the folder can be
  /// moved.
  package func write(into runs: URL) throws(FolderError) {
    try RunFolder(runs).checkPage(Self.file(in: runs))
    try RunFolder(runs).write(Data(html.utf8), to: Self.file(in: runs))
  }

  package var html: String {
    document(
      title: "LongContextLab",
      body: """
        <a class="skip" href="#lessons">Skip to the lessons</a>
        <header>
        <p class="course">LongContextLab</p>
        <h1>How does a language model read 100,000 tokens?</h1>
        <p class="question">\(claimSummary.htmlText)</p>
        </header>
        <main id="lessons">
        \(entries.map(html(of:)).joined(separator: "\n"))
        </main>
        """)
  }

  private var claimSummary: String {
    let done = entries.filter { $0.record?.state == .finished }.count
    let claims = entries.flatMap { $0.record?.claims ?? [] }
    let (held, failed) = (
      claims.filter { $0.holds == true }.count, claims.filter { $0.holds == false }.count
    )
    return "\(done) of \(entries.count) lessons run here: \(held) claims hold, \(failed) fail."
  }

  private func html(of entry: Entry) -> String {
    let card = entry.card
    let title = "\(card.number). \(card.title.htmlText)"
    let link = entry.record == nil ? title : "<a href=\"\(entry.folder)/index.html\">\(title)</a>"
    return """
      <section class="row" id="\(card.slug)">
      <div class="prose"><h2>\(link)</h2><p>\(htmlLine(card.question))</p></div>
      <div class="results">\(results(entry))</div>
      </section>
      """
  }

  private func results(_ entry: Entry) -> String {
    guard let record = entry.record else {
      let state = entry.isDamaged ? "The record of its run cannot be read" : "Not run here yet"
      return "<p>\(state): <code>lab run \(entry.card.slug)</code></p>"
    }
    let facts = record.facts
    let run =
      "\(record.statusWord) at scale \(facts.scale.rawValue) on \(facts.device), "
      + Quantity.seconds.text(record.seconds)
    let claims = record.claims.map {
      "<li><span class=\"badge \($0.cssClass)\">\($0.sign) \($0.verdict)</span> "
        + "\(htmlLine($0.text)): <span class=\"cost\">\(unbroken($0.comparison))</span></li>"
    }
    return """
      <p class="cost">\(run.htmlText)</p>
      <ul class="short">
      \(claims.joined(separator: "\n"))
      </ul>
      """
  }
}
