extension Notebook {
  /// Shows a declaration by its name, with its doc comment: a type, a function or an extension. Of
  /// several, the first in the file.
  ///
  /// The path is from the root of the package, or from the folder of the lesson.
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
