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
      <div class="notice" role="note"><h3>\(htmlLine(notice.title))</h3>
      \(htmlProse(notice.text))</div>
      """
    case .step(let step): html(of: step, id: cell.id)
    case .source(let excerpt): html(of: excerpt, id: cell.id)
    case .table(let table): html(of: table, id: cell.id)
    case .figure(let figure): html(of: figure, id: cell.id)
    case .metric(let metric): html(of: [metric])
    case .claim(let claim): html(of: claim, id: cell.id)
    }
  }

  private func html(of formula: Formula) -> String {
    let label = "aria-label=\"formula\" tabindex=\"0\" role=\"group\""
    return "<div class=\"formula\" \(label)>\(formula.text.htmlText)</div>\n"
      + htmlProse(formula.legend)
  }

  private func html(of step: Step, id: String) -> String {
    let cost = step.status == .finished ? step.cost : step.status.rawValue
    let source = step.source.map { block($0.text, label: step.title) } ?? Self.noSource
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
      \(excerpt.text.isEmpty ? Self.noSource : block(excerpt.text, label: excerpt.path))
      </div>
      """
  }

  private static let noSource = "<p class=\"none\">The source file is not on this machine.</p>"

  /// Code that can be scrolled, also with the keyboard. Its role is `group` and not `region`:
  /// regions are landmarks, and a page would have too many of them.
  private func block(_ source: String, label: String) -> String {
    """
    <pre tabindex="0" role="group" aria-label="code: \(label.htmlText)"><code>\(htmlCode(source))\
    </code></pre>
    """
  }

  private func plainBlock(_ text: String, label: String) -> String {
    """
    <pre class="output" tabindex="0" role="group" aria-label="\(label.htmlText)">\
    \(text.htmlText)</pre>
    """
  }

  private func html(of table: Table, id: String) -> String {
    let isNumeric = table.columns.indices.map { table.isNumeric(column: $0) }
    let head = table.columns.enumerated().map { index, name in
      "<th scope=\"col\"\(isNumeric[index] ? " class=\"number\"" : "")>\(htmlLine(name))</th>"
    }
    let body = table.rows.map { row in
      let fields = row.prefix(table.columns.count).enumerated().map { index, text in
        "<td\(isNumeric[index] ? " class=\"number\"" : "")>\(htmlLine(text))</td>"
      }
      return "<tr>\(fields.joined())</tr>"
    }
    return """
      <figure id="\(id.htmlText)">
      <div class="scroll" tabindex="0" role="group" aria-label="table: \(table.name.htmlText)">
      <table>
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

  private func html(of figure: FigureFile, id: String) -> String {
    guard let data = figureData(figure.file) else {
      return """
        <figure id="\(id.htmlText)"><p class="stop">The figure \(figure.file.description.htmlText) is missing.</p>
        <figcaption>\(htmlLine(figure.caption))</figcaption></figure>
        """
    }
    return """
      <figure id="\(id.htmlText)">
      <img src="data:image/png;base64,\(data.base64EncodedString())" \
      width="\(figure.pixelWidth)" height="\(figure.pixelHeight)" \
      alt="\(Markdown.plainText(of: figure.caption).htmlText)">
      <figcaption>\(htmlLine(figure.caption))</figcaption>
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
    """
    <div class="claim \(claim.cssClass)" id="\(id.htmlText)">
    <span class="badge">\(claim.sign) Claim \(claim.verdict)</span>
    <p>\(htmlLine(claim.text))</p>
    <p class="cost">\(claim.comparison.htmlText)</p>
    </div>
    """
  }
}
