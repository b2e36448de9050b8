extension Notebook {
  /// Opens a part of the page.
  public func heading(_ text: String) {
    add(.heading(text), named: text)
  }

  /// Prose in Markdown: paragraphs, lists, **strong**, *emphasis*, `code`, links.
  public func say(_ markdown: String) {
    add(.prose(markdown), named: String(markdown.prefix(32)))
  }

  /// A formula in plain Unicode, and what its letters mean in Markdown.
  public func formula(_ text: String, legend: String = "") {
    add(.formula(Formula(text: text, legend: legend)), named: "formula")
  }

  /// Something to look at or to beware of, in Markdown.
  public func notice(_ title: String, _ markdown: String) {
    add(.notice(Notice(title: title, text: markdown)), named: title)
  }
}
