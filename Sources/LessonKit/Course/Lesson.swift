import TensorCore

/// One lesson of the course. It builds a technique, runs it, measures it and draws the results.
///
/// A conforming type lives in `Lessons/NN-Name/Lesson.swift`. Its `teach` writes the page, top to
/// bottom: prose, steps, tables, figures, claims.
public protocol Lesson {
  static var card: LessonCard { get }
  init()
  /// Writes the page. An error ends the run; the steps finished before are kept.
  func teach(_ notebook: Notebook) throws
  /// Every transformer that the lesson trains or evaluates at this scale, with the sizes of the
  /// page. Tests check that a GPU and the CPU agree on them. Each call builds new models; `backend`
  /// is for layers that need one. Empty by default.
  static func models(
    at scale: Scale, seed: UInt64, on backend: any Backend
  ) throws -> [LessonModel]
  /// Whether the lesson reads a text with `Notebook.book`, so that `--corpus` replaces it. True by
  /// default.
  static var readsText: Bool { get }
  /// The exercises whose functions the lesson can call, by name. `teach` asks for
  /// each of them with `Notebook.learners`. Empty by default.
  static var runsWith: [String] { get }
}

extension Lesson {
  public static var readsText: Bool { true }
  public static var runsWith: [String] { [] }

  public static func models(
    at scale: Scale, seed: UInt64, on backend: any Backend
  ) throws -> [LessonModel] { [] }
}

/// The facts about a lesson that are known before it runs.
public struct LessonCard: Codable, Equatable, Sendable {
  /// The lesson's number in the course, from 1.
  public var number: Int
  /// The name on the command line and in file names: small letters, digits, hyphens.
  public var slug: String
  public var title: String
  /// The one question that the lesson answers.
  public var question: String
  /// The answer in two or three sentences of Markdown, without numbers that the run measures.
  public var idea: String
  /// The name of the figure that shows the idea or the main result.
  public var figure: String
  public var papers: [Paper]
  /// Slugs of lessons that this one builds on.
  public var after: [String]
  /// What the reader builds, as the end of the sentence "You build …".
  public var builds: String
  /// Seconds at standard scale, without cached models, on the machine of `TimeBudget`.
  public var standardSeconds: Int

  public init(
    number: Int, slug: String, title: String, question: String, idea: String = "",
    figure: String = "", papers: [Paper] = [], after: [String] = [], builds: String,
    standardSeconds: Int
  ) {
    self.number = number
    self.slug = slug
    self.title = title
    self.question = question
    self.idea = idea
    self.figure = figure
    self.papers = papers
    self.after = after
    self.builds = builds
    self.standardSeconds = standardSeconds
  }

  /// `03-positions`: the start of the names of this lesson's files.
  public var fileStem: String { (number < 10 ? "0" : "") + "\(number)-\(slug)" }
}

/// A paper that a lesson is based on.
public struct Paper: Codable, Equatable, Sendable {
  public var authors: String
  public var year: Int
  public var title: String
  /// The part that matters here, for instance "section 3.5".
  public var section: String
  public var link: String

  public init(authors: String, year: Int, title: String, section: String = "", link: String) {
    self.authors = authors
    self.year = year
    self.title = title
    self.section = section
    self.link = link
  }
}

/// How much work a run does.
public enum Scale: String, CaseIterable, Codable, Comparable, Sendable {
  /// Seconds, for tests. It shows that everything runs; most claims are not checked.
  case smoke
  /// Minutes, for a reader or a workshop.
  case standard
  /// Tens of minutes, as close to the paper as a small machine can come.
  case full

  /// The value for this scale.
  public func pick<Value>(smoke: Value, standard: Value, full: Value) -> Value {
    switch self {
    case .smoke: smoke
    case .standard: standard
    case .full: full
    }
  }

  public static func < (left: Scale, right: Scale) -> Bool { left.rank < right.rank }

  private var rank: Int { pick(smoke: 0, standard: 1, full: 2) }
}
