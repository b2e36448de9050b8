import Foundation
import SystemSupport

/// A record as a Jupyter notebook in nbformat 4.5. Each cell has the same id as in the record.
///
/// A step is a code cell; the figures, tables, numbers and claims after it are its output. Results
/// without a step before them are the output of an empty code cell.
package struct NotebookExport {
  let record: RunRecord
  /// The bytes of a figure's file; nil if there is no such file.
  let figureData: (FigureName) -> Data?

  package init(_ record: RunRecord, figureData: @escaping (FigureName) -> Data?) {
    self.record = record
    self.figureData = figureData
  }

  package func data() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.visibleJSON(notebook) + Data("\n".utf8)
  }

  package var notebook: JSONValue {
    let language: JSONValue = [
      "name": "swift", "file_extension": ".swift", "mimetype": "text/x-swift",
    ]
    return [
      "nbformat": 4, "nbformat_minor": 5,
      "metadata": [
        "kernelspec": ["name": "swift", "display_name": "Swift", "language": "swift"],
        "language_info": language, "title": .string(record.lesson.title),
      ],
      "cells": .array(cells),
    ]
  }

  private var cells: [JSONValue] {
    let text = MarkdownExport(record)
    var drafts = [Draft.markdown(id: stem + "-opening", text.opening + "\n\n" + Self.whatItIs)]
    for cell in record.cells { add(cell, to: &drafts) }
    if let claims = text.claims { drafts.append(.markdown(id: stem + "-claims", claims)) }
    drafts.append(.markdown(id: stem + "-closing", text.closing))
    var count = 0
    return drafts.map { $0.json(count: &count) }
  }

  private static let whatItIs = """
    > This notebook is the record of a run. Its code cells show what ran and what came out. They \
    cannot be run here: they are parts of a Swift program. `lab run` runs the lesson again.
    """

  /// At most 54 characters, so that an id with its ending has at most 64.
  private var stem: String { String(record.lesson.slug.prefix(54)) }

  private func add(_ cell: Cell, to drafts: inout [Draft]) {
    switch cell.content {
    case .heading, .prose, .formula, .notice, .question, .example:
      drafts.append(.markdown(id: cell.id, MarkdownExport.text(of: cell)))
    case .source(let excerpt):
      let comment = "// \(excerpt.path.terminalLine), line \(excerpt.firstLine)\n"
      drafts.append(Draft(id: cell.id, isCode: true, source: comment + excerpt.text, outputs: []))
    case .step(let step):
      let source =
        step.source?.text ?? "// \(step.title.terminalLine): the source file is not on this machine"
      drafts.append(Draft(id: cell.id, isCode: true, source: source, outputs: outputs(of: step)))
    case .table, .figure, .metric, .claim:
      if drafts.last?.isCode != true {
        drafts.append(Draft(id: cell.id, isCode: true, source: "", outputs: []))
      }
      drafts[drafts.count - 1].outputs.append(output(of: cell))
    }
  }

  private func outputs(of step: Step) -> [JSONValue] {
    var outputs: [JSONValue] = []
    let printed = step.output.terminalLines + (step.origin.sentence.map { "(\($0))\n" } ?? "")
    if !printed.isEmpty {
      outputs.append(["output_type": "stream", "name": "stdout", "text": lines(printed)])
    }
    if let failure = step.failure {
      outputs.append([
        "output_type": "error", "ename": "StepFailed", "evalue": .string(failure.terminalLines),
        "traceback": [.string("\(step.title): \(failure)".terminalLines)],
      ])
    }
    return outputs
  }

  private func output(of cell: Cell) -> JSONValue {
    var data: [String: JSONValue]
    var metadata: JSONValue = [:]
    if case .figure(let figure) = cell.content, let bytes = figureData(figure.file) {
      data = [
        "image/png": .string(bytes.base64EncodedString()),
        "text/plain": lines(plainText(of: figure)),
      ]
      // Jupyter gives these to the image.
      metadata = [
        "image/png": ["alt": .string(Markdown.plainText(of: figure.caption).terminalLine)]
      ]
    } else {
      let text = MarkdownExport.text(of: cell)
      data = ["text/markdown": lines(text), "text/plain": lines(text)]
    }
    return ["output_type": "display_data", "data": .object(data), "metadata": metadata]
  }
}

extension NotebookExport {
  /// The figure in letters, if it has that form, and its caption.
  private func plainText(of figure: FigureFile) -> String {
    let caption = Markdown.plainText(of: figure.caption).terminalLine
    return [figure.text?.terminalLines, caption].compactMap { $0 }.joined(separator: "\n\n")
  }
}

/// One cell of the notebook while its outputs are collected.
private struct Draft {
  var id: String
  var isCode: Bool
  var source: String
  var outputs: [JSONValue]

  static func markdown(id: String, _ text: String) -> Draft {
    Draft(id: id, isCode: false, source: text, outputs: [])
  }

  /// `count` numbers the code cells, as in a notebook that was run once from top to bottom.
  func json(count: inout Int) -> JSONValue {
    guard isCode else {
      return [
        "cell_type": "markdown", "id": .string(id), "metadata": [:], "source": lines(source),
      ]
    }
    count += 1
    return [
      "cell_type": "code", "id": .string(id), "metadata": [:], "source": lines(source),
      "execution_count": .integer(count), "outputs": .array(outputs),
    ]
  }
}

/// Text as a list of lines with their line ends. Notebooks store it this way so that diffs stay
/// small.
private func lines(_ text: String) -> JSONValue {
  let parts = text.split(separator: "\n", omittingEmptySubsequences: false)
  var list: [JSONValue] = []
  for (index, part) in parts.enumerated() {
    let isLast = index == parts.count - 1
    if isLast, part.isEmpty { break }
    list.append(.string(isLast ? String(part) : part + "\n"))
  }
  return .array(list)
}
