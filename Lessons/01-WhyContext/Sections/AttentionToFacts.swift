import Corpora
import Foundation
import LessonKit
import Plotting
import TensorCore

/// The section "How a look-up works": by hand, and in the attention of a trained reader.
extension WhyContextLesson {
  func showAttention(_ notebook: Notebook, _ experiment: Experiment, _ readers: [Reader]) throws {
    notebook.heading("How a look-up works")
    notebook.say(
      """
      The question “what is E?” makes a query vector. Each sentence before it has a key vector \
      and a value vector. The key of the sentence “E=3” fits the query best, so it gets the \
      largest score, the softmax gives it most of the attention, and its value vector carries \
      “3” into the answer:
      """)
    notebook.formula(
      #"""
      a_i = \frac{e^{s_i}}{\sum_j e^{s_j}} \tag{3}
      o = \sum_i a_i v_i \tag{4}
      """#,
      legend: """
        s the score of each sentence: the dot product of the query and its key, divided by the \
        root of the head's width; a its share of the attention; v its value vector; o what the \
        head reads
        """)
    let gap = 5.0
    notebook.example(
      "By hand: one score of \(Quantity.plain.text(gap)) among zeros",
      columns: ["sentences n", "sum of all $`e^s`$", "share of the right one"],
      rows: experiment.storyLengths.map { n in
        let sum = exp(gap) + Double(n - 1)
        return [
          "\(n)", "$`e^{\(Quantity.plain.text(gap))}`$ + \(n - 1) = \(Quantity.plain.text(sum))",
          Quantity.percent.text(exp(gap) / sum, digits: 3),
        ]
      },
      result: """
        The same score is worth less in a longer story, because more sentences share the rest. \
        To keep its share, a head needs larger scores as the text grows.
        """)
    notebook.say(
      """
      A chain needs two look-ups, one after the other: the first finds the link and reads the \
      friend's name, the second uses that name as its query. So it needs two layers.
      """)
    try drawLookUps(notebook, experiment, readers[0])
  }

  private func drawLookUps(
    _ notebook: Notebook, _ experiment: Experiment, _ reader: Reader
  ) throws {
    let task = experiment.task
    let length = experiment.shownLength
    var generator = SeededGenerator(seed: notebook.seed, stream: "a story to look at")
    let story = task.story(length: length, people: experiment.people(in: length), &generator)
    let chain = task.question(.chain, about: story, &generator)
    guard case .valueOfFriend(let name) = chain else {
      preconditionFailure("a question for a chain is \(chain)")
    }
    func question(_ kind: FactStory.QuestionKind) -> (text: String, question: FactStory.Question) {
      switch kind {
      case .oneFact: ("what is \(letter(name))?", .value(of: name))
      case .chain: ("what is \(letter(name))'s friend?", chain)
      case .count: ("how many are 0?", .count(of: 0))
      }
    }
    let looks = notebook.step(
      "attention", "Ask three questions about one story and keep the attention of every head"
    ) {
      Keyed<FactStory.QuestionKind, Look> { kind in
        let asked = question(kind).question
        return Look(
          heads: reader.attention(to: story, asked),
          isRight: reader.answer(asked, after: story) == task.answer(asked, from: story))
      }
    }
    try notebook.figure(
      "look-up",
      lookUpMaps(
        story, headsPerLayer: experiment.configuration.headCount,
        looks.map { kind, look in (question(kind).text, look.heads) }),
      caption: caption(
        story, name, looks, headsPerLayer: experiment.configuration.headCount))
  }

  private struct Look: Codable {
    let heads: [[Float]]
    let isRight: Bool
  }

  /// Gives the largest attention that a head puts on what is needed, and whether the answers were
  /// right.
  private func caption(
    _ story: [FactStory.Sentence], _ name: Int, _ looks: Keyed<FactStory.QuestionKind, Look>,
    headsPerLayer: Int
  ) -> String {
    func most(_ kind: FactStory.QuestionKind, _ isWanted: (FactStory.Sentence) -> Bool) -> String {
      guard let index = story.firstIndex(where: isWanted) else { return "" }
      let shares = looks[kind].heads.map { $0[index] }
      guard let head = shares.indices.max(by: { shares[$0] < shares[$1] }) else { return "" }
      return "\(label(story[index])) \(Quantity.percent.text(Double(shares[head]), digits: 2)) in "
        + headName(head, perLayer: headsPerLayer)
    }
    func isLink(_ sentence: FactStory.Sentence) -> Bool {
      if case .link(name, _) = sentence { true } else { false }
    }
    var friend = -1
    for case .link(name, let to) in story { friend = to }
    func isFact(of person: Int) -> (FactStory.Sentence) -> Bool {
      { if case .fact(person, _) = $0 { true } else { false } }
    }
    let verdicts = looks.map { kind, look in
      "\(kind.rawValue) \(look.isRight ? "right" : "wrong")"
    }
    return """
      One reader, one story. \(letter(name))=value is a fact, \(letter(name))→friend is a link, a \
      dot is filler; L1H2 is the second head of the first layer. The largest share that a head \
      gives to the sentences needed: one fact: \(most(.oneFact, isFact(of: name))); chain: \
      \(most(.chain, isLink)), \(most(.chain, isFact(of: friend))). Answers: \
      \(verdicts.joined(separator: ", ")).
      """
  }
}
