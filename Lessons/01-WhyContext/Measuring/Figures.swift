import Corpora
import Foundation
import LessonKit
import Plotting

/// The figures of this lesson, made from their data.
extension WhyContextLesson {
  /// Accuracy by the length of the story, with the range of the seeds.
  func lengthPlot(
    _ results: Results, _ kind: FactStory.QuestionKind, chance: Double
  ) -> LinePlot {
    LinePlot(
      title: "Questions for \(kind.rawValue), by the length of the story",
      x: .log(
        "sentences in the story", base: 2,
        ticks: results.lengths.map { Tick(Double($0), "\($0)") }),
      y: .linear("right answers", range: 0...1.05),
      series: Method.allCases.enumerated().map { index, method in
        let values = results.lengths.map { results.accuracies(method, kind, $0) }
        // Side by side, so that equal values hide nothing.
        let shift = pow(2, 0.05 * (Double(index) - Double(Method.allCases.count - 1) / 2))
        return Series(
          method.name, x: results.lengths.map { Double($0) * shift }, y: values.map(mean),
          low: values.map { $0.min() ?? .nan }, high: values.map { $0.max() ?? .nan },
          of: method.concept)
      }, marks: [.horizontal(chance, "chance")])
  }

  func kindPlot(_ results: Results, length: Int, chance: Chance) -> BarPlot {
    let kinds = FactStory.QuestionKind.allCases
    return BarPlot(
      title: "By kind of question, \(length) sentences",
      y: .linear("right answers", range: 0...1.05), categories: kinds.map(\.rawValue),
      series: Method.allCases.map { method in
        BarPlot.Bars(
          method.name, values: kinds.map { results.accuracy(method, $0, length) },
          of: method.concept)
      }, levels: [.init("chance", values: kinds.map { chance[$0] })])
  }

  /// Right answers without context by the steps of training on the text.
  func weightsPlot(
    _ title: String, _ curves: [WeightsCurve], guess: Double, showsOthers: Bool
  ) -> LinePlot {
    // Step 0 has no place on a logarithmic axis.
    let steps = (curves.first?.steps ?? []).map { max(0.5, Double($0)) }
    func series(
      _ name: String, _ style: Series.Style, _ concept: Concept,
      _ values: (WeightsCurve) -> [Double]
    ) -> Series {
      let each = steps.indices.map { step in curves.map { values($0)[step] } }
      return Series(
        name, x: steps, y: each.map(mean), low: each.map { $0.min() ?? .nan },
        high: each.map { $0.max() ?? .nan }, style: style, of: concept)
    }
    var plot = LinePlot(
      title: title,
      x: .log(
        "training steps on the story", base: 2,
        ticks: zip(steps, curves.first?.steps ?? []).map { Tick($0, "\($1)") }),
      y: .linear("right answers", range: 0...1.05),
      series: [
        series("one fact", .linePoints, .oneFact) { $0.accuracy(.oneFact) },
        series("a chain of two", .linePoints, .chainOfTwo) { $0.accuracy(.chain) },
        series("a count over all", .linePoints, .countOverAll) { $0.accuracy(.count) },
      ], marks: [.horizontal(guess, "guess of a value")])
    if showsOthers {
      plot.series.append(series("other stories, in the context", .dashed, .wholeText) { $0.others })
    }
    return plot
  }

  /// Where the attention of a question goes: rows are sentences and columns are heads.
  func lookUpMaps(
    _ story: [FactStory.Sentence], headsPerLayer: Int,
    _ maps: [(title: String, heads: [[Float]])]
  ) -> HeatMapSheet {
    HeatMapSheet(
      title: "Attention of the question, by head",
      maps: maps.map { title, heads in
        HeatMap(
          title: title,
          values: (0...story.count).flatMap { sentence in heads.map { $0[sentence] } },
          rows: story.count + 1, columns: heads.count, xLabel: "layer and head",
          yLabel: "sentence",
          xTicks: heads.indices.map {
            Tick(Double($0), headName($0, perLayer: headsPerLayer))
          },
          yTicks: (story.map(label) + ["?"]).enumerated().map { Tick(Double($0), $1) },
          barLabel: "attention", valueRange: 0...1)
      })
  }

  /// A story in a row of cells, and below it what each method shows of it.
  func methodDrawing(_ shown: ShownStory) -> Schematic {
    let width = 3
    let left = FigureText.columns - width * shown.story.count
    var page = Schematic(
      "What each method shows for “what is \(shown.friendOf)'s friend?”",
      rows: 1 + shown.rows.count)
    page.label("story", column: 0, row: 0)
    for (index, sentence) in shown.story.enumerated() {
      page.label(
        label(sentence), column: left + index * width, row: 0,
        shown.needed.contains(index) ? .bold : .plain)
    }
    for (row, shownRow) in shown.rows.enumerated() {
      page.label(shownRow.name, column: 0, row: row + 1)
      page.cells(
        column: left, row: row + 1, rows: 1, columns: shown.story.count, cellWidth: width
      ) { _, place in
        guard shownRow.shown.contains(place) else { return .init(.empty) }
        let isNeeded = shown.needed.contains(place)
        return .init(isNeeded ? .solid(.retrieval) : .tint(.retrieval))
      }
    }
    page.key(.solid(.retrieval), "needed and shown")
    page.key(.tint(.retrieval), "shown")
    page.key(.empty, "not shown")
    return page
  }

  func rulePlot(_ rule: RuleByExample, _ accuracies: [RuleAccuracy]) -> LinePlot {
    let x = (1...rule.exampleCount).map(Double.init)
    func at(_ values: (RuleAccuracy) -> [Double]) -> [[Double]] {
      x.indices.map { index in accuracies.map { values($0)[index] } }
    }
    let (model, best) = (at(\.model), at(\.bestPossible))
    return LinePlot(
      title: "A rule learned from the context",
      x: .log("examples in the context", base: 2),
      y: .linear("right answers", range: 0...1.05),
      series: [
        Series(
          "model", x: x, y: model.map(mean), low: model.map { $0.min() ?? .nan },
          high: model.map { $0.max() ?? .nan }, style: .linePoints, of: .wholeText),
        Series("best possible", x: x, y: best.map(mean), style: .dashed, of: .reference),
      ], marks: [.horizontal(rule.chance, "chance")])
  }
}

/// "L2H1" for the first head of the second layer.
func headName(_ index: Int, perLayer: Int) -> String {
  "L\(index / perLayer + 1)H\(index % perLayer + 1)"
}

extension FactStory.QuestionKind {
  /// The name of its figure.
  var figureName: String {
    switch self {
    case .oneFact: "accuracy-by-length"
    case .chain: "chains-by-length"
    case .count: "counts-by-length"
    }
  }
}

extension Method {
  /// Its color in figures.
  var concept: Concept {
    switch self {
    case .truncated: .truncatedText
    case .retrieval: .retrieval
    case .twoRounds: .repeatedRetrieval
    case .randomSummary: .randomSummary
    case .ruleSummary: .summary
    case .whole: .wholeText
    }
  }
}
