import Foundation
import SystemSupport

extension HTMLPage {
  /// A cell, or several consecutive metrics, which are shown as one list.
  enum Drawn {
    case cell(Cell)
    case metrics([Metric])
  }

  func joinedMetrics(_ cells: [Cell]) -> [Drawn] {
    var result: [Drawn] = []
    for cell in cells {
      guard case .metric(let metric) = cell.content else {
        result.append(.cell(cell))
        continue
      }
      if case .metrics(let earlier)? = result.last {
        result[result.count - 1] = .metrics(earlier + [metric])
      } else {
        result.append(.metrics([metric]))
      }
    }
    return result
  }

  func html(of drawn: Drawn) -> String {
    switch drawn {
    case .cell(let cell): html(of: cell)
    case .metrics(let metrics): html(of: metrics)
    }
  }

  func html(of cell: Cell) -> String {
    switch cell.content {
    case .heading(let title): "<h2 id=\"\(cell.id.htmlText)\">\(htmlLine(title))</h2>"
    case .prose(let markdown): htmlProse(markdown)
    case .formula(let formula): html(of: formula)
    case .notice(let notice):
      """
      <div class="notice" id="\(cell.id.htmlText)" role="note"><h3>\(htmlLine(notice.title))</h3>
      \(htmlProse(notice.text))</div>
      """
    case .question(let question):
      """
      <div class="question-box" role="note"><h3>Before you read on</h3>
      \(htmlProse(question.text))<details><summary>Answer</summary>
      \(htmlProse(question.answer))</details></div>
      """
    case .example(let example): html(of: example, id: cell.id)
    case .step(let step): html(of: step, id: cell.id)
    case .source(let excerpt): html(of: excerpt, id: cell.id)
    case .table(let table): html(of: table, id: cell.id)
    case .figure(let figure): html(of: figure, id: cell.id)
    case .metric(let metric): html(of: [metric])
    case .claim(let claim): html(of: claim, id: cell.id)
    }
  }

  private func html(of formula: Formula) -> String {
    let lines = formula.equations.map { equation in
      let number = equation.number.map { "<span class=\"number\">(\($0))</span>" } ?? ""
      let id = equation.number.map { " id=\"equation-\($0)\"" } ?? ""
      return
        "<div class=\"equation\"\(id)>\(htmlEquation(equation.latex))\(number)</div>"
    }
    return "<div class=\"formula\">\n\(lines.joined(separator: "\n"))\n</div>\n"
      + htmlProse(formula.legend)
  }

  private func html(of example: Example, id: String) -> String {
    let table = Table(
      name: example.title, columns: example.columns, rows: example.rows, caption: example.result)
    return """
      <div class="example" role="group" aria-label="by hand: \(
        Markdown.plainText(of: example.title).htmlText)">
      <h3>\(htmlLine(example.title))</h3>
      \(html(of: table, id: id))
      </div>
      """
  }

  private func html(of step: Step, id: String) -> String {
    let cost = step.status == .finished ? step.cost : step.status.rawValue
    let source = step.source.map { code($0, label: step.title) } ?? Self.noSource
    let output =
      step.output.isEmpty ? "" : plainBlock(step.output, label: "output of \(step.title)")
    let failure = step.failure.map { "<p class=\"failure\">✗ This step failed: \($0.htmlText)</p>" }
    return """
      <div class="panel" id="\(id.htmlText)" role="group" aria-label="step: \(step.title.htmlText)">
      <div class="head"><h3>\(htmlLine(step.title))</h3><span class="cost">\(cost.htmlText)</span></div>
      \(source)\(output)\(failure ?? "")
      </div>
      """
  }

  private func html(of excerpt: SourceExcerpt, id: String) -> String {
    let line = excerpt.text.isEmpty ? "" : "line \(excerpt.firstLine)"
    return """
      <div class="panel" id="\(id.htmlText)" role="group" aria-label="source: \(excerpt.path.htmlText)">
      <div class="head"><span class="cost">\(excerpt.path.htmlText)</span>\
      <span class="cost">\(line)</span></div>
      \(excerpt.text.isEmpty ? Self.noSource : code(excerpt, label: excerpt.path))
      </div>
      """
  }

  private static let noSource = "<p class=\"none\">The source file is not on this machine.</p>"

  /// The lines that matter, and below them all lines, folded.
  private func code(_ excerpt: SourceExcerpt, label: String) -> String {
    let lines = htmlCodeLines(excerpt.text)
    guard let shown = excerpt.shownLines else { return block(lines, excerpt, label: label) }
    let plain = Array(excerpt.lines[shown])
    let indent = plain.filter { !$0.isEmpty }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
    let focus = SourceExcerpt(
      path: excerpt.path, firstLine: excerpt.firstLine + shown.lowerBound,
      text: plain.map { String($0.dropFirst(indent)) }.joined(separator: "\n"))
    let all = "\(lines.count) lines, from line \(excerpt.firstLine)"
    return (shown.isEmpty ? "" : block(htmlCodeLines(focus.text), focus, label: label))
      + "<details class=\"all\"><summary>\(shown.isEmpty ? "The code" : "All of it"): \(all)</summary>\n"
      + block(lines, excerpt, label: "all of \(label)") + "</details>"
  }

  /// Code in lines that wrap. A line that computes a numbered equation is marked and linked.
  private func block(_ lines: [String], _ excerpt: SourceExcerpt, label: String) -> String {
    let numbers = equationNumbers
    let body = zip(lines, excerpt.lines).map { html, line in
      guard let number = equationNumber(ofLine: String(line)), numbers.contains(number) else {
        return "<span class=\"l\">\(html)\n</span>"
      }
      // The link says what the comment said.
      let html = html.replacing("<span class=\"c\">// (\(number))</span>", with: "")
      return "<span class=\"l eq\"><a href=\"#equation-\(number)\" title=\"equation \(number)\">"
        + "(\(number))</a>\(html)\n</span>"
    }
    return """
      <pre role="group" aria-label="code: \(label.htmlText)"><code>\(body.joined())</code></pre>
      """
  }

  private var equationNumbers: Set<Int> {
    Set(
      record.cells.flatMap { cell in
        if case .formula(let formula) = cell.content {
          formula.equations.compactMap(\.number)
        } else {
          [Int]()
        }
      })
  }

  private func plainBlock(_ text: String, label: String) -> String {
    """
    <pre class="output" role="group" aria-label="\(label.htmlText)">\
    \(text.htmlText)</pre>
    """
  }

  /// A table. On a phone, one with more than four columns becomes a list of its rows, in which each
  /// entry has the name of its column.
  private func html(of table: Table, id: String) -> String {
    let isNumeric = table.columns.indices.map { table.isNumeric(column: $0) }
    let isWide = table.columns.count > 4
    let names = table.columns.map {
      isWide ? " data-name=\"\(Markdown.plainText(of: $0).htmlText)\"" : ""
    }
    let head = table.columns.enumerated().map { index, name in
      "<th scope=\"col\"\(isNumeric[index] ? " class=\"number\"" : "")>\(htmlLine(name))</th>"
    }
    let body = table.rows.map { row in
      let fields = row.prefix(table.columns.count).enumerated().map { index, text in
        "<td\(isNumeric[index] ? " class=\"number\"" : "")\(names[index])>\(htmlLine(text))</td>"
      }
      return "<tr>\(fields.joined())</tr>"
    }
    return """
      <figure id="\(id.htmlText)">
      <div class="scroll" tabindex="0" role="group" aria-label="table: \(table.name.htmlText)">
      <table\(isWide ? " class=\"wide\"" : "")>
      <thead><tr>\(head.joined())</tr></thead>
      <tbody>
      \(body.joined(separator: "\n"))
      </tbody>
      </table>
      </div>
      <figcaption>\(htmlLine(table.caption))</figcaption>
      </figure>
      """
  }

  /// A figure. A click or the space key enlarges it, without a script: a box that is checked.
  /// `place` is the identifier of the same figure in its section, if this is a copy.
  func html(of figure: FigureFile, id: String, place: String? = nil) -> String {
    let more = place.map { " <a href=\"#\($0.htmlText)\">Where it comes from</a>" } ?? ""
    guard let data = figureData(figure.file) else {
      return """
        <figure id="\(id.htmlText)"><p class="stop">The figure \(figure.file.description.htmlText) is missing.</p>
        <figcaption>\(htmlLine(figure.caption))\(more)</figcaption></figure>
        """
    }
    return """
      <figure id="\(id.htmlText)">
      <label class="picture" style="--ratio: \(figure.pixelWidth) / \(figure.pixelHeight)"><input type="checkbox" aria-label="enlarge: \(figure.title.htmlText)">
      \(htmlImage(figure, data))</label>
      <figcaption>\(htmlLine(figure.caption))\(more)</figcaption>
      </figure>
      """
  }

  private func html(of metrics: [Metric]) -> String {
    let items = metrics.map {
      "<div><dt>\(htmlLine($0.name))</dt><dd>\($0.quantity.text($0.value).htmlText)</dd></div>"
    }
    return "<dl class=\"metrics\">\(items.joined())</dl>"
  }

  private func html(of claim: Claim, id: String) -> String {
    let seeds = claim.spread.map { " (\($0))" } ?? ""
    return """
      <div class="claim \(claim.cssClass)" id="\(id.htmlText)">
      <span class="badge">\(claim.headline)</span>
      <p>\(htmlLine(claim.sentence))</p>
      <p class="cost">\(claim.kind.rawValue)\(unbroken(seeds))</p>
      </div>
      """
  }
}
