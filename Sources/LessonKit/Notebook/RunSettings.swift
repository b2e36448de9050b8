import Foundation

/// The settings of a run.
package struct RunSettings {
  package var scale: Scale
  package var seed: UInt64
  /// The file of `--corpus`; nil for the lesson's own text.
  package var corpusPath: String?
  /// The folder of runs, with the folders of each lesson; see `LessonRuns`.
  package var runsFolder: URL
  /// The folder of trained models and of steps to reuse.
  package var cacheFolder: URL
  /// The lessons of the course, for the links between pages; empty for a page that stands alone.
  package var course: [LessonCard] = []
  /// The first step, counted from 1, that the terminal shows; nil for the whole run.
  package var firstStep: Int?
  /// Whether unchanged steps are reused from an earlier run.
  package var reusesSteps = false
  /// The running program. Its sources decide what is reused, if the program is newer than all of
  /// them.
  package var program = Bundle.main.executableURL
  /// Steps that took fewer seconds are not saved for `reusesSteps`.
  package var shortestKeptStep = 0.25
  /// The learner's functions that the lesson calls.
  package var learners: [LearnerProgram] = []
  /// The command line that repeats this run.
  package var command: String
  /// Versions of the program, the compiler and the system, by name.
  package var versions: [String: String]

  package init(
    scale: Scale = .standard, seed: UInt64 = 1, corpusPath: String? = nil, runsFolder: URL,
    cacheFolder: URL, command: String, versions: [String: String] = [:]
  ) {
    self.scale = scale
    self.seed = seed
    self.corpusPath = corpusPath
    self.runsFolder = runsFolder
    self.cacheFolder = cacheFolder
    self.command = command
    self.versions = versions
  }

  /// Links from the pages of this run to those of other lessons; nil without a course.
  package var links: CourseLinks? {
    course.isEmpty ? nil : CourseLinks(course, runs: runsFolder)
  }

  /// The runs of a lesson in the folder of runs.
  package func runs(of card: LessonCard) -> LessonRuns {
    LessonRuns(of: card.slug, in: runsFolder)
  }

  /// The folder that a run of a lesson is written to.
  package func folder(of card: LessonCard) -> RunFolder { runs(of: card).target(at: scale) }
}
