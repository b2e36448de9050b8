import SystemSupport

/// A text that is not Markdown, such as a generated one, for a place where Markdown is read: prose, a
/// caption, a field of a table. None of its characters become markup.
public func literalMarkdown(_ text: String) -> String { text.markdownText(startsLine: false) }

extension Notebook {
  /// Begins a section of the page.
  public func heading(_ text: String) {
    add(.heading(text), named: text)
  }

  /// Prose in Markdown: paragraphs, lists, **strong**, *emphasis*, `code`, links.
  public func say(_ markdown: String) {
    add(.prose(markdown), named: String(markdown.prefix(32)))
  }

  /// A formula in Unicode characters, and a legend in Markdown that explains its letters.
  public func formula(_ text: String, legend: String = "") {
    add(.formula(Formula(text: text, legend: legend)), named: "formula")
  }

  /// A highlighted note in Markdown.
  public func notice(_ title: String, _ markdown: String) {
    add(.notice(Notice(title: title, text: markdown)), named: title)
  }
}

extension Notebook {
  /// Shows the source of a declaration with its doc comment: a type, a function or an extension. If
  /// several have this name, it shows the first in the file.
  ///
  /// `path` is relative to the root of the package, or to the folder of the lesson.
  public func show(_ name: String, in path: String, from filePath: String = #filePath) {
    showExcerpt(path, named: name, from: filePath) { $0.declaration(of: name) }
  }

  /// Shows the lines between `// lesson: begin NAME` and `// lesson: end NAME`.
  public func show(marked name: String, in path: String, from filePath: String = #filePath) {
    showExcerpt(path, named: name, from: filePath) { $0.marked(name) }
  }

  /// Shows a whole file.
  public func show(file path: String, from filePath: String = #filePath) {
    showExcerpt(path, named: path, from: filePath) { $0.whole }
  }

  private func showExcerpt(
    _ path: String, named name: String, from filePath: String,
    _ cut: (SourceFile) -> SourceExcerpt?
  ) {
    let excerpt = SourceFile(path, near: filePath).flatMap(cut)
    add(
      .source(excerpt ?? SourceExcerpt(path: path, firstLine: 0, text: "")), named: "source-" + name
    )
  }
}

extension Notebook {
  /// At the end of the page, lists the exercises of this lesson, if they are on this machine.
  func noticeExercises() {
    guard let catalog = try? ExerciseCatalog.standard() else { return }
    let items = catalog.exercises(ofLesson: card.number).map {
      "- `lab check \($0.name)`: \($0.title)"
    }
    guard !items.isEmpty else { return }
    notice("Your turn", items.joined(separator: "\n"))
  }
}
