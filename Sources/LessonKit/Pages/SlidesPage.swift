import Foundation
import SystemSupport

/// A record as slides: one idea and one figure each, with what the lesson says beside it as the
/// speaker's notes.
///
/// One HTML file without scripts: each slide fills the window, Page Down and Page Up go on and back, and
/// printing gives one slide a page.
package struct SlidesPage {
  let record: RunRecord
  let figureData: (FigureName) -> Data?

  package init(_ record: RunRecord, figureData: @escaping (FigureName) -> Data?) {
    self.record = record
    self.figureData = figureData
  }

  package var html: String {
    let slides = self.slides
    let pages = slides.enumerated().map { index, slide in
      html(of: slide, "\(index + 1) / \(slides.count)")
    }
    return document(
      title: "\(record.lesson.title) · slides",
      style: String(decoding: PackageResources.slides_css, as: UTF8.self),
      body: """
        <main class="slides">
        <h1 class="hidden">\(record.lesson.title.htmlText)</h1>
        <label class="switch"><input type="checkbox" id="notes"> notes</label>
        \(pages.joined(separator: "\n"))
        </main>
        """)
  }

  /// One slide: HTML without its frame.
  struct Slide {
    var title: String
    var body: String
    /// What the lesson says here, in HTML.
    var notes = ""
    var cssClass = ""
  }

  var slides: [Slide] {
    let card = record.lesson
    var slides = [
      Slide(
        title: card.title.htmlText,
        body: "<p class=\"question\">\(htmlLine(card.question))</p>"
          + "<p class=\"cost\">LongContextLab · lesson \(card.number) · \(record.facts.scale.rawValue) run "
          + "on \(record.facts.device.htmlText)</p>",
        notes: htmlProse(card.builds.isEmpty ? "" : "You build \(card.builds)."), cssClass: "title"),
      Slide(title: "The idea", body: htmlProse(card.idea)),
    ]
    slides += sections.flatMap(slides(of:))
    slides += claimSlides
    if let exercises = record.cells.first(where: \.isExercises),
      case .notice(let notice) = exercises.content
    {
      slides.append(Slide(title: htmlLine(notice.title), body: htmlProse(notice.text)))
    }
    return slides.filter { !$0.body.isEmpty }
  }

  /// A heading and the cells up to the next one.
  private var sections: [(title: String, cells: [Cell])] {
    var sections: [(title: String, cells: [Cell])] = [("", [])]
    for cell in record.cells {
      if case .heading(let title) = cell.content {
        sections.append((title, []))
      } else {
        sections[sections.count - 1].cells.append(cell)
      }
    }
    return sections
  }

  /// One slide for each figure, formula, question, answer and example of a section. What was said since
  /// the slide before is its notes.
  private func slides(of section: (title: String, cells: [Cell])) -> [Slide] {
    let page = HTMLPage(record, figureData: figureData)
    let title = htmlLine(section.title)
    var slides: [Slide] = []
    var said: [String] = []
    func add(_ body: String, _ cssClass: String, title other: String? = nil) {
      slides.append(
        Slide(title: other ?? title, body: body, notes: said.joined(), cssClass: cssClass))
      said = []
    }
    for cell in section.cells {
      switch cell.content {
      case .prose(let text): said.append(htmlProse(text))
      case .notice where cell.isExercises: break
      case .notice(let notice):
        said.append("<p><strong>\(htmlLine(notice.title))</strong></p>" + htmlProse(notice.text))
      case .figure(let figure): add(html(of: figure), "figure")
      case .formula: add(page.html(of: withoutNumbers(cell)), "formulas")
      case .question(let question):
        add(htmlProse(question.text), "asked", title: "Before you look")
        add(htmlProse(question.answer), "", title: "Answer")
      case .example: add(page.html(of: cell), "example-slide")
      case .heading, .step, .source, .table, .metric, .claim: break
      }
    }
    // What is said after the last figure belongs to it.
    if let last = slides.indices.last { slides[last].notes += said.joined() }
    return slides
  }

  /// On slides no code refers to an equation, and an identifier may not stand there twice.
  private func withoutNumbers(_ cell: Cell) -> Cell {
    guard case .formula(var formula) = cell.content else { return cell }
    for index in formula.equations.indices { formula.equations[index].number = nil }
    return Cell(id: cell.id, content: .formula(formula))
  }

  private func html(of figure: FigureFile) -> String {
    guard let data = figureData(figure.file) else {
      return "<p class=\"stop\">The figure \(figure.file.description.htmlText) is missing.</p>"
    }
    let caption = Markdown.plainText(of: figure.caption)
    return """
      <img src="data:image/png;base64,\(data.base64EncodedString())" \
      width="\(figure.pixelWidth)" height="\(figure.pixelHeight)" alt="\(caption.htmlText)">
      <p class="caption">\(firstSentence(caption).htmlText)</p>
      """
  }

  private func firstSentence(_ text: String) -> String {
    guard let end = text.range(of: ". ") else { return text }
    return String(text[..<end.lowerBound]) + "."
  }

  /// The claims that fail first, then the others, seven a slide.
  private var claimSlides: [Slide] {
    let claims = record.claims
    let ordered = claims.filter { $0.holds == false } + claims.filter { $0.holds != false }
    return stride(from: 0, to: ordered.count, by: 7).map { first in
      let items = ordered[first..<min(ordered.count, first + 7)].map {
        "<li><span class=\"badge \($0.cssClass)\">\($0.sign)</span> \(htmlLine($0.sentence))</li>"
      }
      return Slide(
        title: "What this lesson claims", body: "<ul class=\"short\">\(items.joined())</ul>")
    }
  }

  private func html(of slide: Slide, _ place: String) -> String {
    let notes =
      slide.notes.isEmpty
      ? "" : "<aside class=\"notes\" aria-label=\"notes\">\(slide.notes)</aside>"
    return """
      <section class="slide \(slide.cssClass)" aria-label="slide \(place)">
      <div class="face">\(slide.title.isEmpty ? "" : "<h2>\(slide.title)</h2>")
      <div class="body">\(slide.body)</div>
      <p class="place">\(place)</p></div>
      \(notes)
      </section>
      """
  }
}

/// A record as one sheet for the people of a class: the idea, the figure, the formulas, a calculation by
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
      \(htmlProse(card.idea))</header>
      """,
      figure, part("Formulas", formulas), part("By hand", examples), part("Questions", questions),
      part("Claims", claims), part("Exercises", exercises),
      "<footer><p>From a \(record.facts.scale.rawValue) run on \(record.facts.device.htmlText). "
        + "Run it with <code>lab run \(card.slug)</code>.</p></footer>",
    ]
    return document(
      title: "\(card.title) · hand-out",
      style: String(decoding: PackageResources.slides_css, as: UTF8.self),
      body: "<main class=\"handout\">\n\(parts.joined(separator: "\n"))\n</main>")
  }

  private var page: HTMLPage { HTMLPage(record, figureData: figureData) }

  private func part(_ title: String, _ body: String) -> String {
    body.isEmpty ? "" : "<section><h2>\(title)</h2>\n\(body)</section>"
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

  private var claims: String {
    guard !record.claims.isEmpty else { return "" }
    let rows = record.claims.map {
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
