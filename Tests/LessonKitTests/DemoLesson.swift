import Foundation
import LessonKit
import Plotting
import TensorCore

/// A lesson with one element of each kind, for the tests and for looking at a page.
struct DemoLesson: Lesson {
  static let card = LessonCard(
    number: 42, slug: "demo", title: "A softmax that never sees the whole row",
    question: "How can a row of any length be normalized with a constant amount of memory?",
    papers: [
      Paper(
        authors: "Milakov and Gimelshein", year: 2018,
        title: "Online normalizer calculation for softmax", section: "section 3",
        link: "https://arxiv.org/abs/1805.02867")
    ],
    builds: "a softmax in *one* pass and a check that it equals the plain one", standardSeconds: 2)

  func teach(_ page: Notebook) throws {
    page.heading("The plain way reads the row twice")
    page.say(
      """
      A softmax needs the largest score **before** it can sum, since `exp` of a large number does \
      not fit in a float. So the row is read once for its maximum and once for the sum, and kept \
      in between. [The paper](https://arxiv.org/abs/1805.02867) shows another way:

      - keep the largest score *so far*,
      - keep the sum scaled by it,
      - rescale the sum whenever a larger score turns up; a < b & c > d is only text here.
      """)
    page.formula(
      #"""
      m' = \max(m, x) \tag{1}
      d' = d \cdot e^{m - m'} + e^{x - m'} \tag{2}
      """#,
      legend: "`m` the largest so far, `d` the sum so far, `x` the next score.")
    let scores = page.step("scores", "Scores, as they come from a seeded generator") {
      // Any numbers will do; these are the same on every machine.
      var generator = SeededGenerator(seed: page.seed, stream: "scores")
      let scores = (0..<page.scale.pick(smoke: 64, standard: 4096, full: 100_000)).map { _ in
        8 * generator.normal()
      }
      page.print("first scores: \(scores.prefix(3).map { String(format: "%.3f", $0) })")
      return scores
    }
    page.say("One pass, three lines in the loop. The sum is never too large, whatever the scores.")
    let (online, plain) = page.step("both-ways", "Both ways, side by side") {
      var (largest, sum) = (-Float.infinity, Float(0))
      for score in scores {
        let larger = max(largest, score)
        sum = sum * exp(largest - larger) + exp(score - larger)
        largest = larger
      }
      let maximum = scores.max() ?? 0
      return (sum, scores.reduce(0) { $0 + exp($1 - maximum) })
    }
    let held = page.step("tensor", "A tensor, so that there is memory to meter") {
      page.backend.full(0, [64, 1024], .activations)
    }
    _ = held
    page.measure("score-count", "scores", Double(scores.count), .count)
    page.measure("sum-one-pass", "sum, one pass", Double(online))
    page.measure("sum-two-passes", "sum, two passes", Double(plain))
    page.ask("How often does the one-pass way read the row?", answer: "Once.")
    page.example(
      "By hand", columns: ["score", "m", "d"], rows: [["1", "1", "1"], ["3", "3", "1.135"]],
      result: "The second score rescales the first.")
    page.heading("What it costs")
    page.say("The table counts reads of slow memory for each way, by formula.")
    page.table(
      "reads", columns: ["way", "reads of the row", "numbers kept", "bytes at 100,000"],
      rows: [["two passes", "2", "n", "400,000"], ["one pass", "1", "2", "8"]],
      caption: "One pass keeps two numbers, whatever the length.")
    try page.figure(
      "waves", WaveFigure(width: 720, height: 420),
      caption: "Slow waves to the right: the last columns never finish a turn.")
    page.claim(
      "sums-differ", "The two sums differ by less than a rounding error of the length",
      Double(abs(online - plain) / plain), atMost: 1e-3, from: .smoke)
    page.claim(
      "one-pass-speedup", "One pass is never slower", nil, atLeast: 1, from: .full, as: .times)
    page.claim(
      "failing", "A claim that fails shows so", 1.2, within: 0.9...1.1, from: .smoke, as: .times)
    page.notice(
      "What to notice",
      "The first score rescales a sum of zero by `exp(−∞)`, which is zero: no special case.")
    page.show("WaveFigure", in: "DemoLesson.swift")
  }
}

/// Fails in its second step.
struct FailingLesson: Lesson {
  static let card = LessonCard(
    number: 43, slug: "broken", title: "Broken", question: "What is kept?", builds: "nothing",
    standardSeconds: 1)

  struct StepError: Error, CustomStringConvertible {
    let description = "the text <ran out>"
  }

  func teach(_ page: Notebook) throws {
    page.step("works", "The step that works") {}
    try page.step("fails", "The step that fails") { throw StepError() }
    page.say("Never said.")
  }
}

/// Waves of growing length, as a gray PNG.
struct WaveFigure: Figure {
  let title = "Waves"
  let width: Int
  let height: Int

  func write(to url: URL) throws {
    let rows = (0..<height).map { y in
      (0..<width).map { x in
        let wave = sin(Double(y) / pow(1.008, Double(x)) * 2)
        return UInt8(127.5 + 127.5 * wave)
      }
    }
    try grayPNG(rows).write(to: url, options: .atomic)
  }
}
