import Foundation
import FuzzTargets
import LessonKit
import Testing

/// Every stored example of `make fuzz` once: the beginnings of its searches, and what it has found.
@Suite struct SeedTests {
  @Test(arguments: FuzzTarget.allCases)
  func everySeedIsAcceptedOrRefused(target: FuzzTarget) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fuzz/Seeds/\(target.rawValue)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.count >= 2)
    for name in names.sorted() {
      let bytes = try Data(contentsOf: folder.appendingPathComponent(name))
      #expect(throws: Never.self, "\(name)") { try target.run(Array(bytes)) }
    }
  }

  /// A seed of another record version would be refused before anything is drawn.
  @Test func theRecordWithEveryCellIsRead() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fuzz/Seeds/record/every-cell")
    let record = try RunRecord.decoded(from: Data(contentsOf: file), at: "every-cell")
    // All kinds of `Cell.Content`: a new one also belongs into the seed.
    #expect(Set(record.cells.map { "\($0.content)".prefix { $0 != "(" } }).count == 12)
  }
}
