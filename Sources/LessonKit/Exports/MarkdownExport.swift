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
    return ([opening] + cells + [closing]).joined(separator: "\n\n") + "\n"
  }

  /// Title, question, papers, device and settings, and all claims.
  package var opening: String {
    let card = record.lesson
    var parts = ["# \(card.number). \(card.title)", "*\(card.question)*"]
    if !card.builds.isEmpty { parts.append("You build \(card.builds).") }
    if !card.papers.isEmpty { parts.append(card.papers.map(Self.cited).joined(separator: "\n")) }
    if let sentence = record.state.sentence { parts.append("> **Not finished.** \(sentence)") }
    let facts = record.facts
    parts.append(
      "Run on \(facts.device), threads \(facts.threads), scale \(facts.scale.rawValue), "
        + "seed \(facts.seed), in \(Quantity.seconds.text(record.seconds)).")
    if !record.claims.isEmpty { parts.append(claims) }
    return parts.joined(separator: "\n\n")
  }

  package var closing: String {
    "---\n\nRun again with `\(record.facts.command)`. Started \(record.facts.startedAt)."
  }

  private var claims: String {
    let rows = record.claims.map {
      [
        "\($0.sign) \($0.verdict)", $0.text, $0.valueText ?? "not measured",
        $0.bound.text(as: $0.quantity),
      ]
    }
    return Self.grid(["verdict", "claim", "measured", "bound"], rows)
  }

  private static func cited(_ paper: Paper) -> String {
    let section = paper.section.isEmpty ? "" : ", \(paper.section)"
    return "- \(paper.authors) (\(paper.year)): [\(paper.title)](\(paper.link))\(section)"
  }

  /// A figure with its caption; `path` is nil if the file is missing.
  private static func text(of figure: FigureFile, path: String?) -> String {
    let caption = plainText(figure.caption)
    let picture =
      path.map { "![\(bracketed(caption))](\($0))" }
      ?? "**The figure \(figure.file) is missing.**"
    return picture + "\n\n*\(caption)*"
  }

  /// One cell, without empty lines around it; a figure as one whose file is missing.
  package static func text(of cell: Cell) -> String {
    switch cell.content {
    case .heading(let title): "## \(title)"
    case .prose(let markdown): markdown
    case .formula(let formula):
      [fenced(formula.text, "text"), formula.legend].filter { !$0.isEmpty }
        .joined(separator: "\n\n")
    case .notice(let notice): quoted("**\(notice.title)**\n\n\(notice.text)")
    case .step(let step): text(of: step)
    case .source(let excerpt): text(of: excerpt)
    case .table(let table): grid(table.columns, table.rows) + "\n\n*\(plainText(table.caption))*"
    case .figure(let figure): text(of: figure, path: nil)
    case .metric(let metric): "- \(metric.name): \(metric.quantity.text(metric.value))"
    case .claim(let claim):
      quoted("**\(claim.sign) Claim \(claim.verdict).** \(claim.text): \(claim.comparison)")
    }
  }

  /// A Markdown table. Vertical bars inside a field are escaped.
  package static func grid(_ columns: [String], _ rows: [[String]]) -> String {
    func line(_ fields: [String]) -> String {
      "| " + fields.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }
    let rule = "|" + columns.map { _ in "---|" }.joined()
    return ([line(columns), rule] + rows.map(line)).joined(separator: "\n")
  }

  private static func text(of step: Step) -> String {
    var parts = ["**\(step.title)**"]
    parts.append(
      step.source.map { fenced($0.text, "swift") } ?? "*The source file is not on this machine.*")
    if !step.output.isEmpty { parts.append(fenced(step.output, "text")) }
    if let failure = step.failure { parts.append(quoted("✗ This step failed: \(failure)")) }
    parts.append("*\(step.status == .finished ? step.cost : step.status.rawValue)*")
    return parts.joined(separator: "\n\n")
  }

  private static func text(of excerpt: SourceExcerpt) -> String {
    guard !excerpt.text.isEmpty else {
      return "*\(excerpt.path): the source file is not on this machine.*"
    }
    return "`\(excerpt.path)`, line \(excerpt.firstLine)\n\n" + fenced(excerpt.text, "swift")
  }

  /// A block of code whose fence is longer than any run of backticks in it.
  private static func fenced(_ text: String, _ language: String) -> String {
    let longest = text.split(whereSeparator: { $0 != "`" }).map(\.count).max() ?? 0
    let fence = String(repeating: "`", count: max(3, longest + 1))
    let body = text.hasSuffix("\n") ? text : text + "\n"
    return fence + language + "\n" + body + fence
  }

  private static func quoted(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? ">" : "> \($0)" }.joined(separator: "\n")
  }

  private static func bracketed(_ text: String) -> String {
    text.replacing("[", with: "\\[").replacing("]", with: "\\]")
  }
}
