import Corpora
import LessonKit
import Plotting
import TensorCore

/// The section "Where the model looks": the attention of a question to the story.
extension WhyContextLesson {
  func showAttention(_ notebook: Notebook, _ experiment: Experiment, _ reader: Reader) throws {
    notebook.heading("Where the model looks")
    let task = experiment.task
    let length = experiment.shownLength
    var generator = SeededGenerator(seed: notebook.seed, stream: "a story to look at")
    let story = task.story(length: length, people: experiment.people(in: length), &generator)
    let chain = task.question(.chain, about: story, &generator)
    guard case .valueOfFriend(let name) = chain else { return }
    func question(_ kind: FactStory.QuestionKind) -> (text: String, question: FactStory.Question) {
      switch kind {
      case .oneFact: ("what is \(letter(name))?", .value(of: name))
      case .chain: ("what is \(letter(name))'s friend?", chain)
      case .count: ("how many are 0?", .count(of: 0))
      }
    }
    let attention = notebook.step(
      "attention", "Ask three questions about one story and keep the attention of every head"
    ) {
      Keyed<FactStory.QuestionKind, [[Float]]> { kind in
        reader.attention(to: story, question(kind).question)
      }
    }
    try notebook.figure(
      "look-up",
      attentionMaps(
        story, attention, headsPerLayer: experiment.configuration.headCount
      ) { question($0).text },
      caption: caption(story, name, attention[.oneFact]))
  }

  /// One map per question: rows are sentences and columns are heads, layer by layer.
  private func attentionMaps(
    _ story: [FactStory.Sentence], _ attention: Keyed<FactStory.QuestionKind, [[Float]]>,
    headsPerLayer: Int, text: (FactStory.QuestionKind) -> String
  ) -> HeatMapSheet {
    HeatMapSheet(
      title: "Attention of the question, by head",
      maps: attention.map { kind, heads in
        HeatMap(
          title: text(kind),
          values: (0...story.count).flatMap { sentence in heads.map { $0[sentence] } },
          rows: story.count + 1, columns: heads.count,
          xLabel: "layer, \(headsPerLayer) heads each", yLabel: "sentence",
          xTicks: stride(from: 0, to: heads.count, by: headsPerLayer).map {
            Tick(Double($0) + Double(headsPerLayer - 1) / 2, "\($0 / headsPerLayer + 1)")
          },
          yTicks: (story.map(label) + ["?"]).enumerated().map { Tick(Double($0), $1) },
          barLabel: "attention", valueRange: 0...1)
      })
  }

  /// Gives the largest attention that a head puts on the fact that is needed.
  private func caption(
    _ story: [FactStory.Sentence], _ name: Int, _ heads: [[Float]]
  ) -> String {
    let index = story.firstIndex {
      if case .fact(name, _) = $0 { true } else { false }
    }
    guard let index, let best = heads.map({ $0[index] }).max() else { return "" }
    return """
      \(letter(name))=value is a fact, \(letter(name))→friend is a link, a dot is filler. When the \
      question asks for one fact, one head puts \(Quantity.percent.text(Double(best), digits: 2)) \
      of its attention on the sentence with that fact, \(label(story[index])), wherever the \
      sentence is.
      """
  }

  private func letter(_ name: Int) -> String {
    String(UnicodeScalar(UInt8(ascii: "A") + UInt8(name % 26)))
  }

  private func label(_ sentence: FactStory.Sentence) -> String {
    switch sentence {
    case .fact(let name, let value): "\(letter(name))=\(value)"
    case .link(let from, let to): "\(letter(from))→\(letter(to))"
    case .filler: "·"
    }
  }
}
