import Corpora
import LessonKit
import TensorCore

/// A short story, and which of its sentences each method shows, for the drawing.
struct ShownStory {
  struct Row {
    let name: String
    let method: Method
    let shown: Set<Int>
  }

  let story: [FactStory.Sentence]
  let needed: Set<Int>
  let rows: [Row]
  /// The letters of a person with a friend, of the friend, and the friend's value.
  let friendOf: String
  let friend: String
  let value: String

  /// A story in which two rounds of retrieval find what one round misses.
  init(_ experiment: Experiment, seed: UInt64) throws {
    let task = experiment.task
    var generator = SeededGenerator(seed: seed, stream: "a story to draw")
    let vectors = WordVectors()
    var found: ShownStory?
    repeat {
      let story = task.story(
        length: experiment.drawnLength, people: experiment.drawnPeople, &generator)
      let chain = task.question(.chain, about: story, &generator)
      found = try ShownStory(
        story, chain, task, budget: experiment.budget, vectors, &generator)
    } while found == nil
    guard let found else { preconditionFailure("a story was found") }
    self = found
  }

  /// Nil if the truncated window, a summary or one round of retrieval happens to show both sentences
  /// of the chain, or two rounds do not.
  private init?(
    _ story: [FactStory.Sentence], _ chain: FactStory.Question, _ task: FactStory, budget: Int,
    _ vectors: WordVectors, _ generator: inout SeededGenerator
  ) throws {
    guard case .valueOfFriend(let name) = chain,
      let link = story.firstIndex(where: { if case .link(name, _) = $0 { true } else { false } }),
      case .link(_, let friend) = story[link],
      let fact = story.firstIndex(where: { if case .fact(friend, _) = $0 { true } else { false } }),
      case .fact(_, let value) = story[fact]
    else { return nil }
    var rows: [Row] = []
    for method in Method.allCases.reversed() {
      let context = try method.context(of: story, for: chain, budget: budget, vectors, &generator)
      // Filler can repeat; the context has the order of the story.
      var rest = story.indices[...]
      let shown = context.compactMap { sentence in
        let place = rest.firstIndex { story[$0] == sentence }
        if let place { rest = rest[(place + 1)...] }
        return place
      }
      rows.append(Row(name: method.name, method: method, shown: Set(shown)))
    }
    needed = [link, fact]
    let complete = rows.filter { $0.shown.isSuperset(of: [link, fact]) }.map(\.method)
    guard Set(complete) == [.whole, .twoRounds] else { return nil }
    (self.story, self.rows) = (story, rows)
    (friendOf, self.friend, self.value) = (letter(name), letter(friend), "\(value)")
  }
}

/// The letter of a person on the page.
func letter(_ name: Int) -> String {
  String(UnicodeScalar(UInt8(ascii: "A") + UInt8(name % 26)))
}

/// "A=2", "A→B" or a dot.
func label(_ sentence: FactStory.Sentence) -> String {
  switch sentence {
  case .fact(let name, let value): "\(letter(name))=\(value)"
  case .link(let from, let to): "\(letter(from))→\(letter(to))"
  case .filler: "·"
  }
}
