import Foundation
import LessonKit
import SystemSupport
import Testing

/// A record that somebody else may have written: nothing in it is trusted.
@Suite struct ForeignRecordTests {
  @Test(arguments: [
    "../../../payload", "/etc/passwd", "a/b.png", "a\\b.png", ".png", "..png", "", "notes.tex",
    "run.json", "index.html", "42-demo-waves.PNG", "42-demo-wäves.png", "42-demo waves.png",
    "42-demo-\u{0}.png", "42-demo-\n.png", "42-demo-waves.png/",
    String(repeating: "a", count: 300) + ".png",
  ])
  func thisIsNoNameOfAFigure(text: String) {
    #expect(FigureName(text) == nil)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([FigureName].self, from: JSONEncoder().encode([text]))
    }
  }

  @Test func namesThatARunGives() throws {
    let name = FigureName(DemoLesson.card, "../Loss by Position/")
    #expect(name.description == "42-demo-loss-by-position.png")
    #expect(FigureName(name.description) == name)
    #expect(
      try JSONDecoder().decode([FigureName].self, from: JSONEncoder().encode([name])) == [name])
  }

  /// Changes the JSON of a record: `change` gets the record and the cells of one kind.
  private func decoded(
    _ record: RunRecord, changing kind: String, _ change: (inout [String: Any]) -> Void
  ) throws -> RunRecord {
    var object = try #require(
      try JSONSerialization.jsonObject(with: record.encoded()) as? [String: Any])
    if kind == "record" {
      change(&object)
    } else {
      var cells = try #require(object["cells"] as? [[String: Any]])
      let index = try #require(cells.firstIndex { $0["kind"] as? String == kind })
      change(&cells[index])
      object["cells"] = cells
    }
    let data = try JSONSerialization.data(withJSONObject: object)
    return try RunRecord.decoded(from: data, at: "run.json")
  }

  @Test func recordsThatNoRunWrites() throws {
    let record = try RunFixture().run(DemoLesson.self).record
    func set(_ key: String, _ field: String, _ value: Any) -> (inout [String: Any]) -> Void {
      { cell in
        var content = cell[key] as? [String: Any] ?? [:]
        content[field] = value
        cell[key] = content
      }
    }
    let changes: [(String, String, (inout [String: Any]) -> Void)] = [
      ("figure", "figure.file", set("figure", "file", "../../../payload")),
      ("figure", "not the name of this lesson", set("figure", "file", "43-other.png")),
      ("figure", "size", set("figure", "pixelWidth", -1)),
      ("figure", "size", set("figure", "pixelHeight", Int.max)),
      ("figure", "not JSON", set("figure", "pixelWidth", 1e300)),
      ("table", "one field per column", set("table", "columns", ["one"])),
      ("table", "one field per column", set("table", "rows", [["1"], ["1", "2", "3", "4", "5"]])),
      ("table", "'columns' is missing", { $0["table"] = ["name": "n", "rows": [["1"]]] }),
      ("step", "time or memory", set("step", "seconds", "Infinity")),
      ("step", "time or memory", set("step", "seconds", "NaN")),
      ("step", "time or memory", set("step", "seconds", -1)),
      ("step", "identifier", set("step", "id", "<b>")),
      (
        "step", "time or memory",
        set("step", "peakBytes", ["total": -1, "byPurpose": [:]] as [String: Any])
      ),
      ("claim", "identifier", { $0["id"] = "\"><script>" }),
      (
        "claim", "bound",
        set("claim", "bound", ["relation": "within", "marks": [2, 1]] as [String: Any])
      ),
      (
        "claim", "bound",
        set("claim", "bound", ["relation": "atMost", "marks": []] as [String: Any])
      ),
      ("heading", "identifier", { $0["id"] = String(repeating: "a", count: 1000) }),
      ("heading", "unknown kind", { $0["kind"] = "movie" }),
      ("record", "name or number", set("lesson", "slug", "../demo")),
      ("record", "name or number", set("lesson", "number", -7)),
      ("record", "time or memory", { $0["seconds"] = "-Infinity" }),
      ("record", "time or memory", { $0["processPeakBytes"] = -1 }),
      ("record", "no version", { $0["version"] = 1e40 }),
      ("record", "cells: ", { $0["cells"] = ["a": 1] }),
    ]
    for (kind, reason, change) in changes {
      let error = #expect(throws: RecordError.self) {
        try decoded(record, changing: kind, change)
      }
      let text = error?.description ?? ""
      #expect(text.contains(reason), "\(kind): \(text)")
      #expect(text.contains("run.json is not a run record"), "\(kind): \(text)")
    }
    #expect(throws: Never.self) { try decoded(record, changing: "heading") { _ in } }
  }

  @Test func deepNestingIsAnError() {
    for opening in ["[", "{\"version\":", "{\"version\":2,\"cells\":["] {
      let text = String(repeating: opening, count: 100_000)
      #expect(throws: RecordError.self) {
        try RunRecord.decoded(from: Data(text.utf8), at: "run.json")
      }
    }
  }

  /// A link could name any file of the teacher who exports a learner's run.
  @Test func linksAndPipesAreNotRead() throws {
    let fixture = try RunFixture()
    let outcome = try fixture.run(DemoLesson.self)
    let folder = outcome.folder
    let secret = fixture.folder.appendingPathComponent("secret")
    let figure = folder.figure(outcome.record.figures[0].file)
    let files = FileManager.default
    try files.moveItem(at: figure, to: secret)
    try files.createSymbolicLink(at: figure, withDestinationURL: secret)
    let figures = RecordFigures(of: outcome.record, in: folder)
    #expect(figures.missing.map(\.name) == outcome.record.figures.map(\.file))
    #expect(figures.missing[0].reason.contains("symbolic link"))

    let copy = fixture.folder.appendingPathComponent("copy.json")
    try files.moveItem(at: folder.record, to: copy)
    try files.createSymbolicLink(at: folder.record, withDestinationURL: copy)
    let link = #expect(throws: RecordError.self) { try folder.loadRecord() }
    #expect(link?.description.contains("symbolic link") == true)
    try files.removeItem(at: folder.record)
    #expect(mkfifo(folder.record.path, 0o600) == 0)
    let pipe = #expect(throws: RecordError.self) { try folder.loadRecord() }
    #expect(pipe?.description.contains("It is a pipe") == true)
  }

  @Test func exportsNameTheFiguresThatAreMissing() throws {
    let fixture = try RunFixture()
    let outcome = try fixture.run(DemoLesson.self)
    let figure = outcome.record.figures[0].file
    try Data("no picture".utf8).write(to: outcome.folder.figure(figure))
    let figures = RecordFigures(of: outcome.record, in: outcome.folder)
    #expect(figures.missing.map(\.reason) == ["It is not a PNG file"])
    let warning = try #require(figures.warning)
    #expect(warning.contains("1 figure is missing: \(figure)"))
    #expect(warning.contains("Run the lesson again with the same options"))
    let missing = "The figure \(figure) is missing."
    let markdown = MarkdownExport(outcome.record) { figures[$0] == nil ? nil : "x" }.text
    #expect(markdown.contains(missing) && !markdown.contains("](" + figure.description))
    let notebook = try NotebookExport(outcome.record) { figures[$0] }.data()
    #expect(String(decoding: notebook, as: UTF8.self).contains(missing))
    let page = String(decoding: HTMLPage.data(of: outcome.record, figures), as: UTF8.self)
    #expect(page.contains(missing))
  }
}

/// Files that `lab` did not write are neither replaced nor removed.
@Suite struct OwnFileTests {
  @Test(arguments: [
    ("index.html", "<!doctype html><title>My site</title>"), ("index.html", ""),
    ("index.html", "<title>Our class on LongContextLab</title>"), ("run.json", "{\"mine\": 1}"),
    ("run.json", "// mine\n{\"a\": 1,}"), ("run.json", "[]"),
  ])
  func aRunRefusesFilesOfOthers(name: String, text: String) throws {
    let fixture = try RunFixture()
    let folder = fixture.settings.folder(of: DemoLesson.card)
    try folder.prepare()
    try folder.write(Data(text.utf8), to: folder.file(name))
    let error = #expect(throws: FolderError.self) { try fixture.run(DemoLesson.self) }
    #expect(error?.path == folder.file(name).path)
    #expect(error?.description.contains("lab did not write") == true)
    #expect(try String(contentsOf: folder.file(name), encoding: .utf8) == text)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == [name])
  }

  @Test func aFigureDoesNotReplaceAnotherFile() throws {
    let fixture = try RunFixture()
    let folder = fixture.settings.folder(of: DemoLesson.card)
    try folder.prepare()
    let file = folder.file("42-demo-waves.png")
    try folder.write(Data("mine".utf8), to: file)
    let outcome = try fixture.run(DemoLesson.self)
    #expect((outcome.failure as? FolderError)?.path == file.path)
    #expect(try String(contentsOf: file, encoding: .utf8) == "mine")
  }

  @Test func pagesAndRecordsOfOtherVersionsAreReplaced() throws {
    let fixture = try RunFixture()
    let folder = fixture.settings.folder(of: DemoLesson.card)
    try folder.prepare()
    for record in [
      "{\n  \"cells\" : [ half", "", "{\"version\": 1, \"lesson\": {\"slug\": \"demo\"}}",
    ] {
      try folder.write(
        Data("<meta name=\"generator\" content=\"LongContextLab\">".utf8), to: folder.page)
      try folder.write(Data(record.utf8), to: folder.record)
      #expect(try fixture.run(DemoLesson.self).failure == nil, "\(record)")
      #expect(try folder.loadRecord().state == .finished)
    }
  }

  @Test func theCoursePageReplacesOnlyItself() throws {
    let fixture = try RunFixture()
    let runs = RunFolder(fixture.settings.runsFolder)
    try runs.prepare()
    try runs.write(Data("my site".utf8), to: runs.page)
    let page = CoursePage([DemoLesson.card], runs: runs.url)
    #expect(throws: FolderError.self) { try page.write(into: runs.url) }
    #expect(try String(contentsOf: runs.page, encoding: .utf8) == "my site")
    try FileManager.default.removeItem(at: runs.page)
    for _ in 0..<2 { try page.write(into: runs.url) }
  }

  /// A link in a learner's folder must not lead a teacher's `lab open` to another file.
  @Test func pagesAreNotWrittenThroughALink() throws {
    let fixture = try RunFixture()
    let outcome = try fixture.run(DemoLesson.self)
    let victim = fixture.folder.appendingPathComponent("victim")
    try Data("mine".utf8).write(to: victim)
    try FileManager.default.removeItem(at: outcome.folder.page)
    try FileManager.default.createSymbolicLink(
      at: outcome.folder.page, withDestinationURL: victim)
    #expect(throws: FolderError.self) { try outcome.folder.writePage(of: outcome.record) }
    #expect(try String(contentsOf: victim, encoding: .utf8) == "mine")
  }

  @Test func aGalleryReplacesOnlyPictures() throws {
    let fixture = try RunFixture()
    let outcome = try fixture.run(DemoLesson.self)
    let figures = RecordFigures(of: outcome.record, in: outcome.folder)
    let gallery = RunFolder(fixture.folder.appendingPathComponent("gallery"))
    try gallery.prepare()
    for _ in 0..<2 { try gallery.copyFigures(figures) }
    let file = gallery.figure(outcome.record.figures[0].file)
    #expect(try Data(contentsOf: file) == figures[outcome.record.figures[0].file])
    try Data("my text".utf8).write(to: file)
    #expect(throws: FolderError.self) { try gallery.copyFigures(figures) }
    #expect(try String(contentsOf: file, encoding: .utf8) == "my text")
  }
}
