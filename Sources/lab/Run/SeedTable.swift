import LessonKit
import SystemSupport

/// The claims of one lesson over several seeds: the value of each seed beside the bound.
///
/// A claim that has the same value with every seed is a count or an equality, not something that
/// was learned. Such claims are only counted.
package struct SeedTable {
  /// One claim with the results of all seeds.
  struct Row {
    /// The claim of the first seed.
    let claim: Claim
    /// In the order of the seeds; nil where nothing was measured.
    let values: [Double?]
    let heldCount: Int
    let checkedCount: Int

    var varies: Bool { Set(values).count > 1 }

    /// The values, in the unit of the claim.
    var valueTexts: [String] {
      values.map { $0.map { claim.quantity.text($0, digits: 4) } ?? "none" }
    }
  }

  let slug: String
  let seeds: ClosedRange<UInt64>
  let rows: [Row]

  /// `runs` are the claims of finished runs that differ only in their seed.
  package init(slug: String, seeds: ClosedRange<UInt64>, _ runs: [[Claim]]) {
    (self.slug, self.seeds) = (slug, seeds)
    let claims = runs.map { $0.filter { !$0.isDerived } }
    rows = (claims.first ?? []).map { first in
      let same = claims.compactMap { $0.first { $0.id == first.id } }
      return Row(
        claim: first, values: same.map(\.value), heldCount: same.count { $0.holds == true },
        checkedCount: same.count { $0.holds != nil })
    }
  }

  /// The claims that vary, and those that fail with a seed.
  private var shown: [Row] { rows.filter { $0.varies || $0.heldCount < $0.checkedCount } }

  package func text(_ style: TerminalStyle) -> String {
    var lines = [style.ink("\(slug), seeds \(seeds.lowerBound) to \(seeds.upperBound)", .bold)]
    for row in shown {
      let failed = row.checkedCount - row.heldCount
      let sign = row.checkedCount == 0 ? "–" : failed == 0 ? "✓" : "✗"
      let count =
        row.checkedCount == 0
        ? "not checked at this scale" : "holds for \(row.heldCount) of \(row.checkedCount) seeds"
      let sentence = Markdown.plainText(of: row.claim.text.replacing("{}", with: "…"))
      lines.append(
        style.text("\(sign) \(row.claim.id): \(count)", indent: "")
          + "\n" + style.text("\(sentence); \(row.claim.expectation) was expected.", indent: "    ")
          + "\n" + style.text(row.valueTexts.joined(separator: ", "), indent: "    "))
    }
    let rest = rows.count - shown.count
    if rest > 0 {
      lines.append(
        style.text(
          (rest == 1 ? "1 other claim has" : "\(rest) other claims have")
            + " the same value with every seed.", indent: ""))
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
