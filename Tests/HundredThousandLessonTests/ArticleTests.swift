import Foundation
import HundredThousandLesson
import Testing

/// The last page takes numbers from other lessons by the words of their claims.
@Suite struct ArticleTests {
  /// The sources of a lesson, by its slug.
  private func source(of slug: String) throws -> String {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Lessons")
    let folders = try FileManager.default.contentsOfDirectory(
      at: root, includingPropertiesForKeys: nil)
    for folder in folders {
      let text = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        .filter { $0.hasSuffix(".swift") }
        .map { try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8) }
        .joined(separator: "\n")
      if text.contains("slug: \"\(slug)\"") { return text }
    }
    Issue.record("no lesson '\(slug)'")
    return ""
  }

  @Test(arguments: ArticleItem.all)
  func theClaimStandsInItsLesson(item: ArticleItem) throws {
    // What a claim interpolates is left out here; its first words are in the source.
    let words = item.claim.replacingOccurrences(of: ", causal", with: "")
    let prefix = words.prefix(24)
    #expect(try source(of: item.slug).contains("\"\(prefix)"), "\(item.slug): \(prefix)")
  }
}
