import Foundation
import LessonKit
import Testing

@Suite struct PageTests {
  private func demoPage() throws -> String {
    let fixture = try RunFixture()
    _ = try fixture.run(DemoLesson.self)
    if let keep = ProcessInfo.processInfo.environment["LESSONKIT_KEEP_PAGE"] {
      try Data(try fixture.page(of: DemoLesson.self).utf8).write(to: URL(fileURLWithPath: keep))
    }
    return try fixture.page(of: DemoLesson.self)
  }

  @Test func pageIsSelfContained() throws {
    let page = try demoPage()
    #expect(page.contains("src=\"data:image/png;base64,"))
    for mark in ["<script", "src=\"http", "src='http", "@import", "url(", "<iframe"] {
      #expect(!page.contains(mark), "the page has \(mark)")
    }
    #expect(page.contains("default-src 'none'"))
  }

  @Test func everyPictureHasItsCaptionAsAlternativeText() throws {
    let page = try demoPage()
    #expect(page.contains("alt=\"Slow waves to the right: the last columns never finish a turn.\""))
    #expect(
      page.components(separatedBy: "<img").count == page.components(separatedBy: "alt=").count)
  }

  @Test func claimsAppearInTheirSectionsAndInASummaryAtTheEnd() throws {
    let page = try demoPage()
    for verdict in ["✓ holds", "✗ fails", "– not checked at this scale"] {
      #expect(page.contains(">\(verdict)<"))
      let inPlace = verdict.prefix(2) + "Claim " + verdict.dropFirst(2)
      #expect(page.contains(">\(inPlace)<"))
    }
    let summary = try #require(page.range(of: "What this lesson claims</h2>"))
    let place = try #require(page.range(of: "class=\"claim holds\""))
    #expect(place.lowerBound < summary.lowerBound)
    let ids = page[summary.lowerBound...].components(separatedBy: "<a href=\"#demo-").dropFirst()
      .compactMap { $0.split(separator: "\"").first }
    #expect(ids.count == 3)
    for id in ids { #expect(page.contains("id=\"demo-\(id)\"")) }
  }

  /// Question, idea, figure; then the sections, the summary of the claims, and the papers.
  @Test func theOrderOfThePage() throws {
    var record = try RunFixture().run(DemoLesson.self).record
    record.lesson.idea = "The idea of it."
    record.lesson.figure = "waves"
    let page = HTMLPage(record) { _ in Data([1]) }.html
    var places: [String.Index] = []
    for mark in [
      "class=\"question\"", "The idea of it.", "id=\"demo-waves-first\"", "<main", "<h2 id=\"demo-",
      "id=\"demo-waves\"", "<h2 id=\"claims\"", "<h2 id=\"papers\"", "<footer", "class=\"facts\"",
    ] {
      places.append(try #require(page.range(of: mark), "\(mark)").lowerBound)
    }
    #expect(places == places.sorted())
    // A run that has not come to its figure has a page too.
    record.cells = []
    #expect(!HTMLPage(record) { _ in nil }.html.contains("-first"))
  }

  /// A lesson without a page is linked to its place on the course page, until it has one.
  @Test func lessonsAreLinked() throws {
    let fixture = try RunFixture()
    var (before, after) = (DemoLesson.card, DemoLesson.card)
    (before.number, before.slug, before.title) = (41, "before", "The one before")
    (after.number, after.slug, after.title) = (43, "after", "The one after")
    let cards = [before, DemoLesson.card, after]
    fixture.settings.course = cards
    _ = try fixture.run(DemoLesson.self)
    let page = try fixture.page(of: DemoLesson.self)
    #expect(page.contains("<a href=\"../index.html#before\" rel=\"prev\">‹ 41. The one before</a>"))
    #expect(page.contains("<a href=\"../index.html#after\" rel=\"next\">43. The one after ›</a>"))
    #expect(page.contains("<a href=\"../index.html\">All lessons</a>"))
    let folder = fixture.settings.folder(of: after)
    try folder.prepare()
    try Data("a page".utf8).write(to: folder.page)
    try CoursePage.update(cards, runs: fixture.settings.runsFolder)
    let again = try fixture.page(of: DemoLesson.self)
    #expect(again.contains("<a href=\"../after/index.html\" rel=\"next\">"))
    #expect(again.replacing("../after/index.html", with: "../index.html#after") == page)
  }

  @Test func everythingIsEscaped() throws {
    let evil = "<script>alert(\"1\" & '2')</script>"
    var record = try RunFixture().run(DemoLesson.self).record
    record.lesson.title = evil
    record.lesson.question = evil
    record.facts.command = evil
    let contents: [Cell.Content] = [
      .heading(evil), .prose(evil + "\n\n- " + evil + "\n\n`" + evil + "`"),
      .formula(Formula(latex: evil + " \\tag{1}", legend: evil)),
      .formula(Formula(latex: "\\text{<script>}", legend: "")),
      .notice(Notice(title: evil, text: evil)), .question(Question(text: evil, answer: evil)),
      .example(Example(title: evil, columns: [evil], rows: [[evil]], result: evil)),
      .source(SourceExcerpt(path: evil, firstLine: 1, text: evil)),
      .table(Table(name: evil, columns: [evil], rows: [[evil]], caption: evil)),
      .figure(
        FigureFile(
          name: evil, file: try #require(FigureName("evil.png")), title: evil, caption: evil,
          pixelWidth: 1, pixelHeight: 1)),
      .metric(Metric(id: "evil", name: evil, value: 1, quantity: .plain)),
      .claim(
        Claim(
          id: "evil", text: evil, value: 1, bound: .atMost(1), quantity: .plain,
          minimumScale: .smoke,
          scale: .smoke)),
      .step(
        Step(
          id: "evil-step", title: evil, status: .failed,
          source: SourceExcerpt(path: evil, firstLine: 1, text: "let a = \"<b>\" // <i>"),
          output: evil, failure: evil, seconds: 0, peakBytes: PeakBytes())),
    ]
    record.cells = contents.enumerated().map { Cell(id: "c\($0)", content: $1) }
    let html = HTMLPage(record) { _ in Data([1]) }.html
    for mark in ["<script", "<b>", "<i>", "alert(\""] { #expect(!html.contains(mark)) }
    #expect(html.contains("&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;"))
  }

  @Test func missingPictureIsReported() throws {
    let record = try RunFixture().run(DemoLesson.self).record
    let html = HTMLPage(record) { _ in nil }.html
    #expect(html.contains("The figure 42-demo-waves.png is missing."))
    #expect(html.contains("Slow waves to the right"))
  }

  /// A page from a record read back is the page of the run.
  @Test func pageIsAFunctionOfTheRecord() throws {
    let fixture = try RunFixture()
    let outcome = try fixture.run(DemoLesson.self)
    let record = try outcome.folder.loadRecord()
    #expect(
      HTMLPage.data(of: record, in: outcome.folder)
        == Data(try fixture.page(of: DemoLesson.self).utf8))
  }

  @Test(arguments: [("light", PagePalette.light), ("dark", PagePalette.dark)])
  func contrastIsEnough(name: String, palette: PagePalette) throws {
    for pair in palette.textPairs {
      let ratio = try contrast(pair.text, pair.ground)
      #expect(ratio >= 4.5, "\(name): \(pair.name) on \(pair.ground) has \(ratio)")
    }
  }

  /// WCAG 2.2, "contrast ratio" and "relative luminance".
  private func contrast(_ first: String, _ second: String) throws -> Double {
    let (a, b) = (try luminance(first), try luminance(second))
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
  }

  private func luminance(_ color: String) throws -> Double {
    let number = try #require(Int(color.dropFirst(), radix: 16))
    let linear = [16, 8, 0].map { shift -> Double in
      let share = Double(number >> shift & 255) / 255
      return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
  }
}

@Suite struct MarkdownTests {
  @Test(arguments: [
    (
      "a *b* **c** `d*e*`",
      [
        Markdown.Inline.text("a "), .emphasis([.text("b")]), .text(" "),
        .strong([.text("c")]), .text(" "), .code("d*e*"),
      ]
    ),
    ("2 * 3 * 4", [.text("2 * 3 * 4")]),
    (
      "[a](https://b.c) [x](javascript:y)",
      [
        .link([.text("a")], target: "https://b.c"),
        .text(" [x](javascript:y)"),
      ]
    ),
    ("**a *b* c**", [.strong([.text("a "), .emphasis([.text("b")]), .text(" c")])]),
    ("a ` b ** c [d", [.text("a ` b ** c [d")]),
    ("", []),
  ])
  func inlines(text: String, expected: [Markdown.Inline]) {
    #expect(Markdown.inlines(of: text) == expected)
  }

  @Test func blocks() {
    let text = "one\ntwo\n\n- a\n  b\n- c\n1. d\nthree"
    #expect(
      Markdown.blocks(of: text) == [
        .paragraph([.text("one two")]),
        .list(isNumbered: false, items: [[.text("a b")], [.text("c")]]),
        .list(isNumbered: true, items: [[.text("d")]]), .paragraph([.text("three")]),
      ])
  }
}
