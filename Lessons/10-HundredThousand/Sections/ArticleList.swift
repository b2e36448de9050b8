import Foundation
import LessonKit

/// One technique of the article, and the claim of this course that measures it.
package struct ArticleItem: Sendable {
  package let technique: String
  /// The slug of the lesson.
  package let slug: String
  /// The identifier of the claim in that lesson.
  package let claimID: String

  /// In the article's order.
  package static let all = [
    ArticleItem(
      technique: "A long context helps", slug: "why-context",
      claimID: "whole-over-best"),
    ArticleItem(
      technique: "Attention is the quadratic part", slug: "cost", claimID: "crossing"),
    ArticleItem(
      technique: "ALiBi, for positions beyond training", slug: "positions",
      claimID: "alibi-longest"),
    ArticleItem(
      technique: "Sparse attention", slug: "sparse-masks", claimID: "window-speedup"),
    ArticleItem(
      technique: "FlashAttention", slug: "flash-tiling", claimID: "forward-speedup-causal"),
    ArticleItem(
      technique: "Multi-query attention", slug: "multi-query", claimID: "decode-speedup"),
    ArticleItem(
      technique: "Conditional computation", slug: "conditional-computation",
      claimID: "light-heavy-speedup"),
    ArticleItem(
      technique: "Recomputation", slug: "recomputation", claimID: "full-recomputation-time"),
    ArticleItem(
      technique: "80 GB cards", slug: "memory-at-100k", claimID: "training-full-longest"),
  ]
}

/// Section "The article's list": one number from each lesson.
extension HundredThousandLesson {
  func listArticle(_ notebook: Notebook) {
    notebook.heading("The article's list")
    notebook.say(
      """
      Here is each technique of the article, with one number that this course measured for it. The \
      numbers come from the last run of each lesson on this machine.
      """)
    notebook.say(ArticleItem.all.map { line(notebook, $0) }.joined(separator: "\n"))
  }

  private func line(_ notebook: Notebook, _ item: ArticleItem) -> String {
    let link = "**\(item.technique)** ([\(item.slug)](../\(item.slug)/index.html))"
    guard let record = notebook.lastRun(of: item.slug) else {
      return "- \(link): not run here yet; `lab run \(item.slug)`"
    }
    guard let claim = record.claims.first(where: { $0.id == item.claimID }),
      claim.holds != nil
    else { return "- \(link): not measured at the scale of its last run" }
    return "- \(link): \(claim.statement) "
      + "(\(record.facts.scale.rawValue), \(claim.holds == true ? "holds" : "does not hold"))"
  }
}
