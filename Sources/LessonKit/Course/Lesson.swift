import TensorCore

/// One lesson of the course: a technique built, run, measured and drawn.
///
/// A conforming type lives in `Lessons/NN-Name/Lesson.swift`. Its `teach` writes the page, top to
/// bottom: prose, steps, tables, figures, claims.
public protocol Lesson {
  static var card: LessonCard { get }
  init()
  /// Writes the page. What it throws ends the run; every step finished before is kept.
  func teach(_ notebook: Notebook) throws
  /// Every transformer that the lesson trains or reads with at a scale, built from the same sizes as
  /// the page: what a GPU must agree on with the CPU. Each call builds them anew; the backend is there
  /// for layers that need one. Empty unless a lesson says otherwise.
  static func models(
    at scale: Scale, seed: UInt64, on backend: any Backend
  ) throws -> [LessonModel]
}

extension Lesson {
  public static func models(
    at scale: Scale, seed: UInt64, on backend: any Backend
  ) throws -> [LessonModel] { [] }
}

/// What is known of a lesson before it runs.
public struct LessonCard: Codable, Equatable, Sendable {
  /// The place in the course, from 1.
  public var number: Int
  /// The name on the command line and in file names: small letters, digits, hyphens.
  public var slug: String
  public var title: String
  /// The one question that the lesson answers.
  public var question: String
  public var papers: [Paper]
  /// Slugs of lessons that this one builds on.
  public var after: [String]
  /// What the reader builds, as the end of the sentence "You build …".
  public var builds: String
  /// How long it takes at standard scale, nothing cached, on the machine of `TimeBudget`.
  public var standardSeconds: Int

  public init(
    number: Int, slug: String, title: String, question: String, papers: [Paper] = [],
    after: [String] = [], builds: String, standardSeconds: Int
  ) {
    self.number = number
    self.slug = slug
    self.title = title
    self.question = question
    self.papers = papers
    self.after = after
    self.builds = builds
    self.standardSeconds = standardSeconds
  }

  /// `03-positions`: how files of this lesson begin.
  public var fileStem: String { (number < 10 ? "0" : "") + "\(number)-\(slug)" }
}

/// A source that a lesson stands on.
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
