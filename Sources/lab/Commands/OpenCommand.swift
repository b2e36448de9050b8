import ArgumentParser
import Foundation
import LessonKit
import SystemSupport

struct OpenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "open",
    abstract: "Open the page of a lesson's last run in the browser, or print its path.",
    discussion: """
      Without a lesson: the page of the whole course, with the claims of all lessons. If a run is not \
      finished, standard error says so.

      Examples:
        lab open positions
        lab open positions --scale smoke
        lab open
      """)

  @Argument(help: "Name or number of a lesson.", completion: .list(lessonNames))
  var lesson: String?

  @OptionGroup var choice: RunChoice

  @OptionGroup var runs: RunsFolderOption

  func validate() throws {
    if lesson == nil, choice.scale != nil {
      throw ValidationError("--scale chooses the run of one lesson; name a lesson.")
    }
  }

  func run() throws {
    guard let lesson else { return show(try coursePage()) }
    let card = try course.lesson(named: lesson).card
    let folder = runs.runs(of: card).shown(at: choice.scale)
    let hasPage = FileManager.default.fileExists(atPath: folder.page.path)
    guard hasPage || folder.hasRecord else {
      throw PageMissing(slug: card.slug, scale: choice.scale, runs: runs.output)
    }
    let record = Result { try folder.loadRecord() }
    guard let known = try? record.get() else {
      // The page of a damaged record can still be read.
      if hasPage { show(folder.page) }
      _ = try record.get()
      return
    }
    let figures = RecordFigures(of: known, in: folder)
    // Made again from the record, so that a page of an older version of lab gets the current style.
    // Not if figures are gone: the page that the run wrote has them. A run that still goes on writes
    // its page itself.
    if known.statusWord != "running" && figures.missing.isEmpty || !hasPage {
      let html = HTMLPage.data(
        of: known, figures, links: CourseLinks(course.cards, runs: runs.folder))
      do throws(FolderError) {
        try folder.writePage(html)
      } catch {
        guard hasPage else { throw error }
        // In a folder that cannot be written, the page is usually as it would be written now.
        if html != (try? RegularFile.read(folder.page, byteLimit: 100_000_000)) {
          Terminal.standardError.writeMessage("This page may be out of date. \(error)")
        }
      }
    }
    show(folder.page)
    if let sentence = known.statusSentence { Terminal.standardError.writeMessage(sentence) }
    try figures.checkAll()
  }

  private func show(_ page: URL) {
    if !Browser.open(page) { Terminal.standardOutput.write(page.path.terminalLine + "\n") }
  }

  /// Writes the page of the course, so that it shows the latest runs.
  private func coursePage() throws -> URL {
    let folder = try runs.existingFolder()
    let page = CoursePage.file(in: folder)
    try RunFolder(folder).checkPage(page)
    do {
      try RunFolder(folder).prepare()
      try CoursePage.update(course.cards, runs: folder)
    } catch {
      // An older page can still be shown.
      guard FileManager.default.fileExists(atPath: page.path) else { throw error }
      Terminal.standardError.writeMessage("This page may be out of date. \(sentence(for: error))")
    }
    return page
  }
}

/// A lesson that has not been run here.
struct PageMissing: Error, CustomStringConvertible {
  let slug: String
  /// The value of `--scale`, if there is one.
  var scale: Scale?
  /// The value of `--output`, if there is one.
  var runs: String?

  var description: String {
    let option = scale.map { " --scale \($0.rawValue)" } ?? ""
    guard let runs else {
      let what = scale.map { "page of a \($0.rawValue) run" } ?? "page"
      return "'\(slug)' has no \(what) yet. Write it with: lab run \(slug)\(option)"
    }
    return
      "There is no run of '\(slug)'\(scale.map { " at scale \($0.rawValue)" } ?? "") in \(runs.terminalLine). --output must name the folder of "
      + "the runs. Leave it out to use .lab/runs."
  }
}
