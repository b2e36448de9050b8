import Foundation
import LessonKit
import Plotting
import TensorCore

/// The first part of the page: from the softmax as it is written to one that works on a stream.
extension FlashTilingLesson {
  func showSafeSoftmax(_ notebook: Notebook) {
    notebook.heading("A softmax that does not overflow")
    notebook.say(
      """
      The softmax as it is written takes e to the power of every score. Scores of a hundred are \
      nothing unusual, and e¹⁰⁰ is more than Float32 can hold. The cure is older than attention: \
      take the largest score away first. It cancels.
      """)
    notebook.formula(
      """
      softmax(s)ᵢ = e^(sᵢ − m) / Σⱼ e^(sⱼ − m)
      m = max s
      """, legend: "s the scores of one query")
    notebook.show("bareSoftmax", in: "SafeSoftmax.swift")
    notebook.show("safeSoftmax", in: "SafeSoftmax.swift")
    let scores: [Float] = [98, 99, 100]
    let (bare, safe) = notebook.step("Three scores near a hundred") {
      (bareSoftmax(scores), safeSoftmax(scores))
    }
    notebook.table(
      "overflow", columns: ["score", "as written", "largest taken away"],
      rows: scores.indices.map { i in
        [scores[i], bare[i], safe[i]].map { Quantity.plain.text(Double($0)) }
      },
      caption: "The same three scores: infinity over infinity, and the right answer.")
    notebook.say(
      """
      Safe, but it needs the row three times: once for the largest, once for the sum, once to \
      divide. So the whole row has to be there. That is the knot.
      """)
  }

  func showOnlineSoftmax(_ notebook: Notebook) throws {
    notebook.heading("The softmax of a stream")
    notebook.say(
      """
      Keep the largest score *so far* and the sum of all e^(s − m) *so far*. When a larger score \
      arrives, the old sum is too large by a factor that you know, because it was made with a \
      maximum that you remember: multiply once, and it is right again.
      """)
    notebook.formula(
      """
      m' = max(m, s)
      ℓ' = e^(m − m') · ℓ + e^(s − m')
      L = m + ln ℓ
      """,
      legend: "m the running maximum, ℓ the running sum, L the logarithm of Σ e^s, in nats")
    notebook.show("OnlineSoftmax", in: "OnlineSoftmax.swift")
    let stream = notebook.step("Watch it on a stream of scores") {
      StreamTrace(count: 96, seed: notebook.seed)
    }
    try notebook.figure(
      "stream", streamPlot(stream),
      caption: """
        \(stream.scores.count) scores, one after the other. The maximum rose \(stream.rises) times, \
        and each time what was summed so far (here its logarithm) fell by just as much, before the \
        new score's own 1 was added; maximum and sum together only ever rise.
        """)
    notebook.claim(
      "Largest difference of the stream's weights to the safe softmax", stream.largestDifference,
      atMost: 1e-6, from: .smoke)
  }

  func showErratum(_ notebook: Notebook) throws {
    notebook.heading("A misprint worth knowing")
    notebook.say(
      """
      What is summed up with the old weights, the values, has to be mended by the same factor \
      e^(m − m'). The FlashAttention-2 paper prints the *inverse* of it in section 3.1. \
      Run both, on the same queries, keys and values, eight keys at a time.
      """)
    notebook.show("Rescale", in: "Erratum.swift")
    let found = notebook.step("Both factors against the reference") {
      Rescale.allCases.map { Erratum(seed: notebook.seed).largestDifference($0) }
    }
    notebook.table(
      "erratum", columns: ["factor", "largest difference to the reference"],
      rows: zip(Rescale.allCases, found).map {
        [$0.0.rawValue, Quantity.plain.text($0.1, digits: 2)]
      },
      caption: """
        Outputs here are means of values of size one. The printed factor lets the past grow where \
        it should shrink. (Taken at its word, it fails even on the first block, where the old \
        maximum is −∞; it is let off that one.)
        """)
    notebook.claim(
      "Largest difference with the right factor", found[0], atMost: 1e-5, from: .smoke)
    notebook.claim(
      "Largest difference with the printed factor", found[1], atLeast: 0.1, from: .smoke)
  }
}

/// A stream of scores and what the online softmax knows after each.
struct StreamTrace {
  private(set) var scores: [Float] = []
  private(set) var maxima: [Float] = []
  private(set) var sums: [Float] = []
  /// How often a later score was the largest so far.
  private(set) var rises = 0
  private(set) var largestDifference = 0.0

  /// Scores that tend upward, so that the maximum moves more than once.
  init(count: Int, seed: UInt64) {
    var generator = SeededGenerator(seed: seed, stream: "stream")
    var softmax = OnlineSoftmax()
    for step in 0..<count {
      let score = 2 * generator.normal() + 6 * Float(step) / Float(count)
      var weights = [score]
      _ = softmax.absorb(&weights)
      if let last = maxima.last, softmax.maximum > last { rises += 1 }
      scores.append(score)
      maxima.append(softmax.maximum)
      sums.append(softmax.sum)
    }
    largestDifference = zip(scores, safeSoftmax(scores)).reduce(0) { worst, pair in
      max(worst, Double(abs(exp(pair.0 - softmax.maximum) / softmax.sum - pair.1)))
    }
  }
}

/// Queries, keys and values for both factors.
struct Erratum {
  private let queries, keys, values: Matrix
  private let reference: [Double]

  init(seed: UInt64) {
    var generator = SeededGenerator(seed: seed, stream: "erratum")
    queries = Matrix(rows: 64, columns: 16, normal: &generator)
    keys = Matrix(rows: 64, columns: 16, normal: &generator)
    values = Matrix(rows: 64, columns: 16, normal: &generator)
    reference =
      PlainReference(queries: queries, keys: keys, values: values, isCausal: false).output
  }

  func largestDifference(_ rescale: Rescale) -> Double {
    let output = (0..<queries.rows).flatMap {
      rescale.attend(query: $0, queries: queries, keys: keys, values: values, blockSize: 8)
    }
    return Matrix(rows: queries.rows, columns: values.columns, values: output)
      .largestDifference(to: reference)
  }
}
