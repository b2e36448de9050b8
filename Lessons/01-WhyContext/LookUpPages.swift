import Corpora
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// Where the reader looks when it is asked.
extension WhyContextLesson {
  func lookUp(_ notebook: Notebook, _ experiment: Experiment, _ reader: Examiner) throws {
    notebook.heading("The look-up, seen")
    let task = experiment.task
    let length = 16
    var generator = SeededGenerator(seed: notebook.seed, stream: "a story to look at")
    let story = task.story(
      length: length, people: experiment.people(in: length), &generator)
    let chain = task.question(.chain, about: story, &generator)
    guard case .valueOfFriend(let name) = chain else { return }
    let questions: [(text: String, question: FactStory.Question)] = [
      ("what is \(letter(name))?", .value(of: name)),
      ("what is \(letter(name))'s friend?", chain),
      ("how many are 0?", .count(of: 0)),
    ]
    let maps = notebook.step("Ask one story three questions, and keep every head's attention") {
      questions.map { text, question in
        reader.attention(to: story, question).map { head in (text: text, weights: head) }
      }
    }
    let heads = maps[0].count
    try notebook.figure(
      "look-up",
      HeatMap(
        title: "Where each head looks from the question",
        values: sideBySide(maps.map { $0.map(\.weights) }), rows: length + 1,
        columns: maps.count * (heads + 1) - 1,
        xLabel: "for each question its \(heads) heads, first layer first", yLabel: "sentence",
        xTicks: maps.enumerated().map { index, map in
          Tick(Double(index * (heads + 1)) + Double(heads - 1) / 2, map[0].text)
        },
        yTicks: (story.map(label) + ["?"]).enumerated().map { Tick(Double($0), $1) },
        barLabel: "attention", valueRange: 0...1),
      caption: caption(story, name, maps[0].map(\.weights)))
  }

  /// Each question's heads as columns, an empty column between two questions.
  private func sideBySide(_ questions: [[[Float]]]) -> [Float] {
    questions[0][0].indices.flatMap { sentence in
      Array(questions.map { heads in heads.map { $0[sentence] } }.joined(separator: [.nan]))
    }
  }

  /// The head that looks hardest at the fact, in words.
  private func caption(
    _ story: [FactStory.Sentence], _ name: Int, _ heads: [[Float]]
  ) -> String {
    let place = story.firstIndex {
      if case .fact(name, _) = $0 { true } else { false }
    }
    guard let place, let best = heads.map({ $0[place] }).max() else { return "" }
    return """
      A fact reads \(letter(name))=value, a link \(letter(name))→friend, a dot is filler. Asked for \
      one fact, one head puts \(Quantity.percent.text(Double(best), digits: 2)) of its attention on \
      the sentence that holds it, \(label(story[place])), wherever that stands.
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

extension Examiner {
  /// The last token's attention to every sentence and to itself, for every layer and head.
  func attention(
    to story: [FactStory.Sentence], _ question: FactStory.Question
  ) -> [[Float]] {
    let tokens = story.map(task.token) + [task.token(question)]
    return (0..<model.configuration.layerCount).flatMap { layer in
      model.attentionMaps(tokens, layer: layer).map { Array($0.suffix(tokens.count)) }
    }
  }
}
