import Foundation
import SystemSupport

/// A record to print for the people of a class: the idea, the figure, the formulas, a calculation by
/// hand, the questions without their answers, the claims with room to write what came on their machine,
/// and the exercises.
package struct HandoutPage {
  let record: RunRecord
  let figureData: (FigureName) -> Data?

  package init(_ record: RunRecord, figureData: @escaping (FigureName) -> Data?) {
    self.record = record
    self.figureData = figureData
  }

  package var html: String {
    let card = record.lesson
    let parts = [
      """
      <header><p class="course">LongContextLab · Lesson \(card.number)</p>
      <h1>\(card.title.htmlText)</h1><p class="question">\(htmlLine(card.question))</p>
      \(stopParagraph(record.state))
      \(htmlProse(card.idea))</header>
      """,
      figure, part("Formulas", formulas, "formulas"), part("By hand", examples),
      part("Questions", questions),
      part("Claims", claims, "measured"), part("Exercises", exercises),
      "<footer><p>From a \(record.facts.scale.rawValue) run on \(record.facts.device.htmlText). "
        + "Run it with <code>lab run \(card.slug)</code>.</p></footer>",
    ]
    return document(
      title: "\(card.title) · hand-out",
      style: String(decoding: PackageResources.slides_css, as: UTF8.self),
      body: "<main class=\"handout\">\n\(parts.joined(separator: "\n"))\n</main>")
  }

  private var page: HTMLPage { HTMLPage(record, figureData: figureData) }

  private func part(_ title: String, _ body: String, _ cssClass: String = "") -> String {
    body.isEmpty
      ? "" : "<section><h2>\(title)</h2>\n<div class=\"\(cssClass)\">\(body)</div></section>"
  }

  private func cells(where isWanted: (Cell.Content) -> Bool) -> String {
    record.cells.filter { isWanted($0.content) }.map(page.html(of:)).joined(separator: "\n")
  }

  private var figure: String {
    let figures = record.figures
    guard let figure = figures.first(where: { $0.name == record.lesson.figure }) ?? figures.first
    else {
      return ""
    }
    return page.html(of: figure, id: "figure")
  }

  private var formulas: String { cells { if case .formula = $0 { true } else { false } } }
  private var examples: String { cells { if case .example = $0 { true } else { false } } }

  private var questions: String {
    let items = record.cells.compactMap { cell in
      if case .question(let question) = cell.content {
        "<li>\(htmlProse(question.text))<div class=\"room\"></div></li>"
      } else {
        nil as String?
      }
    }
    return items.isEmpty ? "" : "<ol>\(items.joined())</ol>"
  }

  /// What another machine or seed changes. Exact claims have the same value everywhere.
  private var claims: String {
    let measured = record.claims.filter { $0.kind == .measured }
    guard !measured.isEmpty else { return "" }
    let rows = measured.map {
      "<tr><td>\(htmlLine($0.statement))</td><td>\(unbroken($0.expectation))</td><td></td></tr>"
    }
    return """
      <table><thead><tr><th scope="col">Claim, with the value of this run</th>\
      <th scope="col">Expected</th><th scope="col">On your machine</th></tr></thead>
      <tbody>\(rows.joined(separator: "\n"))</tbody></table>
      """
  }

  private var exercises: String {
    for cell in record.cells where cell.isExercises {
      if case .notice(let notice) = cell.content { return htmlProse(notice.text) }
    }
    return ""
  }
}
