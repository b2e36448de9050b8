import SystemSupport

/// A record as one Markdown file; it links to the files of the figures.
package struct MarkdownExport {
  let record: RunRecord
  /// The target of the link to a figure; nil if its file is missing.
  let figurePath: (FigureName) -> String?

  package init(
    _ record: RunRecord, figurePath: @escaping (FigureName) -> String? = { $0.description }
  ) {
    self.record = record
    self.figurePath = figurePath
  }

  package var text: String {
    let cells = record.cells.map { cell in
      guard case .figure(let figure) = cell.content else { return Self.text(of: cell) }
      return Self.text(of: figure, path: figurePath(figure.file))
    }
    return ([opening] + cells + [claims, closing].compactMap { $0 }).joined(separator: "\n\n")
      + "\n"
  }

  /// Title, question, idea, papers, device and settings.
  package var opening: String {
    let card = record.lesson
    var parts = [
      "# \(card.number). \(card.title.markdownText(startsLine: false))",
      "*\(MarkdownText.line(card.question))*",
    ]
    if !card.idea.isEmpty { parts.append(MarkdownText.prose(card.idea)) }
    if !card.builds.isEmpty { parts.append("You build \(MarkdownText.line(card.builds)).") }
    if !card.papers.isEmpty { parts.append(card.papers.map(Self.cited).joined(separator: "\n")) }
    if let sentence = record.state.sentence {
      parts.append(MarkdownText.quoted("**Not finished.** " + MarkdownText.lines(sentence)))
    }
    let facts = record.facts
    parts.append(
      "Run on \(facts.device.markdownText(startsLine: false)), "
        + (facts.threads.map { "threads \($0), " } ?? "")
        + "scale \(facts.scale.rawValue), seed \(facts.seed), "
        + "in \(Quantity.seconds.text(record.seconds)).")
    return parts.joined(separator: "\n\n")
  }

  package var closing: String {
    "---\n\nRun again with \(record.facts.command.markdownCode). "
      + "Started \(record.facts.startedAt.markdownText(startsLine: false))."
  }

  /// The summary of all claims; nil if there are none.
  package var claims: String? {
    guard !record.claims.isEmpty else { return nil }
    let rows = record.claims.map {
      [
        "\($0.sign) \($0.verdict)", $0.statement, $0.kind.rawValue, $0.expectation,
        $0.valueText ?? "not measured", $0.spread ?? "",
      ]
    }
    return "## What this lesson claims\n\n"
      + Self.grid(["verdict", "claim", "kind", "expected", "measured", "seeds"], rows)
  }

  private static func cited(_ paper: Paper) -> String {
    let section = paper.section.isEmpty ? "" : ", " + paper.section.markdownText(startsLine: false)
    let title = MarkdownText.text([paper.titleLink], startsLine: false)
    return "- \(paper.authors.markdownText()) (\(paper.year)): \(title)\(section)"
  }

  /// A figure with its caption; `path` is nil if the file is missing.
  private static func text(of figure: FigureFile, path: String?) -> String {
    let caption = plain(figure.caption)
    let picture =
      path.map { "![\(caption)](\(MarkdownText.address($0)))" }
      ?? "**The figure \(figure.file.description.markdownText(startsLine: false)) is missing.**"
    return picture + "\n\n*\(caption)*"
  }

  /// One cell, without empty lines around it; a figure as one whose file is missing.
  package static func text(of cell: Cell) -> String {
    switch cell.content {
    case .heading(let title): "## \(MarkdownText.line(title))"
    case .prose(let markdown): MarkdownText.prose(markdown)
    case .formula(let formula):
      (formula.equations.map(text(of:)) + [MarkdownText.prose(formula.legend)])
        .filter { !$0.isEmpty }.joined(separator: "\n\n")
    case .question(let question): text(of: question)
    case .example(let example):
      "**\(MarkdownText.line(example.title))**\n\n" + grid(example.columns, example.rows) + "\n\n"
        + MarkdownText.prose(example.result)
    case .notice(let notice):
      MarkdownText.quoted(
        "**\(MarkdownText.line(notice.title))**\n\n\(MarkdownText.prose(notice.text))")
    case .step(let step): text(of: step)
    case .source(let excerpt): text(of: excerpt)
    case .table(let table):
      grid(table.columns, table.rows) + "\n\n*\(plain(table.caption))*"
    case .figure(let figure): text(of: figure, path: nil)
    case .metric(let metric):
      "- \(MarkdownText.text(Markdown.inlines(of: metric.name), startsLine: true)): "
        + metric.quantity.text(metric.value).markdownText(startsLine: false)
    case .claim(let claim):
      MarkdownText.quoted(
        "**\(claim.headline).** \(MarkdownText.line(claim.sentence))")
    }
  }

  /// LaTeX between dollar signs. What cannot be read is code.
  private static func text(of equation: Formula.Equation) -> String {
    guard let latex = MarkdownText.formula(equation.latex) else {
      return "Not a formula: " + equation.latex.markdownCode
    }
    let tag = equation.number.map { " \\tag{\($0)}" } ?? ""
    return "$$\(latex)\(tag)$$"
  }

  /// The answer is folded where HTML is read, as on GitHub and in Jupyter.
  private static func text(of question: Question) -> String {
    "**Before you read on.** \(MarkdownText.line(question.text))\n\n"
      + "<details><summary>Answer</summary>\n\n\(MarkdownText.prose(question.answer))\n\n</details>"
  }

  /// A caption, which is written in italics as a whole and has no markup inside.
  private static func plain(_ markdown: String) -> String {
    Markdown.plainText(of: markdown).markdownText(startsLine: false)
  }

  /// A Markdown table. Its fields are Markdown too.
  package static func grid(_ columns: [String], _ rows: [[String]]) -> String {
    func line(_ fields: [String]) -> String {
      "| " + fields.map { MarkdownText.line($0, inTable: true) }.joined(separator: " | ") + " |"
    }
    let rule = "|" + columns.map { _ in "---|" }.joined()
    return ([line(columns), rule] + rows.map(line)).joined(separator: "\n")
  }

  private static func text(of step: Step) -> String {
    var parts = ["**\(MarkdownText.line(step.title))**"]
    parts.append(
      step.source.map { MarkdownText.fenced($0.text, "swift") }
        ?? "*The source file is not on this machine.*")
    if !step.output.isEmpty { parts.append(MarkdownText.fenced(step.output, "text")) }
    if let failure = step.failure {
      parts.append(MarkdownText.quoted("✗ This step failed: " + MarkdownText.lines(failure)))
    }
    let cost = step.status == .finished ? step.cost : step.status.rawValue
    parts.append("*\(cost.markdownText(startsLine: false))*")
    return parts.joined(separator: "\n\n")
  }

  private static func text(of excerpt: SourceExcerpt) -> String {
    guard !excerpt.text.isEmpty else {
      let path = excerpt.path.markdownText(startsLine: false)
      return "*\(path): the source file is not on this machine.*"
    }
    return excerpt.path.markdownCode + ", line \(excerpt.firstLine)\n\n"
      + MarkdownText.fenced(excerpt.text, "swift")
  }
}
