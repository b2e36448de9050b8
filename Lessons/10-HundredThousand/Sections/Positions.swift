import Autograd
import Corpora
import Foundation
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// Losses of one position scheme on a text far longer than those of training.
package struct PositionCurve: Codable, Sendable {
  /// Mean loss between neighboring edges of the curve.
  package let losses: [Double]
  /// Loss of the last tenth of the long text, with everything before it as context.
  package let atTheEnd: Double
  /// Loss of the same bytes with no more context than in training.
  package let fromT: Double

  package init(losses: [Double], atTheEnd: Double, fromT: Double) {
    self.losses = losses
    self.atTheEnd = atTheEnd
    self.fromT = fromT
  }

  /// Evaluates a model on a long text and on short ones.
  ///
  /// Between two edges the loss is that of the short texts, as far as these reach; then that of the
  /// long text. Early positions are thus averaged over many texts.
  package init(
    _ model: Transformer, text: [Int32], shortTexts: [[Int32]], edges: [Int], trainedLength T: Int
  ) {
    let n = text.count - 1
    let (long, short) = (model.lossByPosition([text]), model.lossByPosition(shortTexts))
    // Of each piece the first half is context and the second half is scored.
    let tail = (n * 9 / 10)..<n
    let pieces = stride(from: tail.lowerBound - T / 2, through: tail.upperBound - T, by: T / 2).map
    {
      Array(text[$0...($0 + T)])
    }
    self.init(
      losses: zip(edges, edges.dropFirst()).map { start, end in
        (end <= short.length ? short : long).mean(of: start..<end)
      },
      atTheEnd: long.mean(of: tail),
      fromT: model.lossByPosition(pieces).mean(of: T / 2..<T))
  }

  /// 1 where the longer context costs nothing.
  package var ratio: Double { atTheEnd / fromT }
}

/// Section "Which positions work far beyond the trained length?".
extension HundredThousandLesson {
  package typealias PositionCurves = Keyed<PositionChoice, PositionCurve>

  func comparePositions(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus
  ) throws {
    let (T, n) = (experiment.comparisonSchedule.length, experiment.longest)
    notebook.heading("Which positions work far beyond the trained length?")
    notebook.say(
      """
      Lesson 3 went to sixteen times the trained length. Here it is \(n / T) times. Each scheme is \
      trained on texts of T = \(T) bytes, in a model with the same windows and the same global \
      layer. Then it is evaluated on \(Quantity.count.text(Double(n))) bytes. Learned positions \
      cannot be compared here: they have no vectors beyond the trained positions.
      """)
    let trained = try notebook.step(
      "train-position-schemes",
      "Train one model per scheme, on the same text and with the same seed"
    ) {
      try Keyed<PositionChoice, TrainedModel> {
        try notebook.train(
          $0.name, experiment.configuration($0), experiment.comparisonSchedule, on: book)
      }
    }
    let edges = curveEdges(upTo: n)
    let choices = PositionChoice.allCases
    let curves = try notebook.step(
      "evaluate-position-schemes",
      "Evaluate \(Quantity.count.text(Double(n))) bytes with each model"
    ) {
      try PositionCurves { choice in
        notebook.progress(
          done: choices.firstIndex(of: choice) ?? 0, total: choices.count, detail: choice.name)
        return try curve(trained[choice].model, notebook, experiment, book, edges)
      }
    }
    try draw(notebook, experiment, curves, edges)
    tabulate(notebook, experiment, curves)
    claim(notebook, curves)
  }

  /// 0, then edges from 8 to n, each √2 times the one before.
  private func curveEdges(upTo n: Int) -> [Int] {
    var edges = [0]
    var edge = 8.0
    while Int(edge) < n {
      edges.append(Int(edge))
      edge *= 2.0.squareRoot()
    }
    return edges + [n]
  }

  private func curve(
    _ model: Transformer, _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus,
    _ edges: [Int]
  ) throws -> PositionCurve {
    let n = experiment.longest
    return PositionCurve(
      model, text: try notebook.heldOutWindows(book, length: n, tokenCount: n)[0],
      shortTexts: try notebook.heldOutWindows(
        book, length: experiment.shortTextLength,
        tokenCount: experiment.shortTextCount * experiment.shortTextLength),
      edges: edges, trainedLength: experiment.comparisonSchedule.length)
  }

  private func draw(
    _ notebook: Notebook, _ experiment: Experiment, _ curves: PositionCurves, _ edges: [Int]
  ) throws {
    let middles = zip(edges, edges.dropFirst()).map {
      (Double(max(1, $0)) * Double($1)).squareRoot()
    }
    let n = Quantity.count.text(Double(experiment.longest))
    try notebook.figure(
      "loss-by-position",
      LinePlot(
        title: "Loss by position, from 1 to \(n)",
        x: .log("position (tokens read)"), y: .linear("loss (nats per byte)"),
        series: curves.map {
          Series($0.name, x: middles, y: $1.losses, style: .line, of: $0.concept)
        },
        marks: [.vertical(Double(experiment.comparisonSchedule.length), "T")]),
      caption: """
        The loss of the last tenth of \(n) bytes with all of the text before \
        it, divided by the loss of the same bytes with at most T bytes of context: \(curves.map {
          "\($0.name) \(Quantity.times.text($1.ratio, digits: 3))"
        }.joined(separator: ", ")). Beyond \(Quantity.count.text(experiment.shortTextLength)) the \
        curve comes from one text, whose parts are not equally hard.
        """)
  }

  private func tabulate(
    _ notebook: Notebook, _ experiment: Experiment, _ curves: PositionCurves
  ) {
    notebook.table(
      "schemes",
      columns: ["positions", "with the whole text", "with at most T", "ratio"],
      rows: curves.map {
        [
          $0.name, Quantity.plain.text($1.atTheEnd), Quantity.plain.text($1.fromT),
          Quantity.times.text($1.ratio, digits: 4),
        ]
      },
      caption: """
        Loss in nats per byte of the last tenth of \
        \(Quantity.count.text(Double(experiment.longest))) bytes: with the whole text before it as \
        context, and cut into texts of T bytes.
        """)
  }

  package func claim(_ notebook: Notebook, _ curves: PositionCurves) {
    let chosen = curves[.ropeInWindows]
    // Seeds 1, 2 and 3: 0.9998, 0.9997 and 0.9997; 1.21, 1.24 and 1.38.
    notebook.claim(
      "rope-in-windows-far-over-near",
      "\(PositionChoice.ropeInWindows.name): loss with the whole text divided by loss with at most T",
      chosen.ratio, atMost: 1.02, as: .times)
    notebook.claim(
      "sinusoidal-over-rope-in-windows",
      "Loss with the whole text: sinusoidal divided by \(PositionChoice.ropeInWindows.name)",
      curves[.sinusoidal].atTheEnd / chosen.atTheEnd, atLeast: 1.1, as: .times)
  }
}

extension PositionChoice {
  /// Its color in figures.
  fileprivate var concept: Concept {
    switch self {
    case .sinusoidal: .sinusoidal
    case .none: .noPositions
    case .rope: .rope
    case .alibi: .alibi
    case .ropeInWindows: .ropeInWindows
    }
  }
}
