import Foundation
import LessonKit
import Testing

@Suite struct ExportTests {
  private struct Demo {
    let record: RunRecord
    let notebook: [String: Any]
    let cells: [[String: Any]]
  }

  private func demo() throws -> Demo {
    let fixture = try RunFixture()
    let outcome = try fixture.run(DemoLesson.self)
    let figures = RecordFigures(of: outcome.record, in: outcome.folder)
    let data = try NotebookExport(outcome.record) { figures[$0] }.data()
    let notebook = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    return Demo(
      record: outcome.record, notebook: notebook,
      cells: try #require(notebook["cells"] as? [[String: Any]]))
  }

  @Test func notebookIsFormatFourFive() throws {
    let demo = try demo()
    #expect(demo.notebook["nbformat"] as? Int == 4)
    #expect(demo.notebook["nbformat_minor"] as? Int == 5)
    #expect(Set(demo.notebook.keys) == ["cells", "metadata", "nbformat", "nbformat_minor"])
    for cell in demo.cells {
      let isCode = cell["cell_type"] as? String == "code"
      let wanted: Set = ["cell_type", "id", "metadata", "source"]
      #expect(
        Set(cell.keys) == (isCode ? wanted.union(["outputs", "execution_count"]) : wanted))
    }
  }

  @Test func idsAreShortAndUniqueAndStayTheSame() throws {
    let ids = try demo().cells.compactMap { $0["id"] as? String }
    #expect(Set(ids).count == ids.count)
    for id in ids {
      #expect((1...64).contains(id.count))
      #expect(
        id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
    }
    #expect(try demo().cells.compactMap { $0["id"] as? String } == ids)
  }

  @Test func figuresAreOutputsWithTheirCaption() throws {
    let demo = try demo()
    let outputs = demo.cells.flatMap { $0["outputs"] as? [[String: Any]] ?? [] }
    let pictures = outputs.compactMap { ($0["data"] as? [String: Any])?["image/png"] as? String }
    #expect(pictures.count == demo.record.figures.count)
    let head = try #require(Data(base64Encoded: pictures[0])).prefix(4)
    #expect(Array(head) == [0x89, 0x50, 0x4E, 0x47])
    for output in outputs where output["output_type"] as? String == "display_data" {
      let data = try #require(output["data"] as? [String: Any])
      #expect(data["text/plain"] != nil)
      if data["image/png"] != nil {
        let metadata = try #require(output["metadata"] as? [String: Any])
        let alt = (metadata["image/png"] as? [String: Any])?["alt"] as? String
        #expect(alt?.isEmpty == false)
      }
    }
  }

  @Test func aFigureInLettersStandsAboveItsCaption() throws {
    var record = try RunFixture().run(DemoLesson.self).record
    let place = try #require(
      record.cells.firstIndex { if case .figure = $0.content { true } else { false } })
    guard case .figure(var figure) = record.cells[place].content else { return }
    // A record of an earlier edition has no letters.
    figure.text = nil
    let before = try JSONEncoder().encode(figure)
    #expect(try JSONDecoder().decode(FigureFile.self, from: before) == figure)
    figure.text = "⣀⡠⠔⠊\u{1B}[2J\n└───"
    record.cells[place].content = .figure(figure)
    let again = try JSONDecoder().decode(RunRecord.self, from: JSONEncoder().encode(record))
    #expect(again.figures.contains { $0.text == figure.text })
    let data = try NotebookExport(record) { _ in Data([1]) }.data()
    let notebook = try JSONSerialization.jsonObject(with: data) as? [String: Any]
    let outputs = (notebook?["cells"] as? [[String: Any]] ?? [])
      .flatMap { $0["outputs"] as? [[String: Any]] ?? [] }
    let texts = outputs.compactMap { output -> String? in
      let data = output["data"] as? [String: Any]
      guard data?["image/png"] != nil else { return nil }
      return (data?["text/plain"] as? [String])?.joined()
    }
    #expect(
      texts.contains { $0.hasPrefix("⣀⡠⠔⠊\\u{1B}[2J\n└───\n\n") && $0.hasSuffix(figure.caption) })
  }

  @Test func aFailedStepIsAnErrorOutput() throws {
    var record = try RunFixture().run(DemoLesson.self).record
    let place = try #require(
      record.cells.firstIndex { if case .step = $0.content { true } else { false } })
    guard case .step(var step) = record.cells[place].content else { return }
    step.status = .failed
    step.failure = "no text"
    record.cells[place].content = .step(step)
    let data = try NotebookExport(record) { _ in nil }.data()
    let text = String(decoding: data, as: UTF8.self)
    #expect(text.contains("\"output_type\" : \"error\""))
    #expect(text.contains("\"evalue\" : \"no text\""))
    #expect(MarkdownExport(record).text.contains("> ✗ This step failed: no text"))
  }

  @Test func markdownNamesEveryClaimTwiceAndEveryFigureOnce() throws {
    let fixture = try RunFixture()
    let record = try fixture.run(DemoLesson.self).record
    let text = MarkdownExport(record).text
    for claim in record.claims {
      #expect(text.components(separatedBy: claim.text).count == 3)
    }
    for figure in record.figures {
      #expect(text.components(separatedBy: "](\(figure.file))").count == 2)
    }
    #expect(text.hasPrefix("# 42. "))
    #expect(text.contains("```swift\n"))
  }

  @Test func markdownEscapesTableCharacters() {
    let grid = MarkdownExport.grid(["a|b"], [["|x|"]])
    #expect(grid == "| a\\|b |\n|---|\n| \\|x\\| |")
  }
}

@Suite struct CoursePageTests {
  @Test func everyLessonHasItsFailedClaimsOrTheCommandThatRunsIt() throws {
    let fixture = try RunFixture()
    let record = try fixture.run(DemoLesson.self).record
    var other = DemoLesson.card
    other.number = 43
    other.slug = "not-run"
    let page = CoursePage([DemoLesson.card, other], runs: fixture.settings.runsFolder).html
    #expect(page.contains("<a href=\"demo/index.html\">42. "))
    for claim in record.claims {
      #expect(page.contains(claim.text) == (claim.holds == false), "\(claim.text)")
    }
    #expect(page.contains("1 of 3 claims hold, 1 not checked at this scale"))
    #expect(
      page.contains("<code>lab run not-run</code>") && page.contains("Not run here yet, about"))
    #expect(
      page.contains(
        "0 of 2 lessons done at standard or full scale; in all runs 1 claims hold, 1 fail."))
    // The time of the next run stays on the page.
    #expect(page.contains("; at standard scale about "))
    #expect(!page.contains("<script"))
  }
}
