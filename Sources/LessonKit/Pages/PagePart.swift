/// A part of the page that a terminal shows at a time: what leads to a step, the step, and its
/// results. The texts before the first step, and after the last, are parts without one.
package struct PagePart {
  /// Headings, prose, formulas and sources before the step, in order.
  package private(set) var opening: [Cell] = []
  package private(set) var step: Step?
  /// The number of the step in its lesson, from 1; of a part without a step, that of the last step
  /// before it, and 0 before the first.
  package private(set) var stepNumber = 0
  /// Tables, figures, measurements, claims, notices and last words after the step, in order.
  package private(set) var results: [Cell] = []

  package init() {}

  package var isEmpty: Bool { opening.isEmpty && step == nil && results.isEmpty }

  /// All cells without the step's own.
  package var otherCells: [Cell] { opening + results }

  /// The last figure.
  package var figure: FigureFile? {
    results.reversed().lazy.compactMap {
      if case .figure(let figure) = $0.content { figure } else { nil }
    }.first
  }

  /// The parts of a record, in order.
  package static func parts(of record: RunRecord) -> [PagePart] {
    var reader = PagePartReader()
    var parts: [PagePart] = []
    for cell in record.cells {
      if let part = reader.add(cell) { parts.append(part) }
    }
    return parts + [reader.close()].compactMap { $0 }
  }

  /// Whether there is a step or a result, after which prose begins the next part.
  fileprivate var hasResult: Bool { step != nil || !results.isEmpty }

  /// Whether a cell other than prose and headings belongs to this part.
  fileprivate func continues(with cell: Cell) -> Bool {
    switch cell.content {
    case .table, .figure, .metric, .claim, .notice: true
    default: !hasResult
    }
  }

  fileprivate mutating func add(_ cell: Cell, stepNumber number: Int) {
    stepNumber = number
    switch cell.content {
    case .step(let step): self.step = step
    case .table, .figure, .metric, .claim: results.append(cell)
    case .notice where hasResult: results.append(cell)
    default: opening.append(cell)
    }
  }

  fileprivate mutating func addResult(_ cell: Cell) { results.append(cell) }

  fileprivate mutating func replaceStep(_ step: Step) { self.step = step }
}

/// Puts the cells of a page into parts, one after another.
package struct PagePartReader {
  /// The part that is not complete yet.
  package private(set) var part = PagePart()
  /// Prose after the results of the part: the end of it if a heading follows, and otherwise the
  /// beginning of the next one.
  private var prose: [Cell] = []
  private var stepCount = 0

  package init() {}

  /// Adds a cell. Returns the part before it, if the cell begins a new one.
  package mutating func add(_ cell: Cell) -> PagePart? {
    if case .prose = cell.content, part.hasResult {
      prose.append(cell)
      return nil
    }
    var complete: PagePart?
    if case .heading = cell.content {
      complete = close()
    } else if !prose.isEmpty || !part.continues(with: cell) {
      (complete, part) = (part, PagePart())
      for cell in prose { part.add(cell, stepNumber: stepCount) }
      prose = []
    }
    if case .step = cell.content { stepCount += 1 }
    part.add(cell, stepNumber: stepCount)
    return complete
  }

  /// The step of this part has changed: it printed something, or has ended.
  package mutating func update(_ step: Step) { part.replaceStep(step) }

  /// Ends the part. Returns it, if there is something in it.
  package mutating func close() -> PagePart? {
    for cell in prose { part.addResult(cell) }
    defer { (part, prose) = (PagePart(), []) }
    return part.isEmpty ? nil : part
  }
}
