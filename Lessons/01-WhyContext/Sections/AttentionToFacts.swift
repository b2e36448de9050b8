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
      attentionMap(story, attention) { question($0).text },
      caption: caption(story, name, attention[.oneFact]))
  }

  /// Rows are sentences and columns are heads: the heads of one question, an empty column, then the
  /// heads of the next question.
  private func attentionMap(
    _ story: [FactStory.Sentence], _ attention: Keyed<FactStory.QuestionKind, [[Float]]>,
    text: (FactStory.QuestionKind) -> String
  ) -> HeatMap {
    let headCount = attention[.oneFact].count
    let rows = (0...story.count).flatMap { sentence in
      Array(attention.map { $1.map { $0[sentence] } }.joined(separator: [.nan]))
    }
    return HeatMap(
      title: "Attention of the question, by head", values: rows, rows: story.count + 1,
      columns: attention.keys.count * (headCount + 1) - 1,
      xLabel: "\(headCount) heads per question, first layer first", yLabel: "sentence",
      xTicks: attention.keys.enumerated().map { index, kind in
        Tick(Double(index * (headCount + 1)) + Double(headCount - 1) / 2, text(kind))
      },
      yTicks: (story.map(label) + ["?"]).enumerated().map { Tick(Double($0), $1) },
      barLabel: "attention", valueRange: 0...1)
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
