import Foundation

/// The record of a run: all cells of its page, in order. Pages and exports are made only from it.
public struct RunRecord: Codable, Equatable, Sendable {
  /// The version of the record's format; increased when the format changes.
  public static let currentVersion = 3

  public var version = RunRecord.currentVersion
  public var lesson: LessonCard
  public var facts: RunFacts
  public var state: RunState = .running
  /// Wall time of the whole run.
  public var seconds: Double = 0
  /// Peak bytes of tensors in the run, from the memory meter.
  public var peakBytes = PeakBytes()
  /// Peak resident memory of the process, from the operating system; 0 if it is unknown.
  public var processPeakBytes = 0
  public var cells: [Cell] = []
  /// The trained models of the run; nil in a record of an older version of `lab`.
  public var models: [ModelUse]? = []

  public init(lesson: LessonCard, facts: RunFacts) {
    self.lesson = lesson
    self.facts = facts
  }

  /// Whether the lesson counts as done: finished, at standard scale or a larger one. A smoke run
  /// shows only that everything works here.
  public var isDone: Bool { state == .finished && facts.scale >= .standard }

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

/// The device and the settings of a run.
public struct RunFacts: Codable, Equatable, Sendable {
  public var device: String
  /// Threads of the processor that computed; nil for another device.
  public var threads: Int?
  public var seed: UInt64
  public var scale: Scale
  /// The name of the text that the lesson has read; nil if it has read none so far.
  public var corpus: String?
  /// The command line that repeats this run.
  public var command: String
  /// When the run began, in ISO 8601 format, in UTC.
  public var startedAt: String
  /// Versions of the program, the compiler and the system, by name.
  public var versions: [String: String]
  /// The exercises whose functions, as the learner wrote them, the lesson called;
  /// nil for the lesson's own code.
  public var exercises: [String]?
  /// The process of the run; nil if it is unknown.
  public var process: RunProcess?

  package init(
    device: String, threads: Int?, seed: UInt64, scale: Scale, corpus: String? = nil,
    command: String, startedAt: String, versions: [String: String]
  ) {
    self.device = device
    self.threads = threads
    self.seed = seed
    self.scale = scale
    self.corpus = corpus
    self.command = command
    self.startedAt = startedAt
    self.versions = versions
  }
}

extension RunFacts {
  /// What a reader must know of a run of the smallest scale.
  static let smoke = "A smoke run: small sizes, so that its numbers prove little"
}

/// The state of a run.
public enum RunState: Equatable, Sendable {
  case running
  case finished
  /// An error was thrown in a step. If it was thrown between two steps, `step` is nil.
  case failed(step: String?, message: String)
  /// The user stopped the run in a step. If that was between two steps, `step` is nil.
  case interrupted(step: String?)
}

extension RunState: Codable {
  private enum CodingKeys: String, CodingKey { case status, step, message }

  /// One word: running, finished, failed or interrupted.
  public var word: String {
    switch self {
    case .running: "running"
    case .finished: "finished"
    case .failed: "failed"
    case .interrupted: "interrupted"
    }
  }

  /// A sentence for the page; nil for a finished run.
  public var sentence: String? {
    switch self {
    case .finished: nil
    case .running: "This run has not finished."
    case .failed(let step?, let message): "The step “\(step)” failed: \(message)"
    case .failed(nil, let message): "The run failed between two steps: \(message)"
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
    case "failed":
      self = .failed(step: step, message: try box.decode(String.self, forKey: .message))
    case "interrupted": self = .interrupted(step: step)
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .status, in: box, debugDescription: "unknown state '\(status)'")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var box = encoder.container(keyedBy: CodingKeys.self)
    try box.encode(word, forKey: .status)
    switch self {
    case .running, .finished: break
    case .failed(let step, let message):
      try box.encodeIfPresent(step, forKey: .step)
      try box.encode(message, forKey: .message)
    case .interrupted(let step): try box.encodeIfPresent(step, forKey: .step)
    }
  }
}
