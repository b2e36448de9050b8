import Foundation
import LessonKit
import TestSupport
import Testing
import lab

@Suite struct SeedTests {
  private func claim(_ id: String, _ value: Double?) -> Claim {
    Claim(
      id: id, text: "Loss is {} of **that** before", value: value, bound: .atMost(1.5),
      quantity: .times, minimumScale: .smoke, scale: .smoke)
  }

  @Test func theTableCountsTheSeedsForWhichAClaimHolds() {
    let runs = [1.2, 1.7, 1.4].map { [claim("learned", $0), claim("counted", 1)] }
    let text = SeedTable(slug: "cost", seeds: 4...6, runs).text(TerminalStyle(isColored: false))
    #expect(
      text == """
        cost, seeds 4 to 6
        ✗ learned: holds for 2 of 3 seeds
            Loss is … of that before; at most 1.5 × was expected.
            1.2 ×, 1.7 ×, 1.4 ×
        1 other claim has the same value with every seed.

        """)
  }

  /// A claim that fails with every seed is shown, even if its value never changes.
  @Test func noFailureIsOnlyCounted() {
    let runs = (0..<2).map { _ in [claim("counted", 2)] }
    let text = SeedTable(slug: "cost", seeds: 4...5, runs).text(TerminalStyle(isColored: false))
    #expect(text.contains("✗ counted: holds for 0 of 2 seeds"))
  }

  @Test func eachSeedHasItsRun() throws {
    let lab = try LabProcess()
    let answer = try lab.run("run", "positions", "--scale", "smoke", "--seeds", "7-8", "--json")
    let runs = try #require(
      JSONSerialization.jsonObject(with: Data(answer.out.utf8)) as? [[String: Any]])
    #expect(runs.compactMap { $0["seed"] as? Int } == [7, 8])
    for seed in [7, 8] {
      let record = lab.path(".lab/runs/seed-\(seed)/positions/run.json")
      #expect(FileManager.default.fileExists(atPath: record))
    }
    // The reader's own run is not replaced.
    #expect(!FileManager.default.fileExists(atPath: lab.path(".lab/runs/positions")))
    let table = try lab.run("run", "positions", "--scale", "smoke", "--seeds", "7-8")
    #expect(table.out.contains("positions, seeds 7 to 8\n"))
    #expect(table.out.contains("– sinusoidal-longest: not checked at this scale"))
  }

  @Test(arguments: [
    (["--seeds", "8-7"], "a first and a last seed"), (["--seeds", "7"], "such as 11-20"),
    (["--seeds", "1-200"], "at most 100"), (["--seeds", "1-2", "--seed", "3"], "leave out --seed"),
    (["--seeds", "1-2", "--from", "2"], "leave out --from"),
    (["--seeds", "1-2", "--device", "both"], "leave out --device both"),
  ])
  func wrongSeedsAreRefused(_ words: [String], _ reason: String) throws {
    let answer = try LabProcess().run(["run", "positions"] + words)
    #expect(answer.status == 64)
    #expect(answer.err.replacing("\n", with: " ").contains(reason), "\(answer.err)")
  }
}
