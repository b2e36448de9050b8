import SystemSupport

/// A text that is not Markdown, such as a generated one, for a place where Markdown is read: prose,
/// a caption, a field of a table. None of its characters become markup.
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

  /// One equation a line, in the subset of LaTeX that `MathNode` reads, and a legend in Markdown
  /// that explains the letters.
  ///
  /// An equation with `\tag{3}` at its end has the number 3: lines of code that end with the
  /// comment `// (3)` are marked on the page.
  /// - Precondition: every equation can be read, and no number is used twice in a lesson.
  public func formula(_ latex: String, legend: String = "") {
    let formula = Formula(latex: latex, legend: legend)
    for equation in formula.equations {
      do {
        _ = try MathNode(latex: equation.latex)
      } catch {
        preconditionFailure("formula “\(equation.latex)”: \(error)")
      }
      if let number = equation.number {
        precondition(
          equationNumbers.insert(number).inserted, "the number \(number) is used for two equations")
      }
    }
    add(.formula(formula), named: "formula")
  }

  /// A highlighted note in Markdown.
  public func notice(_ title: String, _ markdown: String) {
    add(.notice(Notice(title: title, text: markdown)), named: title)
  }

  /// A question for the reader, before the text answers it. Both in Markdown.
  public func ask(_ question: String, answer: String) {
    add(.question(Question(text: question, answer: answer)), named: "question")
  }

  /// A calculation by hand, one row a step, with what comes out. All texts are Markdown; numbers
  /// are computed, not typed.
  /// - Precondition: each row has as many entries as there are columns.
  public func example(_ title: String, columns: [String], rows: [[String]], result: String) {
    for row in rows {
      precondition(
        row.count == columns.count,
        "example '\(title)': \(row.count) entries in a row of \(columns.count) columns: \(row)")
    }
    add(.example(Example(title: title, columns: columns, rows: rows, result: result)), named: title)
  }
}

extension Notebook {
  /// Shows the source of a declaration with its doc comment: a type, a function or an extension. If
  /// several have this name, it shows the first in the file.
  ///
  /// `path` is relative to the root of the package, or to the folder of the lesson. `focus` names
  /// the lines that matter: those between `// lesson: begin NAME` and `// lesson: end NAME` in the
  /// declaration, or the block of the first line that begins with it. Pages fold the others.
  public func show(
    _ name: String, in path: String, focus: String? = nil, from filePath: String = #filePath
  ) {
    showExcerpt(path, named: name, from: filePath) { $0.declaration(of: name, focus: focus) }
  }

  /// Shows the lines between `// lesson: begin NAME` and `// lesson: end NAME`.
  /// `focus` is the beginning of the first line that matters.
  public func show(
    marked name: String, in path: String, focus: String? = nil, from filePath: String = #filePath
  ) {
    showExcerpt(path, named: name, from: filePath) { $0.marked(name, focus: focus) }
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
  static let exercisesTitle = "Your turn"

  /// At the end of the page, lists the exercises of this lesson, if they are on this machine. Those
  /// that this run was started with have passed, and are left out.
  func noticeExercises() {
    guard let catalog = try? ExerciseCatalog.standard() else { return }
    let passed = settings.learners.map(\.exercise.name)
    let open = catalog.exercises(ofLesson: card.number).filter { !passed.contains($0.name) }
    let items = open.map {
      "- `lab check \($0.name)`: \($0.title) (level \($0.level))"
    }
    guard !items.isEmpty else { return }
    notice(Self.exercisesTitle, items.joined(separator: "\n"))
  }
}
