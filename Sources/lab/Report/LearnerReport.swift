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

  /// Reads the folder in which `lab` was called, its `.lab` folder, or a folder of `--output`.
  init(_ folder: URL, _ course: LessonRegistry) throws(ReportError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder),
      isFolder.boolValue
    else { throw ReportError(path: folder.path) }
    let isLab = folder.lastPathComponent == ".lab"
    name = (isLab ? folder.deletingLastPathComponent() : folder).lastPathComponent
    path = folder.path
    let inside = folder.appendingPathComponent(".lab")
    let lab = FileManager.default.fileExists(atPath: inside.path) ? inside : folder
    let kept = lab.appendingPathComponent("runs")
    let runs = FileManager.default.fileExists(atPath: kept.path) ? kept : lab
    records = lab.resolvingSymlinksInPath().standardizedFileURL
    for card in course.cards { readLesson(card, in: runs) }
    readExercises(in: lab.appendingPathComponent("progress"))
  }

  private mutating func readLesson(_ card: LessonCard, in runs: URL) {
    let folder = RunFolder(runs.appendingPathComponent(card.slug))
    guard folder.hasRecord else { return }
    do {
      let record = try folder.loadRecord()
      let claims = record.claims
      lessons.append(
        LessonProgress(
          lesson: card.slug, number: card.number, status: record.statusWord,
          failure: record.state.sentence, scale: record.facts.scale.rawValue,
          startedAt: record.facts.startedAt, seconds: record.seconds,
          claimsHold: claims.filter { $0.holds == true }.count,
          claimsFail: claims.filter { $0.holds == false }.count,
          claimsNotChecked: claims.filter { $0.holds == nil }.count,
          failedClaims: claims.filter { $0.holds == false }.map { "\($0.text): \($0.comparison)" },
          steps: record.steps.count, device: record.facts.device))
    } catch {
      problems.append("\(card.slug): \(sentence(for: error))")
    }
  }

  private mutating func readExercises(in folder: URL) {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for file in files.sorted() where file.hasSuffix(".json") {
      guard
        let data = FileManager.default.contents(atPath: folder.appendingPathComponent(file).path),
        let progress = try? JSONDecoder().decode(ExerciseProgress.self, from: data)
      else {
        problems.append("\(file) cannot be read.")
        continue
      }
      let name = file.dropLast(5).split(separator: "-", maxSplits: 2).last.map(String.init)
      exercises.append(
        ExerciseReport(
          exercise: name ?? file, state: progress.state.rawValue, attempts: progress.attempts,
          hintsSeen: progress.hintsSeen, hasSeenSolution: progress.hasSeenSolution,
          message: progress.lastFailure))
    }
  }

  var finished: Int { lessons.filter { $0.status == "finished" }.count }
  var passed: Int { exercises.filter { $0.state == "passed" }.count }
  var claimsHold: Int { lessons.reduce(0) { $0 + $1.claimsHold } }
  var claimsFail: Int { lessons.reduce(0) { $0 + $1.claimsFail } }

  /// The lesson that was started last and the exercises that fail, in a few words.
  var current: String {
    var parts: [String] = []
    if let last = lessons.max(by: { $0.startedAt < $1.startedAt }) {
      let sentence = last.failure.map { ": \($0)" } ?? " at \(last.scale)"
      parts.append("\(last.lesson) \(last.status)\(sentence)")
    }
    for exercise in exercises where exercise.state == "failed" {
      let attempts = exercise.attempts == 1 ? "1 attempt" : "\(exercise.attempts) attempts"
      parts.append("\(exercise.exercise) fails after \(attempts): \(exercise.message ?? "")")
    }
    parts += problems
    return parts.isEmpty ? "nothing run yet" : parts.joined(separator: "; ")
  }
}

/// A folder that does not exist.
struct ReportError: Error, CustomStringConvertible {
  let path: String

  var description: String {
    "\(path) is not a folder. Give the folders in which lab was called, or their .lab folders."
  }
}

/// An empty folder name. The name of the current folder is `.`, not the empty string.
struct FolderNameMissing: UsageError {
  let description =
    "'' is not a folder name. Give the folders in which lab was called; this one is '.'"
}
