import Foundation
import SystemSupport

/// The page of a lesson's run as one HTML file, with the figures in it.
///
/// It opens with the question, the idea and the lesson's figure. Then come the sections, the summary of
/// the claims, the papers and the facts of the run.
package struct HTMLPage {
  let record: RunRecord
  /// Links to the other pages; nil for a page that stands alone.
  let links: CourseLinks?
  /// The bytes of a figure's file; nil if there is no such file.
  let figureData: (FigureName) -> Data?

  package init(
    _ record: RunRecord, links: CourseLinks? = nil, figureData: @escaping (FigureName) -> Data?
  ) {
    self.record = record
    self.links = links
    self.figureData = figureData
  }

  /// The page of a record whose figures are in this folder.
  package static func data(
    of record: RunRecord, in folder: RunFolder, links: CourseLinks? = nil
  ) -> Data {
    data(of: record, RecordFigures(of: record, in: folder), links: links)
  }

  package static func data(
    of record: RunRecord, _ figures: RecordFigures, links: CourseLinks? = nil
  ) -> Data {
    Data(HTMLPage(record, links: links) { figures[$0] }.html.utf8)
  }

  package var html: String {
    document(
      title: "\(card.title) · LongContextLab",
      body: """
        <a class="skip" href="#lesson">Skip to the lesson</a>
        <div class="page">
        \(contents)
        <div class="sheet">
        \(header)
        <main id="lesson">
        \(record.cells.first?.isHeading == true ? "" : "<h2 class=\"hidden\">Introduction</h2>")
        \(rows.map(html(of:)).joined(separator: "\n"))
        \(claimsTable)
        \(papers)
        </main>
        \(footer)
        </div>
        </div>
        """)
  }

  private var card: LessonCard { record.lesson }

  private var header: String {
    """
    <header>
    \(links?.html(around: card) ?? "")
    <p class="course">LongContextLab · Lesson \(card.number)</p>
    <h1>\(card.title.htmlText)</h1>
    <p class="question">\(htmlLine(card.question))</p>
    <div class="intro">
    \(htmlProse(card.idea))\
    \(card.builds.isEmpty ? "" : "<p>You build \(htmlLine(card.builds)).</p>")
    <p class="cost">\(terms)</p>
    </div>
    \(stop)
    \(mainFigure)
    </header>
    """
  }

  /// Time, prerequisites and exercises.
  private var terms: String {
    var parts = ["Runs in about \(Quantity.seconds.text(Double(card.standardSeconds)))"]
    if record.facts.scale == .smoke {
      parts.insert(RunFacts.smoke, at: 0)
    }
    let before = card.after.map { links?.html(of: $0) ?? $0.htmlText }
    if !before.isEmpty { parts.append("builds on " + before.joined(separator: ", ")) }
    if let exercises = record.cells.first(where: \.isExercises) {
      parts.append("<a href=\"#\(exercises.id.htmlText)\">exercises</a>")
    }
    return parts.joined(separator: " · ")
  }

  /// The figure that the lesson's card names, linked to its place; nothing until it is drawn.
  private var mainFigure: String {
    for cell in record.cells {
      guard case .figure(let figure) = cell.content, figure.name == card.figure else { continue }
      return html(of: figure, id: cell.id + "-first", place: cell.id)
    }
    return ""
  }

  private var papers: String {
    guard !card.papers.isEmpty else { return "" }
    let items = card.papers.map { paper in
      let section = paper.section.isEmpty ? "" : ", \(paper.section.htmlText)"
      let title = htmlInlines([paper.titleLink])
      return "<li>\(paper.authors.htmlText) (\(paper.year)): \(title)\(section)</li>"
    }
    return """
      <section class="end" aria-labelledby="papers">
      <h2 id="papers">Papers</h2>
      <ul class="papers">
      \(items.joined(separator: "\n"))
      </ul>
      </section>
      """
  }

  private var stop: String {
    guard let sentence = record.state.sentence else { return "" }
    return """
      <p class="stop"><strong>Not finished.</strong> \(sentence.htmlText) \
      The steps below were finished before that.</p>
      """
  }

  private var facts: [(String, String)] {
    let facts = record.facts
    var list = [
      ("Device", facts.device), ("Scale", facts.scale.rawValue), ("Seed", "\(facts.seed)"),
    ]
    if let threads = facts.threads { list.insert(("Threads", "\(threads)"), at: 1) }
    if let corpus = facts.corpus { list.append(("Text", corpus)) }
    list.append(("Time", Quantity.seconds.text(record.seconds)))
    if record.peakBytes.total > 0 {
      list.append(("Tensors at most", Quantity.bytes.text(Double(record.peakBytes.total))))
    }
    if record.processPeakBytes > 0 {
      list.append(("Process at most", Quantity.bytes.text(Double(record.processPeakBytes))))
    }
    return list
  }

  private var footer: String {
    let versions = record.facts.versions.sorted { $0.key < $1.key }
      .map { "\($0.key) \($0.value)" }.joined(separator: " · ")
    return """
      <footer>
      <dl class="facts">
      \(facts.map { "<div><dt>\($0)</dt><dd>\($1.htmlText)</dd></div>" }.joined(separator: "\n"))
      </dl>
      <p>Run again with <code>\(record.facts.command.htmlText)</code>. Started \
      \(record.facts.startedAt.htmlText).</p>
      <p>\(versions.htmlText)</p>
      \(links?.html(around: card, label: "Lessons before and after") ?? "")
      </footer>
      """
  }
}

extension HTMLPage {
  /// The summary of all claims at the end, each with a link to its place on the page.
  private var claimsTable: String {
    let cells = record.cells.compactMap { cell in
      if case .claim(let claim) = cell.content { (cell.id, claim) } else { nil }
    }
    guard !cells.isEmpty else { return "" }
    let hasSeeds = cells.contains { $0.1.spread != nil }
    let rows = cells.map { id, claim in
      let value = claim.valueText.map(unbroken) ?? "not measured"
      let seeds = hasSeeds ? "<td data-name=\"seeds\">\(unbroken(claim.spread ?? ""))</td>" : ""
      return """
        <tr><td class="badge \(claim.cssClass)">\(claim.sign) \(claim.verdict)</td>\
        <td><a href="#\(id.htmlText)">\(htmlLine(claim.statement))</a></td>\
        <td data-name="kind">\(claim.kind.rawValue)</td>\
        <td class="number" data-name="expected">\(unbroken(claim.expectation))</td>\
        <td class="number" data-name="measured">\(value)</td>\(seeds)</tr>
        """
    }
    return """
      <section class="claims" aria-labelledby="claims">
      <h2 id="claims">What this lesson claims</h2>
      <table>
      <thead><tr><th scope="col">Verdict</th><th scope="col">Claim</th><th scope="col">Kind</th>\
      <th scope="col" class="number">Expected</th><th scope="col" class="number">Measured</th>\
      \(hasSeeds ? "<th scope=\"col\">Seeds</th>" : "")</tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      </table>
      </section>
      """
  }

  /// The sections of the page: at its side, or in one line that opens where the page is narrow.
  private var contents: String {
    var items = record.cells.compactMap { cell in
      if case .heading(let title) = cell.content { (cell.id, htmlLine(title)) } else { nil }
    }
    if !record.claims.isEmpty { items.append(("claims", "What this lesson claims")) }
    if !card.papers.isEmpty { items.append(("papers", "Papers")) }
    guard items.count > 1 else { return "" }
    let list = items.map { "<li><a href=\"#\($0.htmlText)\">\($1)</a></li>" }
      .joined(separator: "\n")
    return """
      <nav class="contents side" aria-label="Contents"><ol>
      \(list)
      </ol></nav>
      <details class="contents line"><summary>Contents</summary><nav aria-label="Contents"><ol>
      \(list)
      </ol></nav></details>
      """
  }
}

/// Links from the page of a lesson to the pages of the course.
package struct CourseLinks: Sendable {
  let cards: [LessonCard]
  /// The address of a lesson's page, from the page with the link.
  let address: @Sendable (_ slug: String) -> String
  /// The address of the course page.
  let home: String

  package init(
    _ cards: [LessonCard], home: String, address: @escaping @Sendable (_ slug: String) -> String
  ) {
    self.cards = cards
    self.address = address
    self.home = home
  }

  /// Links of a page in a folder of runs. A lesson without a page is linked to its place on the
  /// course page.
  package init(_ cards: [LessonCard], runs: URL) {
    self.init(cards, home: "../index.html") { slug in
      let folder = LessonRuns(of: slug, in: runs).shown()
      return FileManager.default.fileExists(atPath: folder.page.path)
        ? "../\(folder.url.lastPathComponent)/index.html" : "../index.html#\(slug)"
    }
  }

  /// The lesson before, the course, the lesson after.
  func html(around card: LessonCard, label: String = "Lessons") -> String {
    let before = cards.last { $0.number < card.number }
    let after = cards.first { $0.number > card.number }
    let parts = [
      before.map { link($0, "‹ \($0.number). \($0.title.htmlText)", "prev") },
      "<a href=\"\(home.htmlText)\">All lessons</a>",
      after.map { link($0, "\($0.number). \($0.title.htmlText) ›", "next") },
    ]
    return
      "<nav class=\"neighbors\" aria-label=\"\(label)\">\(parts.compactMap { $0 }.joined())</nav>"
  }

  /// The title of a lesson with a link to its page; nil if there is no such lesson.
  func html(of slug: String) -> String? {
    cards.first { $0.slug == slug }.map { link($0, $0.title.htmlText, nil) }
  }

  private func link(_ card: LessonCard, _ text: String, _ relation: String?) -> String {
    let relation = relation.map { " rel=\"\($0)\"" } ?? ""
    return "<a href=\"\(address(card.slug).htmlText)\"\(relation)>\(text)</a>"
  }
}

extension HTMLPage {
  /// Prose on the left, code and results on the right.
  struct Row {
    var prose: [Cell] = []
    var results: [Cell] = []
  }

  /// A new row starts when prose follows results, so that prose is beside its code.
  var rows: [Row] {
    var rows: [Row] = []
    for cell in record.cells {
      if cell.isProse {
        if rows.isEmpty || rows.last?.results.isEmpty == false || cell.isHeading {
          rows.append(Row())
        }
        rows[rows.count - 1].prose.append(cell)
      } else {
        if rows.isEmpty { rows.append(Row()) }
        rows[rows.count - 1].results.append(cell)
      }
    }
    return rows
  }

  private func html(of row: Row) -> String {
    let prose = row.prose.map(html(of:)).joined(separator: "\n")
    guard !row.results.isEmpty else { return "<div class=\"row alone\">\n\(prose)\n</div>" }
    let left = row.prose.isEmpty ? "" : "<div class=\"prose\">\n\(prose)\n</div>\n"
    let right = joinedMetrics(row.results).map(html(of:)).joined(separator: "\n")
    return "<div class=\"row\">\n\(left)<div class=\"results\">\n\(right)\n</div>\n</div>"
  }
}

extension Cell {
  /// Whether the cell is prose, as opposed to code or a result.
  var isProse: Bool {
    switch content {
    case .heading, .prose, .formula, .notice, .question: true
    case .example, .step, .source, .table, .figure, .metric, .claim: false
    }
  }

  /// Whether it is the list of the lesson's exercises.
  var isExercises: Bool {
    if case .notice(let notice) = content { notice.title == Notebook.exercisesTitle } else { false }
  }

  var isHeading: Bool {
    if case .heading = content { true } else { false }
  }
}

extension Claim {
  var cssClass: String {
    if isDerived { return "unchecked" }
    return switch holds {
    case true?: "holds"
    case false?: "fails"
    case nil: "unchecked"
    }
  }
}
