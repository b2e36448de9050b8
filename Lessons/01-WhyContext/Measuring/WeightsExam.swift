import Corpora
import LessonKit
import SmallTransformer
import TensorCore

/// How often a model that was trained on a story is right about it without context, and about other
/// stories that stand in its context.
package struct WeightsScore: Codable {
  package var own: Keyed<FactStory.QuestionKind, Score>
  /// Questions for one fact about other stories, in the context.
  package var others = Score()

  package init(own: Keyed<FactStory.QuestionKind, Score>, others: Score) {
    self.own = own
    self.others = others
  }
}

/// The scores of one seed at each examined step, summed over its stories.
package struct WeightsCurve: Codable {
  package let steps: [Int]
  package var scores: [WeightsScore]
  /// For each story, the first step after which the model knew all of its facts and links; NaN if
  /// there is none.
  package var learnedAfter: [Double]
  /// The scores at that step, summed over the stories that the model learned; nil if there is none.
  package var whenLearned: WeightsScore?
  /// Chains in those stories, and how many the value answers that most facts of the story state:
  /// what a model that follows no link can reach.
  package var mostFrequentValue: Score

  package init(
    steps: [Int], scores: [WeightsScore] = [], learnedAfter: [Double] = [],
    whenLearned: WeightsScore? = nil, mostFrequentValue: Score = Score()
  ) {
    self.steps = steps
    self.scores = scores
    self.learnedAfter = learnedAfter
    self.whenLearned = whenLearned
    self.mostFrequentValue = mostFrequentValue
  }

  package func accuracy(_ kind: FactStory.QuestionKind) -> [Double] {
    scores.map { $0.own[kind].accuracy }
  }

  package var others: [Double] { scores.map(\.others.accuracy) }

  /// The share of right answers at the step after which everything was known; NaN if nothing was.
  package func accuracyWhenLearned(_ kind: FactStory.QuestionKind) -> Double {
    whenLearned?.own[kind].accuracy ?? .nan
  }
}

extension Reader {
  /// Every question that a story answers, asked without context.
  func scoresWithoutContext(
    _ story: [FactStory.Sentence]
  ) -> Keyed<FactStory.QuestionKind, Score> {
    let questions = task.questions(about: story)
    return Keyed { kind in
      score(
        questions.filter { $0.kind == kind }.map {
          ExamQuestion(
            context: [], question: $0, answer: task.answer($0, from: story) ?? -1, isCovered: false,
            isGuessed: false)
        })
    }
  }

  /// Trains a model on each of some stories: a copy of this reader, or a new one.
  func curve(
    training: TextTraining, stories: [[FactStory.Sentence]], others: [ExamQuestion],
    model: (Int) -> Transformer
  ) throws -> WeightsCurve {
    var curve = WeightsCurve(steps: [0] + training.examinedSteps)
    for (index, story) in stories.enumerated() {
      let student = Reader(model: model(index), task: task)
      let pairs = TextPairs(story, task)
      let (scores, learned) = try training.run(student.model, on: pairs) {
        WeightsScore(own: student.scoresWithoutContext(story), others: student.score(others))
      } knowsAll: {
        student.knows(pairs)
      }
      curve.scores = curve.scores.isEmpty ? scores : zip(curve.scores, scores).map(+)
      curve.learnedAfter.append(learned.map { Double($0.step) } ?? .nan)
      guard let exam = learned?.exam else { continue }
      curve.whenLearned = curve.whenLearned.map { $0 + exam } ?? exam
      curve.mostFrequentValue = curve.mostFrequentValue + task.chainsByMostFrequentValue(story)
    }
    return curve
  }

  private func knows(_ pairs: TextPairs) -> Bool {
    let asked = zip(pairs.questions, pairs.answers).map {
      ExamQuestion(context: [], question: $0, answer: $1, isCovered: false, isGuessed: false)
    }
    return score(asked).right == asked.count
  }
}

extension FactStory {
  /// Every question of an exam that a story answers.
  fileprivate func questions(about story: [Sentence]) -> [Question] {
    story.compactMap { sentence in
      switch sentence {
      case .fact(let name, _): .value(of: name)
      case .link(let from, _): .valueOfFriend(of: from)
      case .filler: nil
      }
    } + (0..<valueCount).map { .count(of: $0) }
  }

  /// The chains of a story, and how many of them the value answers that most of its facts state.
  package func chainsByMostFrequentValue(_ story: [Sentence]) -> Score {
    let chains = questions(about: story).filter { $0.kind == .chain }
    return Score(
      asked: chains.count,
      right: chains.count { answer($0, from: story) == bestGuess($0, from: story) })
  }
}

extension WeightsScore {
  static func + (a: WeightsScore, b: WeightsScore) -> WeightsScore {
    WeightsScore(own: Keyed { a.own[$0] + b.own[$0] }, others: a.others + b.others)
  }
}
