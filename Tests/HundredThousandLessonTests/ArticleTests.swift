import Foundation
import HundredThousandLesson
import Testing

/// The last section takes numbers from other lessons by the identifiers of their claims.
@Suite struct ArticleTests {
  /// The Swift sources of a lesson, by its slug.
  private func source(of slug: String) throws -> String {
    let lessons = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Lessons")
    let folders = try FileManager.default.contentsOfDirectory(
      at: lessons, includingPropertiesForKeys: nil)
    for folder in folders {
      let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
      let text = try (files?.compactMap { $0 as? URL } ?? [])
        .filter { $0.pathExtension == "swift" }
        .map { try String(contentsOf: $0, encoding: .utf8) }.joined(separator: "\n")
      if text.contains("slug: \"\(slug)\", title:") { return text }
    }
    Issue.record("no lesson '\(slug)'")
    return ""
  }

  @Test(arguments: ArticleItem.all)
  func theLessonMakesTheClaim(item: ArticleItem) throws {
    let source = try source(of: item.slug)
    let isClaimed = source.range(
      of: "claim\\(\\s*\"\(item.claimID)\"", options: .regularExpression)
    #expect(isClaimed != nil, "\(item.slug) has no claim '\(item.claimID)'")
  }
}
