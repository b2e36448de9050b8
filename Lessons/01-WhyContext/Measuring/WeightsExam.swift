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

  package init(steps: [Int], scores: [WeightsScore], learnedAfter: [Double]) {
    self.steps = steps
    self.scores = scores
    self.learnedAfter = learnedAfter
  }

  package func accuracy(_ kind: FactStory.QuestionKind) -> [Double] {
    scores.map { $0.own[kind].accuracy }
  }

  package var others: [Double] { scores.map(\.others.accuracy) }
}

extension Reader {
  /// Every question that a story answers, asked without context.
  func scoresWithoutContext(
    _ story: [FactStory.Sentence]
  ) -> Keyed<FactStory.QuestionKind, Score> {
    let questions: [FactStory.Question] =
      story.compactMap { sentence in
        switch sentence {
        case .fact(let name, _): .value(of: name)
        case .link(let from, _): .valueOfFriend(of: from)
        case .filler: nil
        }
      } + (0..<task.valueCount).map { .count(of: $0) }
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
    var curve = WeightsCurve(
      steps: [0] + training.examinedSteps, scores: [], learnedAfter: [])
    for (index, story) in stories.enumerated() {
      let student = Reader(model: model(index), task: task)
      let pairs = TextPairs(story, task)
      let (scores, learnedAfter) = try training.run(student.model, on: pairs) {
        WeightsScore(own: student.scoresWithoutContext(story), others: student.score(others))
      } knowsAll: {
        student.knows(pairs)
      }
      curve.scores = curve.scores.isEmpty ? scores : zip(curve.scores, scores).map(+)
      curve.learnedAfter.append(learnedAfter.map(Double.init) ?? .nan)
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

extension WeightsScore {
  static func + (a: WeightsScore, b: WeightsScore) -> WeightsScore {
    WeightsScore(own: Keyed { a.own[$0] + b.own[$0] }, others: a.others + b.others)
  }
}
