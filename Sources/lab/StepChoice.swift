import Foundation
import LessonKit
import SystemSupport

/// Where a reader wants a run to be shown from: the number of a step, or how its title begins.
struct StepChoice {
  let typed: String

  /// The step's number, from 1, by the titles of the last run of the lesson.
  func number(in record: RunRecord) throws(UnknownStep) -> Int {
    let titles = record.steps.map(\.title)
    if let number = Int(typed), (1...max(1, titles.count)).contains(number) { return number }
    let wanted = typed.lowercased()
    let lowered = titles.map { $0.lowercased() }
    let found =
      lowered.firstIndex { $0.hasPrefix(wanted) } ?? lowered.firstIndex { $0.contains(wanted) }
    if let found { return found + 1 }
    throw UnknownStep(
      typed: typed, slug: record.lesson.slug, nearest: nearestName(to: typed, among: titles),
      titles: titles)
  }
}

/// No step of the lesson is called so.
struct UnknownStep: Error, CustomStringConvertible {
  let typed: String
  let slug: String
  let nearest: String?
  let titles: [String]

  var description: String {
    let wayOut =
      nearest.map { "Did you mean '\($0)'?" }
      ?? "Its steps are:\n"
      + titles.enumerated().map { "  \($0 + 1)  \($1)" }
      .joined(separator: "\n")
    return "'\(slug)' has no step '\(typed)'. \(wayOut)"
  }
}

/// A step is named before any run has shown what there is.
struct NoEarlierRun: Error, CustomStringConvertible {
  let slug: String

  var description: String {
    "--from goes on from an earlier run, and '\(slug)' has none here. Run it whole first: "
      + "lab run \(slug)"
  }
}
