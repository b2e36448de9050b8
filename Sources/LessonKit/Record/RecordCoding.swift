import Foundation
import SystemSupport

extension RunRecord {
  /// JSON with sorted keys, so that a diff of two runs is small. Infinity and NaN are written as
  /// strings, because JSON has no such numbers.
  package func encoded() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .nonFiniteAsStrings
    return try encoder.encode(self)
  }

  /// - Throws: `RecordError` if the bytes are not a record of this version.
  package static func decoded(from data: Data, at path: String) throws -> RunRecord {
    struct Version: Decodable { var version: Int }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .nonFiniteAsStrings
    guard let version = try? decoder.decode(Version.self, from: data).version else {
      throw RecordError.unreadable(path: path, reason: "it has no version number")
    }
    guard version == currentVersion else {
      throw RecordError.otherVersion(path: path, version: version)
    }
    let record: RunRecord
    do {
      record = try decoder.decode(RunRecord.self, from: data)
    } catch {
      throw RecordError.unreadable(path: path, reason: place(of: error))
    }
    if let problem = record.problem {
      throw RecordError.unreadable(path: path, reason: problem)
    }
    return record
  }

  /// The place in the JSON and what is wrong there: "cells.12.figure.file: …".
  private static func place(of error: any Error) -> String {
    let (context, problem): (DecodingError.Context, String)
    switch error as? DecodingError {
    case .dataCorrupted(let found)?: (context, problem) = (found, found.debugDescription)
    case .keyNotFound(let key, let found)?:
      (context, problem) = (found, "'\(key.stringValue)' is missing")
    case .typeMismatch(_, let found)?, .valueNotFound(_, let found)?:
      (context, problem) = (found, "the value has another type")
    default: return "\(SystemError(error))"
    }
    let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
    guard !path.isEmpty else { return "\(SystemError(error))" }
    return path.joined(separator: ".") + ": " + problem
  }
}

extension RunRecord {
  /// What no run writes, but the types allow; nil if there is nothing of the kind.
  ///
  /// A record may come from somebody else. Names in it become parts of paths and of HTML, and its
  /// numbers are computed with, so both are checked here, once for all readers.
  private var problem: String? {
    guard isIdentifier(lesson.slug), (1...999).contains(lesson.number) else {
      return "its lesson has no valid name or number"
    }
    guard Self.isDuration(seconds), processPeakBytes >= 0, peakBytes.isPossible else {
      return "its time or memory is not possible"
    }
    guard models?.allSatisfy({ Self.isDuration($0.seconds) }) ?? true else {
      return "the time of a training is not possible"
    }
    for (index, cell) in cells.enumerated() {
      if let problem = cell.problem(in: lesson) { return "cells.\(index): \(problem)" }
    }
    return nil
  }

  /// At most a hundred years, so that arithmetic with it stays exact.
  fileprivate static func isDuration(_ seconds: Double) -> Bool { (0...3e9).contains(seconds) }
}

extension Cell {
  fileprivate func problem(in lesson: LessonCard) -> String? {
    guard isIdentifier(id), id.utf8.count <= 64 else { return "its identifier is not valid" }
    switch content {
    case .heading, .prose, .notice, .question, .claim, .metric: return nil
    case .formula(let formula):
      let areNumbers = formula.equations.compactMap(\.number).allSatisfy((1...999).contains)
      return areNumbers ? nil : "the number of an equation is not possible"
    case .source(let excerpt): return excerpt.problem
    case .example(let example): return Self.problem(example.columns, example.rows)
    case .table(let table): return Self.problem(table.columns, table.rows)
    case .figure(let figure):
      guard figure.file.belongs(to: lesson) else {
        return "the figure's file has not the name of this lesson"
      }
      let sizes = 1...100_000
      let isPossible = sizes.contains(figure.pixelWidth) && sizes.contains(figure.pixelHeight)
      return isPossible ? nil : "the figure's size is not possible"
    case .step(let step):
      guard isIdentifier(step.id) else { return "the step's identifier is not valid" }
      if let problem = step.source?.problem { return problem }
      let isPossible = RunRecord.isDuration(step.seconds) && step.peakBytes.isPossible
      return isPossible ? nil : "the step's time or memory is not possible"
    }
  }

  private static func problem(_ columns: [String], _ rows: [[String]]) -> String? {
    rows.allSatisfy { $0.count == columns.count }
      ? nil : "a row of the table has not one field per column"
  }
}

extension SourceExcerpt {
  fileprivate var problem: String? {
    guard (0...10_000_000).contains(firstLine) else {
      return "the line of the source is not possible"
    }
    guard let focus else { return nil }
    return focus.lowerBound >= 0 && focus.upperBound <= lines.count && !focus.isEmpty
      ? nil : "the lines in focus are not lines of the source"
  }
}

extension PeakBytes {
  fileprivate var isPossible: Bool { total >= 0 && byPurpose.values.allSatisfy { $0 >= 0 } }
}

extension JSONEncoder.NonConformingFloatEncodingStrategy {
  /// JSON has no such numbers.
  static var nonFiniteAsStrings: Self {
    .convertToString(positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
  }
}

extension JSONDecoder.NonConformingFloatDecodingStrategy {
  static var nonFiniteAsStrings: Self {
    .convertFromString(positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
  }
}

/// Why a record on disk cannot be used.
package enum RecordError: Error, Equatable, CustomStringConvertible {
  case missing(path: String)
  case unreadable(path: String, reason: String)
  case otherVersion(path: String, version: Int)
  /// New runs replaced it again and again while it was read.
  case replaced(path: String)

  package var description: String {
    switch self {
    case .missing(let path): "There is no run at \(path). Run the lesson first: lab run LESSON"
    case .unreadable(let path, let reason):
      "\(path) is not a run record, or is not complete: \(reason). Run the lesson again to replace "
        + "it."
    case .otherVersion(let path, let version):
      "\(path) was written by another version of lab (record \(version), this one reads "
        + "\(RunRecord.currentVersion)). Run the lesson again to replace it."
    case .replaced(let path):
      "\(path) was replaced by new runs while it was read. Try again when they have ended."
    }
  }
}
