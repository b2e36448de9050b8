import Foundation

/// The course on one page: every lesson, where it stands, its claims, a link to its own page.
package struct CoursePage {
  /// A lesson and the record of its last run, where there is one.
  package struct Entry {
    var card: LessonCard
    var record: RunRecord?
    /// There is a record, and it cannot be read.
    var isDamaged = false

    package init(card: LessonCard, record: RunRecord?, isDamaged: Bool = false) {
      self.card = card
      self.record = record
      self.isDamaged = isDamaged
    }
  }

  let entries: [Entry]

  package init(_ entries: [Entry]) { self.entries = entries }

  /// Reads the records under a folder of runs, one folder for each slug. A record that cannot be
  /// read counts as none, and the page says so.
  package init(_ cards: [LessonCard], runs: URL) {
    entries = cards.map { card in
      let folder = RunFolder(runs.appendingPathComponent(card.slug))
      let record = try? folder.loadRecord()
      return Entry(card: card, record: record, isDamaged: record == nil && folder.hasRecord)
    }
  }

  /// Where the page of a folder of runs lies.
  package static func file(in runs: URL) -> URL { runs.appendingPathComponent("index.html") }

  /// Writes the page beside the runs; its links are relative, so that the folder can be moved.
  package func write(into runs: URL) throws(FolderError) {
    try RunFolder(runs).write(Data(html.utf8), to: Self.file(in: runs))
  }

  package var html: String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" \
    content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
    <title>LongContextLab</title>
    <link rel="icon" href="data:,">
    <style>
    \(PageStyle.sheet)
    </style>
    </head>
    <body>
    <a class="skip" href="#lessons">Skip to the lessons</a>
    <header>
    <p class="course">LongContextLab</p>
    <h1>How does a language model read 100,000 tokens?</h1>
    <p class="question">\(escaped(tally))</p>
    </header>
    <main id="lessons">
    \(entries.map(html(of:)).joined(separator: "\n"))
    </main>
    </body>
    </html>

    """
  }

  private var tally: String {
    let done = entries.filter { $0.record?.state == .finished }.count
    let claims = entries.flatMap { $0.record?.claims ?? [] }
    let (held, failed) = (
      claims.filter { $0.holds == true }.count, claims.filter { $0.holds == false }.count
    )
    return "\(done) of \(entries.count) lessons run here: \(held) claims hold, \(failed) fail."
  }

  private func html(of entry: Entry) -> String {
    let card = entry.card
    let title = "\(card.number). \(escaped(card.title))"
    let link = entry.record == nil ? title : "<a href=\"\(card.slug)/index.html\">\(title)</a>"
    return """
      <section class="row" id="\(card.slug)">
      <div class="told"><h2>\(link)</h2><p>\(htmlLine(card.question))</p></div>
      <div class="beside">\(beside(entry))</div>
      </section>
      """
  }

  private func beside(_ entry: Entry) -> String {
    guard let record = entry.record else {
      let state = entry.isDamaged ? "The record of its run cannot be read" : "Not run here yet"
      return "<p>\(state): <code>lab run \(entry.card.slug)</code></p>"
    }
    let facts = record.facts
    let run =
      "\(record.standing.rawValue) at scale \(facts.scale.rawValue) on \(facts.device), "
      + Quantity.seconds.text(record.seconds)
    let claims = record.claims.map {
      "<li><span class=\"badge \($0.cssClass)\">\($0.sign) \($0.verdict)</span> "
        + "\(htmlLine($0.text)): <span class=\"cost\">\(unbroken($0.comparison))</span></li>"
    }
    return """
      <p class="cost">\(escaped(run))</p>
      <ul class="short">
      \(claims.joined(separator: "\n"))
      </ul>
      """
  }
}
