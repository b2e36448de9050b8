import SystemSupport

/// A piece of a part of the page.
package enum PartBlock {
  /// Lines that belong together. An empty one at the start separates them from the block before.
  case lines([String])
  case figure(FigureFile)
}

/// How much of a page a terminal shows.
package enum PageDetail: Sendable {
  /// One sentence for each paragraph, questions, the beginning of the output, short tables. No
  /// code, and only those formulas that the sentence before them announces.
  case short
  /// Everything, with code, formulas and long tables.
  case long
}

extension TerminalPage {
  /// The number of lines and rows that are shown in short.
  static let outputLimit = 1, rowLimit = 4

  /// What leads to a step, and its title.
  package func opening(of part: PagePart, _ detail: PageDetail) -> [PartBlock] {
    let cells = part.opening
    var blocks = cells.indices.flatMap { index in
      let announced = detail == .short ? formula(in: cells, announcedAt: index) : nil
      return [block(of: cells[index], detail), announced].compactMap { $0 }
    }
    guard let step = part.step else { return blocks }
    switch detail {
    case .long: blocks.append(.lines(lines(stepOpening(step))))
    case .short: blocks.append(.lines(fitted(style.ink("▸ \(line(step.title))", .bold))))
    }
    return blocks
  }

  /// How a step ended; in short nothing about one that took less than a second.
  package func end(of step: Step, _ detail: PageDetail) -> [String] {
    let isUsual = step.status == .finished && step.origin == .ran && step.seconds < 1
    return detail == .short && isUsual ? [] : lines(stepEnd(step))
  }

  /// What the step printed, and its time and memory.
  package func output(of step: Step, _ detail: PageDetail) -> PartBlock {
    let all = lines(output(step))
    let isCut = detail == .short && all.count > Self.outputLimit
    let shown = isCut ? all.prefix(Self.outputLimit) + [omitted(all.count)] : all[...]
    return .lines(shown.flatMap(fitted) + end(of: step, detail))
  }

  /// What came out of a part.
  package func results(of part: PagePart, _ detail: PageDetail) -> [PartBlock] {
    part.results.flatMap { cell -> [PartBlock] in
      guard case .figure(let figure) = cell.content else {
        return block(of: cell, detail).map { [$0] } ?? []
      }
      return [.figure(figure), .lines(caption(of: figure, detail))]
    }
  }

  /// The whole part.
  package func blocks(of part: PagePart, _ detail: PageDetail) -> [PartBlock] {
    opening(of: part, detail) + (part.step.map { [output(of: $0, detail)] } ?? [])
      + results(of: part, detail)
  }

  /// The caption of a figure; in the long form also the name of its file.
  func caption(of figure: FigureFile, _ detail: PageDetail) -> [String] {
    let mark = style.ink("Figure:", .faint)
    let words =
      detail == .short
      ? [mark] + firstSentence(figure.caption)
      : [mark] + words(ofProse: figure.caption) + [style.ink("(\(figure.file))", .faint)]
    return lines(wrapped(words, width: style.width, indent: "  "))
  }

  /// The title of a figure that is not drawn, in place of its caption.
  func title(ofHidden figure: FigureFile) -> [String] {
    let words = [style.ink("Figure in the page:", .faint)] + words(line(figure.title))
    return lines(wrapped(words, width: style.width, indent: "  "))
  }

  /// The formula behind a text of which the last words that are shown end with a colon; nil if
  /// there is none.
  private func formula(in cells: [Cell], announcedAt index: Int) -> PartBlock? {
    guard case .prose(let text) = cells[index].content, index + 1 < cells.count,
      case .formula(let formula) = cells[index + 1].content,
      plain.firstSentence(text).last?.hasSuffix(":") == true
    else { return nil }
    return .lines(lines(equations(of: formula)).flatMap(fitted))
  }

  /// A cell other than a step and a figure; nil if it is not shown.
  private func block(of cell: Cell, _ detail: PageDetail) -> PartBlock? {
    guard detail == .short else { return .lines(lines(text(of: cell)).flatMap(fitted)) }
    switch cell.content {
    case .formula, .source, .example, .step, .figure: return nil
    case .question(let question): return .lines(lines(asked(question)))
    case .heading(let title):
      return .lines(fitted(style.ink(line(title), .bold, .underline)))
    case .prose(let text): return .lines(shortProse(text))
    case .notice(let notice):
      let head = words(line(notice.title) + ":").map { style.ink($0, .bold) }
      let isList = notice.text.hasPrefix("- ")
      let first = isList ? [] : firstSentence(notice.text)
      let text = wrapped(["!"] + head + first, width: style.width, indent: "  ", first: "")
      return .lines([""] + lines(text) + (isList ? shortProse(notice.text) : []))
    case .table(let table):
      let whole = lines(self.table(table, caption: firstSentence(table.caption))).flatMap(fitted)
      if table.rows.count <= Self.rowLimit, whole.count <= Self.rowLimit + 6, fits(table) {
        return .lines(whole)
      }
      let count = style.ink(
        "(a table of \(table.rows.count == 1 ? "1 row" : "\(table.rows.count) rows"))", .faint)
      return .lines(
        lines(wrapped(firstSentence(table.caption) + [count], width: style.width, indent: "  ")))
    case .claim(let claim):
      // The end of the page counts those that are not checked.
      if claim.holds == nil, !claim.isDerived { return nil }
      return .lines(lines(self.claim(claim, detail)))
    default: return .lines(lines(text(of: cell)).flatMap(fitted))
    }
  }

  /// The first sentence of a paragraph, or of each item of a list.
  private func shortProse(_ markdown: String) -> [String] {
    guard case .list(_, let items)? = Markdown.blocks(of: markdown).first else {
      return lines(wrapped(firstSentence(markdown), width: style.width, indent: ""))
    }
    return items.flatMap { item in
      lines(
        wrapped(
          firstSentence(words(item), plain.words(item)), width: style.width, indent: "  ",
          first: "• "))
    }
  }

  /// The line that says how many of `count` lines are not shown.
  func omitted(_ count: Int) -> String {
    let more = count - Self.outputLimit
    return style.ink("  … \(more) more line\(more == 1 ? "" : "s")", .faint)
  }

  private var plain: TerminalPage {
    var style = style
    style.isColored = false
    return TerminalPage(style)
  }

  /// The words of the first sentence of a text in Markdown.
  func firstSentence(_ markdown: String) -> [String] {
    guard let first = Markdown.blocks(of: markdown).first else { return [] }
    let inlines: [Markdown.Inline]
    switch first {
    case .paragraph(let all): inlines = all
    case .list(_, let items): inlines = items.first ?? []
    }
    return firstSentence(words(inlines), plain.words(inlines))
  }

  /// All words of a text in Markdown.
  func words(ofProse markdown: String) -> [String] {
    Markdown.blocks(of: markdown).flatMap { block in
      switch block {
      case .paragraph(let inlines): words(inlines)
      case .list(_, let items): items.flatMap(words)
      }
    }
  }

  /// The first sentence; the next one too if it is only a name. `plain` are the same words without
  /// color.
  private func firstSentence(_ words: [String], _ plain: [String]) -> [String] {
    guard words.count == plain.count else { return words }
    var length = 0
    for (index, word) in plain.enumerated() {
      length += word.count + 1
      let isEnd = ".?!".contains(word.last { !"”\"')".contains($0) } ?? " ")
      let next = index + 1 < plain.count ? plain[index + 1].first : nil
      let begins = next.map { $0.isUppercase || $0.isNumber || "“\"(".contains($0) } ?? true
      if isEnd, begins, length > 24 { return Array(words[...index]) }
    }
    return words
  }

  func lines(_ text: String) -> [String] {
    let trimmed = text.hasSuffix("\n") ? text.dropLast() : text[...]
    return trimmed.isEmpty && text.isEmpty
      ? [] : trimmed.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// A line in lines of the style's width.
  func fitted(_ line: String) -> [String] {
    let indent = min(line.prefix { $0 == " " }.count + 2, style.width / 2)
    return line.broken(atColumns: style.width, indent: String(repeating: " ", count: indent))
  }
}
