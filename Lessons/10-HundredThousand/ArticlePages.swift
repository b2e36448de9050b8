import Foundation
import LessonKit

/// One trick of the article, and where this course measured it.
package struct ArticleItem {
  package let technique: String
  package let slug: String
  /// The identifier of the claim with the number, or the beginning of its sentence.
  package let claim: String

  /// In the article's order, with what it leaves out at the end.
  package static let all = [
    ArticleItem(
      technique: "A long window is worth having", slug: "why-context",
      claim: "whole-over-best"),
    ArticleItem(
      technique: "Attention is the quadratic part", slug: "cost",
      claim: "crossing"),
    ArticleItem(
      technique: "ALiBi, for positions beyond training", slug: "positions",
      claim: "alibi-longest"),
    ArticleItem(
      technique: "Sparse attention", slug: "sparse-masks",
      claim: "window-speedup"),
    ArticleItem(
      technique: "FlashAttention", slug: "flash-tiling",
      claim: "forward-speedup-causal"),
    ArticleItem(
      technique: "Multi-query attention", slug: "multi-query",
      claim: "Decoding at the longest context: multi-head over multi-query"),
    ArticleItem(
      technique: "Conditional computation", slug: "conditional-computation",
      claim: "Light and heavy over dense at the longest text"),
    ArticleItem(
      technique: "Recomputation", slug: "recomputation",
      claim: "Time of full recomputation over keeping all"),
    ArticleItem(
      technique: "80 GB cards", slug: "memory-at-100k",
      claim: "training-full-longest"),
  ]
}

/// The end of the story: the article's list with a number from each lesson.
extension HundredThousandLesson {
  func theArticlesList(_ notebook: Notebook) {
    notebook.heading("The article's list")
    notebook.say(
      """
      Each trick with the one number that this course measured for it, as the last run of its lesson \
      on this machine left it:
      """)
    notebook.say(ArticleItem.all.map { line(notebook, $0) }.joined(separator: "\n"))
  }

  private func line(_ notebook: Notebook, _ item: ArticleItem) -> String {
    let link = "**\(item.technique)** ([\(item.slug)](../\(item.slug)/index.html))"
    guard let record = notebook.lastRun(of: item.slug) else {
      return "- \(link): not run here yet; `lab run \(item.slug)`"
    }
    guard
      let claim = record.claims.first(where: {
        $0.id == item.claim || $0.text.hasPrefix(item.claim)
      }),
      claim.holds != nil, let value = claim.value
    else { return "- \(link): not measured at the scale of its last run" }
    return "- \(link): \(claim.text): \(claim.quantity.text(value, digits: 3)) "
      + "(\(record.facts.scale.rawValue), \(claim.holds == true ? "holds" : "does not hold"))"
  }
}
