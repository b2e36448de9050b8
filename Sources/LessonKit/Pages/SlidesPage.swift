import Foundation
import SystemSupport

/// A record as slides: one idea and one figure each, with what the lesson says beside it as the
/// speaker's notes.
///
/// One HTML file without scripts: each slide fills the window, Page Down and Page Up go on and back, and
/// printing gives one slide a page. Its notes are below it, if they are shown.
package struct SlidesPage {
  let record: RunRecord
  /// Whether the notes are shown at first, and printed.
  let showsNotes: Bool
  let figureData: (FigureName) -> Data?

  package init(
    _ record: RunRecord, showsNotes: Bool = false, figureData: @escaping (FigureName) -> Data?
  ) {
    self.record = record
    self.showsNotes = showsNotes
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
        <label class="switch"><input type="checkbox" id="notes"\(showsNotes ? " checked" : "")> notes</label>
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
          + stopParagraph(record.state)
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
    func add(_ body: String, _ cssClass: String = "", title other: String? = nil) {
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
      case .figure(let figure): add(html(of: figure))
      case .formula: add(page.html(of: cell))
      case .question(let question):
        add(htmlProse(question.text), "asked", title: "Before you look")
        add(htmlProse(question.answer), title: "Answer")
      case .example: add(page.html(of: cell))
      case .heading, .step, .source, .table, .metric, .claim: break
      }
    }
    // What is said after the last figure belongs to it.
    if let last = slides.indices.last { slides[last].notes += said.joined() }
    return slides
  }

  private func html(of figure: FigureFile) -> String {
    guard let data = figureData(figure.file) else {
      return "<p class=\"stop\">The figure \(figure.file.description.htmlText) is missing.</p>"
    }
    let caption = Markdown.plainText(of: figure.caption)
    return """
      \(htmlImage(figure, data))
      <p class="caption">\(firstSentence(caption).htmlText)</p>
      """
  }

  private func firstSentence(_ text: String) -> String {
    guard let end = text.range(of: ". ") else { return text }
    return String(text[..<end.lowerBound]) + "."
  }

  /// The claims that fail first, then the others, five a slide.
  private var claimSlides: [Slide] {
    let claims = record.claims
    let ordered = claims.filter { $0.holds == false } + claims.filter { $0.holds != false }
    return stride(from: 0, to: ordered.count, by: 5).map { first in
      let items = ordered[first..<min(ordered.count, first + 5)].map {
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
