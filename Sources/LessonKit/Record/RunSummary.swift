import Foundation
import SystemSupport

/// The output of `lab run --json`: a summary of the record, for programs.
package struct RunSummary: Encodable {
  var lesson: String
  var number: Int
  var status: String
  /// Why the run is not finished; null for a finished run.
  var failure: String?
  var device: String
  var threads: Int?
  var scale: String
  var seed: UInt64
  var corpus: String?
  var steps: [StepSummary]
  var claims: [ClaimSummary]
  var figures: [FigureSummary]
  var seconds: Double
  var peakBytes: Int
  var peakBytesByPurpose: [String: Int]
  var processPeakBytes: Int
  var record: String
  var page: String

  struct StepSummary: Encodable {
    var id: String
    var title: String
    var status: String
    var seconds: Double
    var peakBytes: Int
    /// When the earlier run began that the step was reused from; null if the step ran.
    var reusedFrom: String?

    private enum CodingKeys: String, CodingKey {
      case id, title, status, seconds, peakBytes, reusedFrom
    }

    func encode(to encoder: any Encoder) throws {
      var box = encoder.container(keyedBy: CodingKeys.self)
      try box.encode(id, forKey: .id)
      try box.encode(title, forKey: .title)
      try box.encode(status, forKey: .status)
      try box.encode(seconds, forKey: .seconds)
      try box.encode(peakBytes, forKey: .peakBytes)
      try box.encode(reusedFrom, forKey: .reusedFrom)
    }
  }

  struct FigureSummary: Encodable {
    var name: String
    var path: String
    var caption: String
  }

  /// The summary of a record in its folder.
  package init(_ record: RunRecord, in folder: RunFolder) {
    lesson = record.lesson.slug
    number = record.lesson.number
    status = record.state.word
    failure = record.state.sentence
    device = record.facts.device
    threads = record.facts.threads
    scale = record.facts.scale.rawValue
    seed = record.facts.seed
    corpus = record.facts.corpus
    steps = record.steps.map {
      StepSummary(
        id: $0.id, title: $0.title, status: $0.status.rawValue, seconds: $0.seconds,
        peakBytes: $0.peakBytes.total, reusedFrom: $0.origin.reusedFrom)
    }
    claims = record.claims.map(ClaimSummary.init)
    figures = record.figures.map {
      FigureSummary(name: $0.name, path: folder.figure($0.file).path, caption: $0.caption)
    }
    seconds = record.seconds
    peakBytes = record.peakBytes.total
    peakBytesByPurpose = record.peakBytes.byPurpose
    processPeakBytes = record.processPeakBytes
    self.record = folder.record.path
    page = folder.page.path
  }

  private enum CodingKeys: String, CodingKey {
    case lesson, number, status, failure, device, threads, scale, seed, corpus, steps, claims
    case figures, seconds, peakBytes, peakBytesByPurpose, processPeakBytes, record, page
  }

  /// Every key is always present; the value is null if it is unknown.
  package func encode(to encoder: any Encoder) throws {
    var box = encoder.container(keyedBy: CodingKeys.self)
    try box.encode(lesson, forKey: .lesson)
    try box.encode(number, forKey: .number)
    try box.encode(status, forKey: .status)
    try box.encode(failure, forKey: .failure)
    try box.encode(device, forKey: .device)
    try box.encode(threads, forKey: .threads)
    try box.encode(scale, forKey: .scale)
    try box.encode(seed, forKey: .seed)
    try box.encode(corpus, forKey: .corpus)
    try box.encode(steps, forKey: .steps)
    try box.encode(claims, forKey: .claims)
    try box.encode(figures, forKey: .figures)
    try box.encode(seconds, forKey: .seconds)
    try box.encode(peakBytes, forKey: .peakBytes)
    try box.encode(peakBytesByPurpose, forKey: .peakBytesByPurpose)
    try box.encode(processPeakBytes, forKey: .processPeakBytes)
    try box.encode(record, forKey: .record)
    try box.encode(page, forKey: .page)
  }
}

/// One claim for programs: `bound` is one number, or the two ends of a range.
struct ClaimSummary: Encodable {
  let claim: Claim

  private enum CodingKeys: String, CodingKey { case id, text, kind, value, relation, bound, holds }

  func encode(to encoder: any Encoder) throws {
    var box = encoder.container(keyedBy: CodingKeys.self)
    try box.encode(claim.id, forKey: .id)
    try box.encode(claim.text, forKey: .text)
    try box.encode(claim.kind, forKey: .kind)
    try box.encode(claim.value.flatMap { $0.isFinite ? $0 : nil }, forKey: .value)
    try box.encode(claim.bound.relation, forKey: .relation)
    let marks = claim.bound.marks
    if marks.count == 1 {
      try box.encode(marks[0], forKey: .bound)
    } else {
      try box.encode(marks, forKey: .bound)
    }
    try box.encode(claim.holds, forKey: .holds)
  }
}

extension Encodable {
  /// JSON for a program that reads standard output.
  package func printedJSON() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return String(decoding: try encoder.visibleJSON(self), as: UTF8.self)
  }
}

extension JSONEncoder {
  /// JSON that a terminal can show: every hidden character, which can only be in a string, is
  /// written as `\u009b`.
  func visibleJSON(_ value: some Encodable) throws -> Data {
    Data(String(decoding: try encode(value), as: UTF8.self).jsonVisible.utf8)
  }
}
