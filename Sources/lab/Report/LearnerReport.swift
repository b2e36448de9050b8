import Foundation
import LessonKit
import SystemSupport

/// The progress of one learner, from the records of runs and checks.
struct LearnerReport: Encodable {
  /// The folder's name.
  var name: String
  var path: String
  /// The folder that contains the records. It may be a subfolder of the folder on the command line.
  private(set) var records: URL
  var lessons: [LessonProgress] = []
  var exercises: [ExerciseReport] = []
  /// Records that could not be read, one sentence each.
  var problems: [String] = []

  private enum CodingKeys: String, CodingKey { case name, path, lessons, exercises, problems }

  struct LessonProgress: Encodable {
    var lesson: String
    var number: Int
    /// The state of the last run, as `lab list` shows it.
    var status: String
    var failure: String?
    var scale: String
    /// Whether a run of standard or full scale is finished. A smoke run does not make a lesson
    /// done.
    var isDone: Bool
    var startedAt: String
    var seconds: Double
    var claimsHold: Int
    var claimsFail: Int
    var claimsNotChecked: Int
    var failedClaims: [String]
    var steps: Int
    var device: String
  }

  struct ExerciseReport: Encodable {
    var exercise: String
    var state: String
    var attempts: Int
    var hintsSeen: Int
    var hasSeenSolution: Bool
    /// The message of the last failed check.
    var message: String?
  }

  /// Whether there is such a folder and it can be listed.
  private(set) var isFolder = true

  /// Reads the folder in which `lab` was called, its `.lab` folder, or a folder of `--output`.
  ///
  /// The files are somebody else's: whatever cannot be read becomes one of `problems`.
  init(_ folder: URL, _ course: LessonRegistry) {
    let isLab = folder.lastPathComponent == ".lab"
    name = (isLab ? folder.deletingLastPathComponent() : folder).lastPathComponent
    path = folder.path
    let inside = folder.appendingPathComponent(".lab")
    let lab = FileManager.default.fileExists(atPath: inside.path) ? inside : folder
    records = lab.resolvingSymlinksInPath().standardizedFileURL
    guard names(in: folder) != nil else {
      isFolder = false
      return
    }
    let kept = lab.appendingPathComponent("runs")
    let runs = exists(kept) && names(in: kept) != nil ? kept : lab
    for card in course.cards { readLesson(card, in: runs) }
    readExercises(in: lab.appendingPathComponent("progress"))
  }

  /// What is in a folder; nil if it cannot be listed, which is then one of `problems`.
  private mutating func names(in folder: URL) -> [String]? {
    // Foundation does not say why.
    guard let stream = opendir(folder.path) else {
      problems.append("\(folder.path) cannot be read: \(SystemError.last).")
      return nil
    }
    closedir(stream)
    return (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  }

  /// Whether there is something with this path, even a link that leads nowhere.
  private func exists(_ url: URL) -> Bool {
    var status = stat()
    return lstat(url.path, &status) == 0 || errno == EACCES
  }

  private mutating func readLesson(_ card: LessonCard, in runs: URL) {
    let folder = LessonRuns(of: card.slug, in: runs).shown()
    guard exists(folder.record) else { return }
    do {
      let record = try folder.loadRecord()
      let count = ClaimCount(record.claims)
      lessons.append(
        LessonProgress(
          lesson: card.slug, number: card.number, status: record.statusWord,
          failure: record.state.sentence, scale: record.facts.scale.rawValue,
          isDone: record.isDone, startedAt: record.facts.startedAt, seconds: record.seconds,
          claimsHold: count.held, claimsFail: count.failed, claimsNotChecked: count.unchecked,
          failedClaims: record.claims.filter { $0.holds == false }.map {
            "\($0.text): \($0.comparison)"
          },
          steps: record.steps.count, device: record.facts.device))
    } catch {
      problems.append("\(card.slug): \(sentence(for: error))")
    }
  }

  private mutating func readExercises(in folder: URL) {
    guard exists(folder), let names = names(in: folder) else { return }
    let files = names.filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.sorted()
    if files.count > Self.exerciseLimit {
      problems.append("\(folder.path) has \(files.count) files; \(Self.exerciseLimit) are read.")
    }
    for file in files.prefix(Self.exerciseLimit) {
      do throws(SystemError) {
        guard let progress = try ExerciseProgress.read(folder.appendingPathComponent(file)) else {
          continue
        }
        let name = file.dropLast(5).split(separator: "-", maxSplits: 2).last.map(String.init)
        exercises.append(
          ExerciseReport(
            exercise: name ?? file, state: progress.state.rawValue, attempts: progress.attempts,
            hintsSeen: progress.hintsSeen, hasSeenSolution: progress.hasSeenSolution,
            message: progress.lastFailure))
      } catch {
        problems.append("progress/\(file) cannot be read: \(error).")
      }
    }
  }

  /// The greatest number of exercises that are read.
  private static let exerciseLimit = 200

  /// Lessons with a finished run of standard or full scale.
  var done: Int { lessons.filter(\.isDone).count }
  var passed: Int { exercises.filter { $0.state == "passed" }.count }
  var claimsHold: Int { lessons.reduce(0) { $0 + $1.claimsHold } }
  var claimsFail: Int { lessons.reduce(0) { $0 + $1.claimsFail } }
}

/// An empty folder name. The name of the current folder is `.`, not the empty string.
struct FolderNameMissing: UsageError {
  let description =
    "'' is not a folder name. Give the folders in which lab was called; this one is '.'"
}
