import Corpora
import SmallTransformer
import TensorCore

/// The vector with which a sentence or a question enters the model: the sum of the vectors of its
/// words, each in its role, so that the model need not learn which sentences name the same person.
package struct SentenceEmbedding {
  /// A word in its role. The name of its case selects the random stream of its vector.
  private enum Role: Hashable {
    case subject(Int), object(Int), value(Int), filler(Int)
    case says(String)
  }

  private let task: FactStory
  private let width: Int

  package init(_ task: FactStory, width: Int) {
    self.task = task
    self.width = width
  }

  /// For a model's configuration: one vector per token of the task.
  package var fixed: FixedEmbedding {
    let table = table
    return FixedEmbedding(identity: "words of \(task.identity), width \(width)") { token in
      table[token] ?? []
    }
  }

  /// The vector of every token, `[width]` each.
  private var table: [Int: [Float]] {
    var table: [Int: [Float]] = [:]
    func add(_ token: Int32, _ roles: Role...) { table[Int(token)] = sum(roles) }
    for name in 0..<task.nameCount {
      for value in 0..<task.valueCount {
        add(task.token(.fact(name: name, value: value)), .subject(name), .value(value), .says("is"))
      }
      for friend in 0..<task.nameCount {
        add(
          task.token(.link(from: name, to: friend)), .subject(name), .object(friend),
          .says("friend"))
      }
      add(task.token(.value(of: name)), .subject(name), .says("what?"))
      add(task.token(.friend(of: name)), .subject(name), .says("who is the friend?"))
      add(task.token(.valueOfFriend(of: name)), .subject(name), .says("what is the friend?"))
    }
    for value in 0..<task.valueCount {
      add(task.token(.count(of: value)), .value(value), .says("how many?"))
    }
    for number in 0..<task.fillerCount { add(task.token(.filler(number)), .filler(number)) }
    return table
  }

  private func sum(_ roles: [Role]) -> [Float] {
    roles.reduce([Float](repeating: 0, count: width)) { sum, role in
      var generator = SeededGenerator(seed: 0, stream: "role \(role)")
      return sum.map { $0 + (generator.uniform() < 0.5 ? -1 : 1) }
    }
  }
}
