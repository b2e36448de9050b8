import SystemSupport

/// The page as text for a terminal, cell by cell.
///
/// A record can come from somebody else. All its texts are made harmless here.
package struct TerminalPage {
  let style: TerminalStyle

  package init(_ style: TerminalStyle) { self.style = style }

  /// Number, title, question, device and settings; in the long form also the papers.
  package func opening(of record: RunRecord, _ detail: PageDetail = .long) -> String {
    let card = record.lesson
    var lines = [
      style.ink("Lesson \(card.number) · \(card.title.terminalLine)", .bold),
      wrapped(words(line(card.question)), width: style.width, indent: ""),
    ]
    if detail == .long {
      lines.append("")
      lines += card.papers.map {
        wrapped(words(cited($0)), width: style.width, indent: "    ", first: "  ")
      }
    }
    if !card.idea.isEmpty { lines += [prose(card.idea, indent: ""), ""] }
    if !card.builds.isEmpty {
      lines.append(
        wrapped(words("You build \(line(card.builds))."), width: style.width, indent: ""))
    }
    lines += wrapped(words(facts(record.facts)), width: style.width, indent: "")
      .split(separator: "\n").map { style.ink(String($0), .faint) }
    if record.facts.scale == .smoke { lines.append(style.ink(RunFacts.smoke + ".", .faint)) }
    return lines.joined(separator: "\n") + "\n"
  }

  /// One complete cell other than a step.
  package func text(of cell: Cell) -> String {
    switch cell.content {
    case .heading(let title): "\n" + style.ink(line(title), .bold, .underline) + "\n"
    case .prose(let markdown): "\n" + prose(markdown, indent: "") + "\n"
    case .formula(let formula): self.formula(formula)
    case .notice(let notice):
      "\n" + style.ink("! \(line(notice.title))", .bold) + "\n" + prose(notice.text, indent: "  ")
        + "\n"
    case .question(let question): self.question(question)
    case .example(let example): self.example(example)
    case .step(let step): stepOpening(step) + output(step) + stepEnd(step)
    case .source(let excerpt): source(excerpt)
    case .table(let table): self.table(table, caption: words(ofProse: table.caption))
    case .figure(let figure):
      "  [figure] \(figure.file)\n" + prose(figure.caption, indent: "    ") + "\n"
    case .metric(let metric):
      wrapped(
        words("\(line(metric.name)): \(metric.quantity.text(metric.value).terminalLine)"),
        width: style.width, indent: "    ", first: "  ") + "\n"
    case .claim(let claim): self.claim(claim)
    }
  }

  package func stepOpening(_ step: Step) -> String {
    let title = "\n" + style.ink("▸ \(line(step.title))", .bold) + "\n"
    guard let source = step.source else {
      return title + style.ink("  (the source file is not on this machine)", .faint) + "\n"
    }
    return title + brokenCode(source.text)
  }

  package func stepEnd(_ step: Step) -> String {
    switch step.status {
    case .running: return ""
    case .interrupted: return style.ink("  ✗ interrupted", .yellow) + "\n"
    case .failed:
      let words = words("failed: \((step.failure ?? "").terminalLines)")
      return style.ink("  ✗ ", .red) + wrapped(words, width: style.width, indent: "    ", first: "")
        + "\n"
    case .finished:
      let lines = wrapped(words(step.cost.terminalLine), width: style.width, indent: "  ")
      return style.ink(lines, .faint) + "\n"
    }
  }

  /// The state of the run, the number of claims that hold, time and memory.
  package func closing(of record: RunRecord) -> String {
    var lines = [""]
    if let sentence = record.state.sentence {
      lines.append(wrapped(words(sentence.terminalLines), width: style.width, indent: ""))
    }
    lines.append(claimSummary(record.claims))
    let cost =
      "\(Quantity.seconds.text(record.seconds)), at most "
      + "\(Quantity.bytes.text(Double(record.peakBytes.total))) of tensors"
    lines.append(style.ink(cost, .faint))
    return lines.joined(separator: "\n") + "\n"
  }

  /// The end of a run: `closing`, the page to open, the figures, and the next lesson.
  package func ending(
    of record: RunRecord, in folder: RunFolder, listsFigures: Bool, _ commands: NextCommands
  ) -> String {
    var text = closing(of: record) + "  \(style.path(folder.page.path))\n"
    if listsFigures {
      text += record.figures.map { "  \(style.path(folder.figure($0.file).path))\n" }.joined()
    } else if let run = commands.run {
      text += self.text("The page has \(contents(of: record)):")
      // Whole, so that they can be copied.
      text += "  lab open \(run.terminalLine)\n  lab show \(run.terminalLine) --code\n"
    }
    return text + (commands.next.map { self.text("Next: \($0)") } ?? "")
  }

  /// What the page has and the short form in the terminal leaves out.
  private func contents(of record: RunRecord) -> String {
    let (figures, cells) = (record.figures.count, record.cells.map(\.content))
    let examples = cells.count { if case .example = $0 { true } else { false } }
    let asks = cells.contains { if case .question = $0 { true } else { false } }
    var parts = [figures == 1 ? "1 figure" : "\(figures) figures"]
    if examples > 0 {
      parts.append("\(examples) \(examples == 1 ? "calculation" : "calculations") by hand")
    }
    if asks { parts.append("the answers to the questions") }
    return parts.joined(separator: ", ") + " and all code"
  }

  private func text(_ sentence: String) -> String {
    wrapped(words(sentence.terminalLine), width: style.width, indent: "  ", first: "") + "\n"
  }

  package func claim(_ claim: Claim, _ detail: PageDetail = .long) -> String {
    let holds = claim.isDerived ? nil : claim.holds
    let ink: TerminalStyle.Ink = holds.map { $0 ? .green : .red } ?? .faint
    let head = words(
      claim.holds == nil && detail == .short ? claim.sign : "\(claim.sign) \(claim.verdict):"
    ).map { style.ink($0, ink, .bold) }
    let text = words(line(claim.sentence))
    return wrapped(head + text, width: style.width, indent: "    ", first: "  ") + "\n"
  }

  func output(_ step: Step) -> String {
    step.output.terminalLines.split(separator: "\n").map { "  \($0)\n" }.joined()
  }

  private func source(_ excerpt: SourceExcerpt) -> String {
    guard !excerpt.text.isEmpty else {
      return "\n"
        + style.ink(
          "  \(excerpt.path.terminalLine) (the source file is not on this machine)", .faint)
        + "\n"
    }
    return "\n" + style.ink("  \(excerpt.path.terminalLine), line \(excerpt.firstLine)", .faint)
      + "\n"
      + brokenCode(excerpt.text)
  }

  private func formula(_ formula: Formula) -> String {
    let legend = formula.legend.isEmpty ? "" : prose(formula.legend, indent: "    ") + "\n"
    return "\n" + equations(of: formula) + "\n" + legend
  }

  /// The lines of a formula without its legend.
  func equations(of formula: Formula) -> String {
    formula.equations.map { equation in
      let text = equation.text.terminalLine + (equation.number.map { "    (\($0))" } ?? "")
      let lines = wrapped(words(text), width: style.width, indent: "        ", first: "      ")
      return style.ink(lines, .bold)
    }.joined(separator: "\n")
  }

  private func question(_ question: Question) -> String {
    asked(question) + "\n\n" + prose(question.answer, indent: "  ") + "\n"
  }

  /// A question without its answer.
  func asked(_ question: Question) -> String {
    "\n" + style.ink("? Before you read on", .bold) + "\n" + prose(question.text, indent: "  ")
  }

  private func example(_ example: Example) -> String {
    "\n" + style.ink(line(example.title), .bold)
      + table(
        Table(name: "", columns: example.columns, rows: example.rows, caption: ""),
        caption: words(ofProse: example.result))
  }

  func code(_ text: String) -> String {
    let painted = highlighted(text.terminalLines).map { piece in
      piece.text.split(separator: "\n", omittingEmptySubsequences: false)
        .map { paint(String($0), piece.role) }.joined(separator: "\n")
    }.joined()
    let bar = style.ink("│", .faint)
    return painted.split(separator: "\n", omittingEmptySubsequences: false)
      .map { "  \(bar) \($0)\n" }.joined()
  }

  /// Code whose lines are broken at the width of the page.
  func brokenCode(_ text: String) -> String {
    let bar = "  " + style.ink("│", .faint) + " "
    return lines(code(text)).flatMap { line -> [String] in
      let content = String(line.dropFirst(bar.count))
      let indent = min(content.prefix { $0 == " " }.count + 4, style.width / 2)
      return content.broken(
        atColumns: style.width - 4, indent: String(repeating: " ", count: indent)
      ).map { bar + $0 + "\n" }
    }.joined()
  }

  private func paint(_ text: String, _ role: CodeRole) -> String {
    switch role {
    case .plain: text
    case .keyword: style.ink(text, .magenta)
    case .type: style.ink(text, .cyan)
    case .string: style.ink(text, .green)
    case .number: style.ink(text, .blue)
    case .comment: style.ink(text, .faint)
    }
  }

  /// Whether a table can be drawn in columns. One that is too wide becomes a list.
  func fits(_ table: Table) -> Bool { fits(widths(of: fields(of: table))) }

  private func fits(_ widths: [Int]) -> Bool {
    2 + widths.reduce(0, +) + 2 * (widths.count - 1) <= style.width
  }

  /// The names of the columns, and then the rows, each with as many fields. A row of a damaged
  /// record can be shorter or longer than the others.
  private func fields(of table: Table) -> [[String]] {
    ([table.columns] + table.rows).map { row in
      table.columns.indices.map { row.indices.contains($0) ? line(row[$0]) : "" }
    }
  }

  private func widths(of fields: [[String]]) -> [Int] {
    fields[0].indices.map { column in fields.map { $0[column].terminalColumns }.max() ?? 0 }
  }

  /// A table with the words of its caption.
  func table(_ table: Table, caption words: [String]) -> String {
    let caption = wrapped(words, width: style.width, indent: "  ")
    let isNumeric = table.columns.indices.map { table.isNumeric(column: $0) }
    let all = fields(of: table)
    let (columns, rows, widths) = (all[0], all.dropFirst(), widths(of: all))
    func drawn(_ row: [String]) -> String {
      let fields = row.indices.map { column in
        isNumeric[column]
          ? row[column].leftPadded(toColumns: widths[column])
          : row[column].padded(toColumns: widths[column])
      }
      return "  " + fields.joined(separator: "  ")
    }
    guard fits(widths) else {
      let items = rows.map { listed($0, under: columns) }.joined()
      return "\n" + items + caption + "\n"
    }
    let rule = "  " + widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")
    let body = rows.map { drawn($0) + "\n" }.joined()
    return "\n" + style.ink(drawn(columns), .bold) + "\n" + rule + "\n" + body
      + caption + "\n"
  }

  /// A row of a table that is too wide for the page.
  private func listed(_ row: [String], under columns: [String]) -> String {
    let fields = zip(columns, row).map { column, field in
      column.isEmpty ? field : "\(column): \(field)"
    }
    let head = words(fields.first ?? "").map { style.ink($0, .bold) }
    let rest = words(fields.dropFirst().map { "· " + $0 }.joined(separator: " "))
    return wrapped(head + rest, width: style.width, indent: "    ", first: "  ") + "\n"
  }

  private func claimSummary(_ claims: [Claim]) -> String {
    guard !claims.isEmpty else { return "No claims." }
    let count = ClaimCount(claims)
    var parts = [
      "✓ \(count.held) \(count.held == 1 ? "holds" : "hold")",
      "✗ \(count.failed) \(count.failed == 1 ? "fails" : "fail")",
    ]
    if count.unchecked > 0 { parts.append("– \(count.unchecked) not checked at this scale") }
    let ink: TerminalStyle.Ink = count.failed > 0 ? .red : .green
    let text = words("Claims: " + parts.joined(separator: ", ")).map { style.ink($0, ink, .bold) }
    return wrapped(text, width: style.width, indent: "  ", first: "")
  }

  private func facts(_ facts: RunFacts) -> String {
    let threads = facts.threads.map { $0 == 1 ? "1 thread" : "\($0) threads" }
    return [
      facts.device.terminalLine, threads, "scale \(facts.scale.rawValue)", "seed \(facts.seed)",
    ].compactMap { $0 }.joined(separator: " · ")
  }

  private func cited(_ paper: Paper) -> String {
    let section = paper.section.isEmpty ? "" : ", \(paper.section)"
    return "\(paper.authors) (\(paper.year)): \(paper.title)\(section). \(paper.link)"
      .terminalLine
  }
}

/// Commands that the end of a run suggests.
package struct NextCommands {
  /// The words behind `lab open` and `lab show` that find the run, as a shell takes them; nil if
  /// no words do.
  package var run: String?
  /// The command that runs the next lesson; nil if there is none.
  package var next: String?

  package init(run: String? = nil, next: String? = nil) { (self.run, self.next) = (run, next) }
}

extension Table {
  /// Whether every entry of a column begins like a number.
  func isNumeric(column: Int) -> Bool {
    !rows.isEmpty
      && rows.allSatisfy { row in
        guard row.indices.contains(column), let first = row[column].first else { return true }
        return first.isNumber || "−-–+∞.".contains(first)
      }
  }
}
