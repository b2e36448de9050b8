import Corpora
import LessonKit
import SmallTransformer
import TensorCore

/// The section "What each way costs".
extension WhyContextLesson {
  func compareCosts(
    _ notebook: Notebook, _ experiment: Experiment, _ results: Results,
    fineTuned: [WeightsCurve], own: [WeightsCurve]
  ) {
    notebook.heading("What each way costs")
    notebook.say(
      """
      Accuracy has a price, in FLOPs (a multiply-add is 2): once for the text, and again for each \
      question. The engine's counter counts what models compute. The search of retrieval is counted \
      by its size: a product of the question with every embedding. The keys and values of the \
      sentences that were read are kept in a cache, so a question is one more token. Reading n \
      tokens costs
      """)
    notebook.formula(
      #"""
      F(n) = 2 N n + 4 L d \cdot \frac{n (n + 1)}{2} \tag{2}
      """#,
      legend: """
        N the weights of the matrix products, L the layers, d the width; the second term is \
        attention, which needs two products with each of up to n keys. Lesson 2 derives it
        """)
    let costs = notebook.step("count-costs", "Count FLOPs and bytes of each way") {
      ways(
        experiment, fineTuningSteps: mean(fineTuned.map { mean($0.learnedAfter) }),
        ownSteps: mean(own.map { mean($0.learnedAfter) }), on: notebook.backend)
    }
    let longest = experiment.longest
    func percent(_ share: Double) -> String { Quantity.percent.text(share, digits: 3) }
    func flops(_ count: Double) -> String { Quantity.count.text(count, digits: 3) }
    func row(_ name: String, _ cost: Cost, _ accuracies: [Double]) -> [String] {
      [name, flops(cost.once), flops(cost.perQuestion), Quantity.bytes.text(cost.bytes, digits: 3)]
        + accuracies.map(percent)
    }
    let kinds = FactStory.QuestionKind.allCases
    func learned(_ curves: [WeightsCurve]) -> [Double] {
      kinds.map { kind in mean(curves.map { $0.accuracyWhenLearned(kind) }) }
    }
    notebook.table(
      "costs",
      columns: ["way", "FLOPs once", "per question", "kept"] + kinds.map(\.rawValue),
      rows: Method.allCases.map { method in
        row(
          method.name, costs.methods[method],
          kinds.map { results.accuracy(method, $0, longest) })
      } + [
        row("fine-tuning", costs.fineTuning, learned(fineTuned)),
        row("small model of its own", costs.own, learned(own)),
      ],
      caption: """
        Stories of \(longest) sentences (the trained ones have \(experiment.learnedLength)), mean \
        of \(experiment.seedCount) seeds. Training stops when every fact and link is known. Kept between questions: the KV cache, for retrieval the \
        embeddings, for training the weights. A summary here is made by copying, which costs \
        nothing; a model that writes one would read the whole text once.
        """)
    notebook.claim(
      "reading-formula",
      "Reading \(longest) sentences: FLOPs by the engine's counter minus those of formula (2): {}",
      costs.counted - readingFlops(longest, experiment.configuration), equals: 0, from: .smoke,
      as: .count)
    notebook.say(
      """
      Fine-tuning costs \
      \(Quantity.times.text(costs.fineTuning.once / costs.methods[.whole].once, digits: 3)) what \
      reading the story once costs, and the trained copy takes \
      \(Quantity.times.text(costs.fineTuning.bytes / costs.methods[.whole].bytes, digits: 3)) the \
      bytes of its cache. On each question it saves \
      \(percent(1 - costs.fineTuning.perQuestion / costs.methods[.whole].perQuestion)). For a text \
      of thousands of tokens and a large model the numbers are other ones, but the formula is the \
      same.
      """)
  }

  private struct Ways: Codable {
    var methods: Keyed<Method, Cost>
    var fineTuning: Cost
    var own: Cost
    /// FLOPs of reading the whole story, by the counter.
    var counted: Double
  }

  private func ways(
    _ experiment: Experiment, fineTuningSteps: Double, ownSteps: Double, on backend: any Backend
  ) -> Ways {
    let reader = CountedModel(experiment.configuration, on: backend)
    let own = CountedModel(experiment.ownConfiguration, on: backend)
    let (n, budget) = (experiment.longest, experiment.budget)
    let dim = Double(WordVectors.dim)
    /// A sentence's embedding adds up to four vectors; a search is one product with the store.
    let index = Double(n) * 4 * 2 * dim
    let search = Double(n) * 2 * dim
    let (short, long) = (reader.reading(budget), reader.reading(n))
    let methods = Keyed<Method, Cost> { method in
      switch method {
      case .whole:
        Cost(once: long.flops, perQuestion: reader.answering(after: n), bytes: long.bytes)
      case .truncated, .randomSummary, .ruleSummary:
        Cost(once: short.flops, perQuestion: reader.answering(after: budget), bytes: short.bytes)
      case .retrieval, .twoRounds:
        Cost(
          once: index,
          perQuestion: (method == .retrieval ? 1 : 2) * search + short.flops
            + reader.answering(after: budget), bytes: Double(n) * dim * 4)
      }
    }
    // One pair for each fact, and for each link: half as many.
    let pairs = experiment.people(in: experiment.learnedLength) * 3 / 2
    func training(_ model: CountedModel, _ steps: Double) -> Cost {
      Cost(
        once: steps * model.trainingStep(pairs),
        perQuestion: model.answering(after: 0), bytes: model.weightBytes)
    }
    return Ways(
      methods: methods, fineTuning: training(reader, fineTuningSteps),
      own: training(own, ownSteps), counted: long.flops)
  }
}
