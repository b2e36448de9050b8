import Foundation
import SystemSupport

/// The start page of the course: what it is about, what to do first, and every lesson with its
/// idea, its figure, its time and the state of its last run.
package struct CoursePage {
  /// A lesson, and the record of its last run if there is one.
  package struct Entry {
    var card: LessonCard
    var record: RunRecord?
    /// The name of the folder of this run.
    var folder: String
    /// Whether there is a record but it cannot be read.
    var isDamaged = false
    /// The figure that the card names, as PNG.
    var picture: Data?

    package init(
      card: LessonCard, record: RunRecord?, folder: String? = nil, isDamaged: Bool = false,
      picture: Data? = nil
    ) {
      self.card = card
      self.record = record
      self.folder = folder ?? card.slug
      self.isDamaged = isDamaged
      self.picture = picture
    }

    var figure: FigureFile? { record?.figures.first { $0.name == card.figure } }
  }

  let entries: [Entry]

  package init(_ entries: [Entry]) { self.entries = entries }

  /// Reads the records in a folder of runs. If a record cannot be read, the page says so.
  package init(_ cards: [LessonCard], runs: URL) {
    entries = cards.map { card in
      let folder = LessonRuns(of: card.slug, in: runs).shown()
      let record = try? folder.loadRecord()
      var entry = Entry(
        card: card, record: record, folder: folder.url.lastPathComponent,
        isDamaged: record == nil && folder.hasRecord)
      entry.picture = entry.figure.flatMap { try? folder.picture($0.file) }
      return entry
    }
  }

  /// The file of the page.
  package static func file(in runs: URL) -> URL { runs.appendingPathComponent("index.html") }

  /// Reads the records in a folder of runs and writes the page there.
  ///
  /// Of several processes that do this at once, each waits for the one before it, so that the page
  /// that remains was made from the newest records.
  package static func update(_ cards: [LessonCard], runs: URL) throws(FolderError) {
    let page: CoursePage
    do {
      // Without the lock the page is still whole, at worst a moment old.
      let lock = try? FileLock.wait(forFolder: runs, atMost: 20)
      defer { withExtendedLifetime(lock) {} }
      page = CoursePage(cards, runs: runs)
      try page.write(into: runs)
    }
    page.updateLinks(runs: runs)
  }

  /// Writes the pages of lessons again that would be other today, above all in their links: a page
  /// that was written before its neighbor leads to the course page in its place.
  ///
  /// A page that cannot be written stays as it is, since its links still lead somewhere.
  private func updateLinks(runs: URL) {
    let links = CourseLinks(entries.map(\.card), runs: runs)
    for entry in entries {
      let folder = RunFolder(runs.appendingPathComponent(entry.folder))
      guard let record = entry.record, record.statusWord != "running", folder.hasRecord,
        let old = try? RegularFile.read(folder.page, byteLimit: 100_000_000)
      else { continue }
      let figures = RecordFigures(of: record, in: folder)
      let html = HTMLPage.data(of: record, figures, links: links)
      if figures.missing.isEmpty, html != old { try? folder.writePage(html) }
    }
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
        <p class="question">Each lesson builds one technique in a small transformer, runs it on \
        this machine, and measures what it claims.</p>
        <div class="intro">\(first)<p class="cost">\(summary.htmlText)</p></div>
        </header>
        <main id="lessons">
        \(entries.map(html(of:)).joined(separator: "\n"))
        </main>
        """)
  }

  /// The command to type next.
  private var first: String {
    let next = entries.first { $0.record?.isDone != true }
    let time = entries.map(\.card.standardSeconds).reduce(0, +)
    guard let next else {
      return "<p>Every lesson is done. <code>lab check</code> gives the next exercise.</p>"
    }
    let isFirst = next.card.number == entries.first?.card.number
    return
      "<p>\(isFirst ? "Start" : "Go on") with <code>lab run \(next.card.slug)</code>, which takes "
      + "about \(Quantity.seconds.text(Double(next.card.standardSeconds))). All lessons together "
      + "take about \(Quantity.seconds.text(Double(time))): <code>lab run all</code>.</p>"
  }

  private var summary: String {
    let done = entries.filter { $0.record?.isDone == true }.count
    let count = ClaimCount(entries.flatMap { $0.record?.claims ?? [] })
    return
      "\(done) of \(entries.count) lessons done at standard or full scale; in all runs "
      + "\(count.held) claims hold, "
      + "\(count.failed) fail."
  }

  private func html(of entry: Entry) -> String {
    let card = entry.card
    let title = "\(card.number). \(card.title.htmlText)"
    let link = entry.record == nil ? title : "<a href=\"\(entry.folder)/index.html\">\(title)</a>"
    return """
      <section class="lesson" id="\(card.slug)">
      <div><h2>\(link)</h2><p class="asked">\(htmlLine(card.question))</p>
      \(htmlProse(card.idea))\(results(entry))</div>
      \(picture(of: entry))
      </section>
      """
  }

  private func picture(of entry: Entry) -> String {
    guard let figure = entry.figure, let data = entry.picture else { return "" }
    return htmlImage(figure, data)
  }

  private func results(_ entry: Entry) -> String {
    let time = "about \(Quantity.seconds.text(Double(entry.card.standardSeconds)))"
    guard let record = entry.record else {
      let state = entry.isDamaged ? "The record of its run cannot be read" : "Not run here yet"
      return "<p class=\"cost\">\(state), \(time): <code>lab run \(entry.card.slug)</code></p>"
    }
    let facts = record.facts
    let usual = facts.scale == .standard ? "" : "; at standard scale \(time)"
    let run =
      "\(record.statusWord) at scale \(facts.scale.rawValue) on \(facts.device), "
      + Quantity.seconds.text(record.seconds) + usual
    return "<p class=\"cost\">\(run.htmlText)</p>\n" + claims(of: record)
  }

  /// How many claims hold, and those that fail as sentences.
  private func claims(of record: RunRecord) -> String {
    let claims = record.claims
    guard !claims.isEmpty else { return "" }
    let count = ClaimCount(claims)
    let words =
      "\(count.held) of \(count.total) claims hold"
      + (count.unchecked == 0 ? "" : ", \(count.unchecked) not checked at this scale")
    let failed = claims.filter { $0.holds == false }.map {
      "<li><span class=\"badge fails\">\($0.sign) \($0.verdict)</span> \(htmlLine($0.sentence))</li>"
    }
    return "<p class=\"cost\">\(words)</p>"
      + (failed.isEmpty
        ? "" : "<ul class=\"short\">\n\(failed.joined(separator: "\n"))\n</ul>")
  }
}
