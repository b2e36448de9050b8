import Foundation
import TestSupport
import Testing

/// `lab slides` and `lab handout`, from the record of a run.
@Suite struct ClassCommandTests {
  @Test func slidesAndHandoutComeFromTheRecord() throws {
    let lab = try LabProcess()
    #expect(try lab.run("slides", "5").status == 74)
    _ = try lab.run("run", "flash-tiling", "--scale", "smoke", "--quiet")
    let slides = try lab.run("slides", "5", "--to", "html")
    #expect(slides.status == 0, "\(slides.err)")
    #expect(slides.out.hasSuffix(".lab/exports/05-flash-tiling-slides.html\n"))
    let page = lab.text(".lab/exports/05-flash-tiling-slides.html")
    let count = page.components(separatedBy: "<section class=\"slide").count - 1
    #expect(count > 15)
    #expect(page.contains("aria-label=\"slide \(count) / \(count)\""))
    // Each figure once; a question before its answer; the notes are what the lesson says.
    let figures = try FileManager.default.contentsOfDirectory(
      atPath: lab.path(".lab/runs/flash-tiling")
    ).filter { $0.hasSuffix(".png") }
    #expect(page.components(separatedBy: "<img ").count - 1 == figures.count)
    let question = try #require(page.range(of: "<h2>Before you look</h2>")).lowerBound
    #expect(question < (try #require(page.range(of: "<h2>Answer</h2>"))).lowerBound)
    #expect(page.contains("<aside class=\"notes\"") && !page.contains("<script"))

    let handout = try lab.run("handout", "5", "--file", "sheet.html")
    #expect(handout.status == 0 && handout.out == lab.path("sheet.html") + "\n", "\(handout.err)")
    let sheet = lab.text("sheet.html")
    for part in ["Formulas", "By hand", "Questions", "Claims", "Exercises"] {
      #expect(sheet.contains("<h2>\(part)</h2>"), "\(part)")
    }
    #expect(!sheet.contains("<summary>Answer"))
  }

  @Test(.needs(program: "chromium", "chromium-browser"))
  func pdfIsPrintedByChromium() throws {
    let lab = try LabProcess()
    _ = try lab.run("run", "flash-tiling", "--scale", "smoke", "--quiet")
    let answer = try lab.run("handout", "5", "--to", "pdf", "--file", "sheet.pdf")
    #expect(answer.status == 0, "\(answer.err)")
    func pageCount(_ name: String) -> Int {
      lab.text(name).components(separatedBy: "/Type /Page\n").count - 1
    }
    #expect(lab.text("sheet.pdf").hasPrefix("%PDF-"))
    #expect((1...2).contains(pageCount("sheet.pdf")), "\(pageCount("sheet.pdf")) pages")
    // 210 mm wide, in points.
    #expect(lab.text("sheet.pdf").contains("/MediaBox [0 0 594."))
    // The longest lesson too.
    _ = try lab.run("run", "positions", "--scale", "smoke", "--quiet")
    #expect(try lab.run("handout", "3", "--to", "pdf", "--file", "long.pdf").status == 0)
    #expect((1...2).contains(pageCount("long.pdf")), "\(pageCount("long.pdf")) pages")
    let notes = try lab.run("slides", "5", "--to", "pdf", "--notes", "--paper", "letter")
    #expect(notes.out.hasSuffix("05-flash-tiling-slides-notes.pdf\n"), "\(notes.err)")
    let printedNotes = lab.text(".lab/exports/05-flash-tiling-slides-notes.pdf")
    #expect(printedNotes.contains("/MediaBox [0 0 612 792]"))
    let printed = try lab.run("slides", "5", "--to", "pdf", "--file", "-")
    #expect(printed.status == 64 && printed.err.contains("--file 05-flash-tiling-slides.pdf"))
    #expect(printed.out.isEmpty)
    // A run that was not finished says so.
    _ = try lab.run("run", "5", "--scale", "smoke", "--quiet", "--output", "other", "--seed", "3")
    let record = "other/flash-tiling/run.json"
    try lab.write(
      lab.text(record).replacing(
        "\"status\" : \"finished\"\n  },\n  \"version\"",
        with: "\"status\" : \"interrupted\"\n  },\n  \"version\""),
      to: record)
    let stopped = try lab.run("slides", "5", "--output", "other", "--file", "s.html")
    #expect(stopped.err.contains("stopped"), "\(stopped.err)")
    #expect(lab.text("s.html").contains("The run was stopped between two steps."))
  }

  /// A mistyped folder is not created, as with the other commands.
  @Test func theFolderOfTheFileMustExist() throws {
    let lab = try LabProcess()
    _ = try lab.run("run", "flash-tiling", "--scale", "smoke", "--quiet")
    for command in [["handout", "5"], ["slides", "5"], ["export", "5", "--to", "md"]] {
      let answer = try lab.run(command + ["--file", "no/where/x"])
      #expect(answer.status == 74 && answer.err.contains("no/where does not exist; create it"))
      #expect(!FileManager.default.fileExists(atPath: lab.path("no")))
    }
  }

  /// An option that would have no effect is refused, before anything is read.
  @Test func paperIsForPrintedPages() throws {
    let lab = try LabProcess()
    for (arguments, reason) in [
      (["handout", "5", "--paper", "a4"], "--paper is for PDF. Add --to pdf"),
      (["slides", "5", "--to", "html", "--notes", "--paper", "letter"], "--paper is for PDF."),
      (["slides", "5", "--to", "pdf", "--paper", "letter"], "--paper is for slides with --notes"),
      (["slides", "5", "--paper", "a4"], "--paper is for slides with --notes"),
    ] {
      let answer = try lab.run(arguments)
      #expect(answer.status == 64 && answer.err.contains(reason), "\(answer.err)")
      #expect(answer.out.isEmpty)
    }
  }

  /// `/proc` is a folder in which no file can be created.
  @Test(.needs(file: "/proc/self")) func aFolderThatTakesNoFiles() throws {
    let lab = try LabProcess()
    _ = try lab.run("run", "cost", "--scale", "smoke", "--quiet")
    let export = try lab.run("export", "2", "--to", "md", "--file", "/proc/x")
    #expect(export.status == 74 && export.err.contains("/proc/x: No file can be created in /proc"))
    let run = try lab.run("run", "2", "--scale", "smoke", "--output", "/proc/x")
    #expect(run.status == 74 && run.err.contains("No folder can be created there"), "\(run.err)")
  }

  @Test func withoutChromiumTheWayOutIsNamed() throws {
    let lab = try LabProcess()
    _ = try lab.run("run", "flash-tiling", "--scale", "smoke", "--quiet")
    let answer = try lab.run("slides", "5", "--to", "pdf", environment: ["PATH": "/nowhere"])
    #expect(answer.status == 69)
    #expect(answer.err.contains("Chromium") && answer.err.contains("--to html"))
    #expect(!FileManager.default.fileExists(atPath: lab.path(".lab/exports")))
  }
}
