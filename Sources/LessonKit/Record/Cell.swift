import Foundation

/// One part of the page: prose, a step, a table, a figure, a claim, …
public struct Cell: Codable, Equatable, Sendable {
  /// The identifier, which is the same in every run: 1 to 64 small letters, digits and hyphens,
  /// made from the lesson's slug and the cell's name.
  public var id: String
  public var content: Content

  package init(id: String, content: Content) {
    self.id = id
    self.content = content
  }

  public enum Content: Equatable, Sendable {
    case heading(String)
    /// Markdown: paragraphs, lists, strong, emphasis, code, links.
    case prose(String)
    case formula(Formula)
    case notice(Notice)
    case question(Question)
    case example(Example)
    case step(Step)
    case source(SourceExcerpt)
    case table(Table)
    case figure(FigureFile)
    case metric(Metric)
    case claim(Claim)
  }
}

/// One equation or several, one below the other.
public struct Formula: Codable, Equatable, Sendable {
  public struct Equation: Codable, Equatable, Sendable {
    /// In the subset of LaTeX that `MathNode` reads.
    public var latex: String
    /// The number that code and prose refer to, from 1; nil for an equation without one. Each number
    /// once in a lesson.
    public var number: Int?

    package init(latex: String, number: Int? = nil) {
      self.latex = latex
      self.number = number
    }

    /// In one line of Unicode characters; as it is, if it cannot be read.
    var text: String { (try? MathNode(latex: latex))?.plainText ?? latex }
  }

  public var equations: [Equation]
  /// What the letters mean, in Markdown.
  public var legend: String

  package init(equations: [Equation], legend: String) {
    self.equations = equations
    self.legend = legend
  }

  /// One equation a line; `\tag{3}` at the end of a line is its number.
  package init(latex: String, legend: String) {
    equations = latex.split(separator: "\n").map { line in
      guard let tag = line.range(of: #"\\tag\{[0-9]{1,3}\}\s*$"#, options: .regularExpression)
      else {
        return Equation(latex: line.trimmingCharacters(in: .whitespaces))
      }
      return Equation(
        latex: line[..<tag.lowerBound].trimmingCharacters(in: .whitespaces),
        number: Int(line[tag].filter(\.isNumber)))
    }
    self.legend = legend
  }
}

/// A highlighted note.
public struct Notice: Codable, Equatable, Sendable {
  public var title: String
  /// Markdown.
  public var text: String

  package init(title: String, text: String) {
    self.title = title
    self.text = text
  }
}

/// A question that the reader answers before the lesson does.
public struct Question: Codable, Equatable, Sendable {
  /// Markdown.
  public var text: String
  /// Markdown.
  public var answer: String

  package init(text: String, answer: String) {
    self.text = text
    self.answer = answer
  }
}

/// A calculation by hand: one row a step.
public struct Example: Codable, Equatable, Sendable {
  public var title: String
  /// Markdown, like the fields of the rows.
  public var columns: [String]
  public var rows: [[String]]
  /// What comes out, in Markdown.
  public var result: String

  package init(title: String, columns: [String], rows: [[String]], result: String) {
    self.title = title
    self.columns = columns
    self.rows = rows
    self.result = result
  }
}

/// A step of a lesson: its source, output, time and peak memory.
public struct Step: Codable, Equatable, Sendable {
  public enum Status: String, Codable, Sendable {
    case running, finished, failed, interrupted
  }

  /// The source of a step's result: this run or an earlier one.
  public enum Origin: Codable, Equatable, Sendable {
    case ran
    /// From an earlier run that began at this time, in ISO 8601.
    case reused(from: String)

    /// When the earlier run began; nil for a step that ran.
    public var reusedFrom: String? {
      switch self {
      case .ran: nil
      case .reused(let time): time
      }
    }

    /// For the page; nil for a step that ran.
    var sentence: String? {
      reusedFrom.map { time in
        let (day, minute) = (time.prefix(10), time.dropFirst(11).prefix(5))
        return "not run again: reused from the run of \(day), \(minute) UTC, its source unchanged"
      }
    }
  }

  /// Names the step within its lesson: small letters, digits and hyphens.
  public var id: String
  public var title: String
  public var status: Status
  /// Nil if the source file was not on this machine.
  public var source: SourceExcerpt?
  /// The lines that the step printed.
  public var output: String
  /// Why it failed; nil if it did not fail.
  public var failure: String?
  public var seconds: Double
  public var peakBytes: PeakBytes
  /// Whether it ran in this run.
  public var origin = Origin.ran

  package init(
    id: String, title: String, status: Status, source: SourceExcerpt?, output: String = "",
    failure: String? = nil, seconds: Double = 0, peakBytes: PeakBytes = PeakBytes()
  ) {
    self.id = id
    self.title = title
    self.status = status
    self.source = source
    self.output = output
    self.failure = failure
    self.seconds = seconds
    self.peakBytes = peakBytes
  }
}

extension Step {
  /// Time and peak memory as text; without memory if the step allocated no tensors.
  var cost: String {
    var parts = [Quantity.seconds.text(seconds)]
    if peakBytes.total > 0 {
      parts.append("at most \(Quantity.bytes.text(Double(peakBytes.total))) of tensors")
    }
    if let sentence = origin.sentence { parts.append(sentence) }
    return parts.joined(separator: " · ")
  }
}

/// Lines of a Swift file.
public struct SourceExcerpt: Codable, Equatable, Sendable {
  /// From the root of the package.
  public var path: String
  public var firstLine: Int
  public var text: String
  /// The lines of `text`, counted from 0, that matter for the sentence beside them. Pages fold the
  /// others. Nil if all lines matter.
  public var focus: Range<Int>?

  public init(path: String, firstLine: Int, text: String, focus: Range<Int>? = nil) {
    self.path = path
    self.firstLine = firstLine
    self.text = text
    self.focus = focus
  }
}

public struct Table: Codable, Equatable, Sendable {
  public var name: String
  public var columns: [String]
  /// As text, with units.
  public var rows: [[String]]
  public var caption: String

  package init(name: String, columns: [String], rows: [[String]], caption: String) {
    self.name = name
    self.columns = columns
    self.rows = rows
    self.caption = caption
  }
}

/// A figure of a lesson, a PNG file in the folder of the run.
public struct FigureFile: Codable, Equatable, Sendable {
  public var name: String
  public var file: FigureName
  public var title: String
  /// States the finding; also the alternative text.
  public var caption: String
  public var pixelWidth: Int
  public var pixelHeight: Int
  /// The figure in letters, in lines of at most 58 columns; nil if it has no such form.
  public var text: String?

  package init(
    name: String, file: FigureName, title: String, caption: String, pixelWidth: Int,
    pixelHeight: Int, text: String? = nil
  ) {
    self.name = name
    self.file = file
    self.title = title
    self.caption = caption
    self.pixelWidth = pixelWidth
    self.pixelHeight = pixelHeight
    self.text = text
  }
}

/// A measured value without a bound.
public struct Metric: Codable, Equatable, Sendable {
  /// Names the measurement within its lesson: small letters, digits and hyphens.
  public var id: String
  public var name: String
  public var value: Double
  public var quantity: Quantity

  package init(id: String, name: String, value: Double, quantity: Quantity) {
    self.id = id
    self.name = name
    self.value = value
    self.quantity = quantity
  }
}

/// Peak bytes of tensors, from the memory meter.
public struct PeakBytes: Codable, Equatable, Sendable {
  public var total: Int
  public var byPurpose: [String: Int]

  public init(total: Int = 0, byPurpose: [String: Int] = [:]) {
    self.total = total
    self.byPurpose = byPurpose
  }
}

extension Cell {
  private enum CodingKeys: String, CodingKey {
    case id, kind, heading, prose, formula, notice, question, example, step, source, table, figure
    case metric, claim
  }

  public init(from decoder: any Decoder) throws {
    let box = try decoder.container(keyedBy: CodingKeys.self)
    id = try box.decode(String.self, forKey: .id)
    let kind = try box.decode(String.self, forKey: .kind)
    switch CodingKeys(stringValue: kind) {
    case .heading: content = .heading(try box.decode(String.self, forKey: .heading))
    case .prose: content = .prose(try box.decode(String.self, forKey: .prose))
    case .formula: content = .formula(try box.decode(Formula.self, forKey: .formula))
    case .notice: content = .notice(try box.decode(Notice.self, forKey: .notice))
    case .question: content = .question(try box.decode(Question.self, forKey: .question))
    case .example: content = .example(try box.decode(Example.self, forKey: .example))
    case .step: content = .step(try box.decode(Step.self, forKey: .step))
    case .source: content = .source(try box.decode(SourceExcerpt.self, forKey: .source))
    case .table: content = .table(try box.decode(Table.self, forKey: .table))
    case .figure: content = .figure(try box.decode(FigureFile.self, forKey: .figure))
    case .metric: content = .metric(try box.decode(Metric.self, forKey: .metric))
    case .claim: content = .claim(try box.decode(Claim.self, forKey: .claim))
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: box, debugDescription: "unknown kind of cell '\(kind)'")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var box = encoder.container(keyedBy: CodingKeys.self)
    try box.encode(id, forKey: .id)
    func put(_ value: some Encodable, _ key: CodingKeys) throws {
      try box.encode(key.stringValue, forKey: .kind)
      try box.encode(value, forKey: key)
    }
    switch content {
    case .heading(let text): try put(text, .heading)
    case .prose(let text): try put(text, .prose)
    case .formula(let formula): try put(formula, .formula)
    case .notice(let notice): try put(notice, .notice)
    case .question(let question): try put(question, .question)
    case .example(let example): try put(example, .example)
    case .step(let step): try put(step, .step)
    case .source(let excerpt): try put(excerpt, .source)
    case .table(let table): try put(table, .table)
    case .figure(let figure): try put(figure, .figure)
    case .metric(let metric): try put(metric, .metric)
    case .claim(let claim): try put(claim, .claim)
    }
  }
}
