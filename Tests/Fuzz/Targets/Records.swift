import Foundation
import LessonKit

func readRecord(_ bytes: [UInt8]) throws {
  let record: RunRecord
  do {
    record = try RunRecord.decoded(from: Data(bytes), at: "run.json")
  } catch {
    return try expectSentence(error)
  }
  try show(record)
}

func readCells(_ bytes: [UInt8]) throws {
  var source = ByteSource(bytes)
  let card = LessonCard(
    number: 1 + source.number(below: 999), slug: slug(source.text()), title: source.text(),
    question: source.text(),
    papers: source.list(below: 3) {
      Paper(
        authors: $0.text(), year: $0.integer(), title: $0.text(), section: $0.text(),
        link: $0.text())
    }, builds: source.text(), standardSeconds: source.integer())
  let facts = RunFacts(
    device: source.text(), threads: source.integer(), seed: UInt64(source.byte()),
    scale: scale(&source), corpus: source.text(), command: source.text(),
    startedAt: source.text(), versions: [source.text(): source.text()])
  var record = RunRecord(lesson: card, facts: facts)
  record.state =
    [
      .running, .finished, .failed(step: source.text(), message: source.text()),
      .interrupted(step: source.text()),
    ][source.number(below: 4)]
  record.seconds = duration(&source)
  record.peakBytes.total = source.integer() & Int.max
  record.processPeakBytes = source.integer() & Int.max
  while !source.isEmpty, record.cells.count < 16 {
    let id = String(slug(source.text()).prefix(64))
    record.cells.append(Cell(id: id, content: content(&source, card)))
  }
  // What no file can hold is not shown: only what is read again is.
  guard let data = try? record.encoded(),
    let again = try? RunRecord.decoded(from: data, at: "run.json")
  else { return }
  try show(again)
}

/// The names, times and sizes are those that a record is checked for, so that most inputs get as
/// far as the pages.
private func content(_ source: inout ByteSource, _ card: LessonCard) -> Cell.Content {
  switch source.number(below: 12) {
  case 0: .heading(source.text())
  case 1: .prose(source.text())
  case 2:
    .formula(
      Formula(
        equations: source.list(below: 4) {
          Formula.Equation(latex: $0.text(), number: $0.number(below: 3) + 1)
        }, legend: source.text()))
  case 3: .notice(Notice(title: source.text(), text: source.text()))
  case 4: .step(step(&source))
  case 5: .source(excerpt(&source))
  case 6: .table(table(&source))
  case 7:
    .figure(
      FigureFile(
        name: source.text(), file: FigureName(card, source.text()), title: source.text(),
        caption: source.text(), pixelWidth: 1 + source.number(below: 9000),
        pixelHeight: 1 + source.number(below: 9000)))
  case 8:
    .metric(
      Metric(
        id: source.text(), name: source.text(), value: source.double(), quantity: unit(&source)))
  case 9: .question(Question(text: source.text(), answer: source.text()))
  case 10: .example(example(&source))
  default:
    .claim(
      Claim(
        id: source.text(), text: source.text(), value: source.double(),
        seedValues: source.list(below: 4) { $0.double() }, bound: bound(&source),
        quantity: unit(&source), minimumScale: scale(&source), scale: scale(&source)))
  }
}

private func table(_ source: inout ByteSource) -> Table {
  let columns = source.list(below: 5) { $0.text() }
  let rows = source.list(below: 5) { source in columns.map { _ in source.text() } }
  return Table(name: source.text(), columns: columns, rows: rows, caption: source.text())
}

private func example(_ source: inout ByteSource) -> Example {
  let table = table(&source)
  return Example(
    title: table.name, columns: table.columns, rows: table.rows, result: table.caption)
}

private func duration(_ source: inout ByteSource) -> Double {
  let seconds = source.double()
  return (0...3e9).contains(seconds) ? seconds : 1
}

private func step(_ source: inout ByteSource) -> Step {
  let status: [Step.Status] = [.running, .finished, .failed, .interrupted]
  var step = Step(
    id: slug(source.text()), title: source.text(), status: status[source.number(below: 4)],
    source: source.byte() < 64 ? nil : excerpt(&source), output: source.text(),
    failure: source.text(), seconds: duration(&source))
  if source.byte() < 64 { step.origin = .reused(from: source.text()) }
  step.peakBytes.total = source.integer() & Int.max
  return step
}

private func excerpt(_ source: inout ByteSource) -> SourceExcerpt {
  SourceExcerpt(path: source.text(), firstLine: source.integer(), text: source.text())
}

private func bound(_ source: inout ByteSource) -> Bound {
  let (one, two) = (source.double(), source.double())
  switch source.number(below: 4) {
  case 0: return .atMost(one)
  case 1: return .atLeast(one)
  case 2 where one <= two: return .within(one...two)
  default: return .equals(one)
  }
}

private func unit(_ source: inout ByteSource) -> Quantity {
  let all: [Quantity] = [.plain, .times, .percent, .count, .bytes, .seconds]
  return all[source.number(below: all.count)]
}

private func scale(_ source: inout ByteSource) -> Scale {
  let all: [Scale] = [.smoke, .standard, .full]
  return all[source.number(below: all.count)]
}

/// Every page, export and summary of a record.
private func show(_ record: RunRecord) throws {
  let picture = Data([0x89, 0x50, 0x4E, 0x47])
  _ = MarkdownExport(record).text
  _ = HTMLPage(record) { _ in picture }.html
  for style in [
    TerminalStyle(isColored: true, width: 40, linksFiles: true), TerminalStyle(isColored: false),
  ] {
    let page = TerminalPage(style)
    _ = page.opening(of: record)
    for cell in record.cells { _ = page.text(of: cell) }
    _ = page.closing(of: record)
  }
  let notebook = try NotebookExport(record) { _ in picture }.data()
  let object = try JSONSerialization.jsonObject(with: notebook) as? [String: Any]
  let cells = object?["cells"] as? [Any] ?? []
  try expect(cells.count >= 2, "the notebook has \(cells.count) cells")
  let folder = RunFolder(URL(fileURLWithPath: "/run"))
  _ = try RunSummary(record, in: folder).printedJSON()
}

func readMarkdown(_ bytes: [UInt8]) throws {
  let text = String(decoding: bytes, as: UTF8.self)
  let html = htmlProse(text)
  try expect(
    html.utf8.filter { $0 == UInt8(ascii: "<") }.count
      == html.utf8.filter { $0 == UInt8(ascii: ">") }.count, "a tag is not closed")
  try expect(!html.contains("<script"), "the text's own tags are in the page")
  for style in [TerminalStyle(isColored: true, width: 40), TerminalStyle(isColored: false)] {
    _ = TerminalPage(style).text(of: Cell(id: "prose", content: .prose(text)))
  }
}
