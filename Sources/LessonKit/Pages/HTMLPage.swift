import Foundation
import SystemSupport

/// The page of a lesson's run as one HTML file, with the figures in it.
package struct HTMLPage {
  let record: RunRecord
  /// The bytes of a figure's file; nil if there is no such file.
  let figureData: (FigureName) -> Data?

  package init(_ record: RunRecord, figureData: @escaping (FigureName) -> Data?) {
    self.record = record
    self.figureData = figureData
  }

  /// The page of a record whose figures are in this folder.
  package static func data(of record: RunRecord, in folder: RunFolder) -> Data {
    data(of: record, RecordFigures(of: record, in: folder))
  }

  package static func data(of record: RunRecord, _ figures: RecordFigures) -> Data {
    Data(HTMLPage(record) { figures[$0] }.html.utf8)
  }

  package var html: String {
    document(
      title: "\(card.title) · LongContextLab",
      body: """
        <a class="skip" href="#lesson">Skip to the lesson</a>
        \(header)
        \(claimsTable)
        <main id="lesson">
        \(rows.map(html(of:)).joined(separator: "\n"))
        </main>
        \(footer)
        """)
  }

  private var card: LessonCard { record.lesson }

  private var header: String {
    """
    <header>
    <p class="course">LongContextLab · Lesson \(card.number)</p>
    <h1>\(card.title.htmlText)</h1>
    <p class="question">\(htmlLine(card.question))</p>
    <div class="intro">
    \(card.builds.isEmpty ? "" : "<p>You build \(htmlLine(card.builds)).</p>")
    \(papers)
    </div>
    \(stop)
    <dl class="facts">
    \(facts.map { "<div><dt>\($0)</dt><dd>\($1.htmlText)</dd></div>" }.joined(separator: "\n"))
    </dl>
    </header>
    """
  }

  private var papers: String {
    guard !card.papers.isEmpty else { return "" }
    let items = card.papers.map { paper in
      let section = paper.section.isEmpty ? "" : ", \(paper.section.htmlText)"
      let title = htmlInlines([paper.titleLink])
      return "<li>\(paper.authors.htmlText) (\(paper.year)): \(title)\(section)</li>"
    }
    return "<ul class=\"papers\">\n\(items.joined(separator: "\n"))\n</ul>"
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

  /// A table of all claims at the top, each with a link to its place on the page.
  private var claimsTable: String {
    let cells = record.cells.compactMap { cell in
      if case .claim(let claim) = cell.content { (cell.id, claim) } else { nil }
    }
    guard !cells.isEmpty else { return "" }
    let rows = cells.map { id, claim in
      let value = claim.valueText.map(\.htmlText) ?? "not measured"
      return """
        <tr><td class="badge \(claim.cssClass)">\(claim.sign) \(claim.verdict)</td>\
        <td><a href="#\(id.htmlText)">\(htmlLine(claim.text))</a></td>\
        <td class="number" data-name="measured">\(value)</td>\
        <td class="number" data-name="bound">\(claim.bound.text(as: claim.quantity).htmlText)</td></tr>
        """
    }
    return """
      <section class="claims" aria-labelledby="claims-title">
      <h2 id="claims-title">What this lesson claims</h2>
      <table>
      <thead><tr><th scope="col">Verdict</th><th scope="col">Claim</th>\
      <th scope="col" class="number">Measured</th><th scope="col" class="number">Bound</th></tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      </table>
      </section>
      """
  }

  private var footer: String {
    let versions = record.facts.versions.sorted { $0.key < $1.key }
      .map { "\($0.key) \($0.value)" }.joined(separator: " · ")
    return """
      <footer>
      <p>Run again with <code>\(record.facts.command.htmlText)</code>. Started \
      \(record.facts.startedAt.htmlText).</p>
      <p>\(versions.htmlText)</p>
      </footer>
      """
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
    case .heading, .prose, .formula, .notice: true
    case .step, .source, .table, .figure, .metric, .claim: false
    }
  }

  var isHeading: Bool {
    if case .heading = content { true } else { false }
  }
}

extension Claim {
  var cssClass: String {
    switch holds {
    case true?: "holds"
    case false?: "fails"
    case nil: "unchecked"
    }
  }
}
