import Foundation

/// Everything that a run of a lesson showed, in order. Every page is a function of it alone: an
/// export never computes again.
public struct RunRecord: Codable, Equatable, Sendable {
  /// Raised when a reader of older records would misread newer ones.
  public static let currentVersion = 2

  public var version = RunRecord.currentVersion
  public var lesson: LessonCard
  public var facts: RunFacts
  public var state: RunState = .running
  /// Wall clock, from the first cell to the last.
  public var seconds: Double = 0
  /// From the meter, over the whole run.
  public var peakBytes = PeakBytes()
  /// What the operating system says the process held at most; 0 where it does not say.
  public var processPeakBytes = 0
  public var cells: [Cell] = []

  public init(lesson: LessonCard, facts: RunFacts) {
    self.lesson = lesson
    self.facts = facts
  }

  public var claims: [Claim] {
    cells.compactMap { if case .claim(let claim) = $0.content { claim } else { nil } }
  }

  public var metrics: [Metric] {
    cells.compactMap { if case .metric(let metric) = $0.content { metric } else { nil } }
  }

  public var steps: [Step] {
    cells.compactMap { if case .step(let step) = $0.content { step } else { nil } }
  }

  public var figures: [FigureFile] {
    cells.compactMap { if case .figure(let figure) = $0.content { figure } else { nil } }
  }
}

/// What a run ran on and with.
public struct RunFacts: Codable, Equatable, Sendable {
  public var device: String
  public var threads: Int
  public var seed: UInt64
  public var scale: Scale
  /// The text that was read, as a person would name it; nil before a lesson asks for one.
  public var corpus: String?
  /// The command line that gives this run again.
  public var command: String
  /// ISO 8601, in UTC.
  public var startedAt: String
  /// Versions of what took part, by name.
  public var versions: [String: String]
  /// What computes it, where that is known.
  public var process: RunProcess?
}

/// How far a run came.
public enum RunState: Equatable, Sendable {
  case running
  case finished
  /// A step, or the page between two steps, threw. `step` is nil between steps.
  case broken(step: String?, message: String)
  /// Someone stopped it. `step` is nil between steps.
  case interrupted(step: String?)
}

extension RunState: Codable {
  private enum CodingKeys: String, CodingKey { case status, step, message }

  /// One word: running, finished, broken or interrupted.
  public var word: String {
    switch self {
    case .running: "running"
    case .finished: "finished"
    case .broken: "broken"
    case .interrupted: "interrupted"
    }
  }

  /// A sentence for the reader; nil for a run that came to its end.
  public var sentence: String? {
    switch self {
    case .finished: nil
    case .running: "This run has not come to its end."
    case .broken(let step?, let message): "The step “\(step)” broke: \(message)"
    case .broken(nil, let message): "The run broke between two steps: \(message)"
    case .interrupted(let step?): "The run was stopped in the step “\(step)”."
    case .interrupted(nil): "The run was stopped between two steps."
    }
  }

  public init(from decoder: any Decoder) throws {
    let box = try decoder.container(keyedBy: CodingKeys.self)
    let step = try box.decodeIfPresent(String.self, forKey: .step)
    let status = try box.decode(String.self, forKey: .status)
    switch status {
    case "running": self = .running
    case "finished": self = .finished
    case "broken":
      self = .broken(step: step, message: try box.decode(String.self, forKey: .message))
    case "interrupted": self = .interrupted(step: step)
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .status, in: box, debugDescription: "no state is called '\(status)'")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var box = encoder.container(keyedBy: CodingKeys.self)
    try box.encode(word, forKey: .status)
    switch self {
    case .running, .finished: break
    case .broken(let step, let message):
      try box.encodeIfPresent(step, forKey: .step)
      try box.encode(message, forKey: .message)
    case .interrupted(let step): try box.encodeIfPresent(step, forKey: .step)
    }
  }
}
