import Autograd
import Corpora
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// The exercises whose functions this lesson can call: a step of decoding, and a test with one
/// needle.
extension HundredThousandLesson {
  public static var runsWith: [String] { [decodeStep.exercise, needleTest.exercise] }

  static let decodeStep = LearnerFunction<DecodeCall, [[[Float]]]>("decode-step")

  static let needleTest = LearnerFunction<NeedleCall, NeedleAnswer>("needle-test")

  /// Runs the learner's needle test on the trained model, if the run has it.
  ///
  /// The function is called twice. First it says what it would ask; the model answers; then it
  /// counts the right answers.
  func runLearnersTest(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ model: Transformer
  ) throws {
    guard let learners = notebook.learners(Self.needleTest) else { return }
    notebook.say(
      """
      Your function makes the prompts and counts the answers; the model is the one that was \
      trained above, with scores as trained. Each prompt has one fact, in the same held-out part \
      of the book.
      """)
    notebook.showLearners(Self.needleTest)
    let lengths = Array(experiment.recallLengths.prefix(3))
    let depths = [0, 0.25, 0.5, 0.75, 1]
    let accuracy = try notebook.step(
      "learners-needles", "Run your needle test with the trained model"
    ) {
      var call = NeedleCall(
        haystack: book.bytes[book.heldOut].prefix(lengths.max() ?? 0).map(Int.init),
        needles: experiment.task.needles, lengths: lengths, depths: depths, prompts: [],
        answers: [])
      let tokens = 0..<experiment.task.vocabularyCount
      let questions = try learners(call) { answer in
        answer.asked.count <= call.needles.count * lengths.count * depths.count
          && answer.asked.allSatisfy {
            lengths.contains($0.count) && $0.allSatisfy(tokens.contains)
          }
      }.asked
      call.prompts = questions
      call.answers = questions.enumerated().map { index, prompt in
        notebook.progress(done: index, total: questions.count, detail: "\(prompt.count) tokens")
        return experiment.task.answer(of: model, to: prompt.map(Int32.init))
      }
      return try learners(call) {
        $0.asked.isEmpty && $0.accuracy.count == lengths.count
          && $0.accuracy.allSatisfy {
            $0.count == depths.count && $0.allSatisfy((0...1).contains)
          }
      }.accuracy
    }
    try notebook.figure(
      "learners-needles",
      HeatMap(
        title: "Your needle test", values: accuracy.joined().map(Float.init), rows: lengths.count,
        columns: depths.count, xLabel: "depth (0 is the start)", yLabel: "tokens",
        xTicks: depths.enumerated().map {
          Tick(Double($0), Quantity.percent.text($1, digits: 2))
        },
        yTicks: lengths.enumerated().map { Tick(Double($0), Quantity.count.text(Double($1))) },
        barLabel: "share of right answers", valueRange: 0...1,
        cellTexts: accuracy.joined().map { "\(Int((100 * $0).rounded()))" }),
      caption: """
        The share of right answers, in percent, as your function counts it. \
        \(experiment.task.needles.count) facts were asked for at each length and depth; chance is \
        \(Quantity.percent.text(experiment.task.chance, digits: 3)).
        """)
  }
}

extension HundredThousandLesson {
  /// Decodes the beginning of the long text with the learner's function, if the run has it: the
  /// attention of the global layer, token by token.
  func decodeWithLearners(_ notebook: Notebook, _ longText: LongTextResult) throws {
    guard let learners = notebook.learners(Self.decodeStep) else { return }
    let (views, whole) = longText.heads
    var problem = whole
    let length = min(64, whole.queryLength)
    (problem.queryLength, problem.keyLength) = (length, length)
    notebook.say(
      """
      Your `decoded` attends for the first \(length) tokens of the text, one after the other, in \
      each of the \(problem.headCount) heads of the global layer. It gets the queries, keys and \
      values that the model computed.
      """)
    notebook.showLearners(Self.decodeStep)
    let difference = try notebook.step(
      "learners-decode", "Decode \(length) tokens with your function"
    ) {
      let backend = notebook.backend
      func rows(_ view: HeadView, _ count: Int) -> [[[Float]]] {
        view.rows(length: length, headCount: count, headDim: problem.headDim, on: backend)
      }
      // The function divides by √headDim; the model scales its scores in another way.
      let factor = problem.scale * Float(problem.headDim).squareRoot()
      let queries = rows(views.queries, problem.headCount)
      let keys = rows(views.keys, problem.kvHeadCount)
      let values = rows(views.values, problem.kvHeadCount)
      let call = DecodeCall(
        heads: queries.enumerated().map { head, own in
          HeadRows(
            queries: own.map { $0.map { $0 * factor } }, keys: keys[problem.kvHead(of: head)],
            values: values[problem.kvHead(of: head)])
        })
      let found = try learners(call) { heads in
        heads.count == problem.headCount
          && heads.allSatisfy { $0.count == length }
          && heads.joined().allSatisfy { $0.count == problem.headDim }
      }
      let output = backend.empty([1, problem.headCount, length, problem.headDim], .workspace)
      backend.attention(
        AttentionOperands(
          queries: views.queries, keys: views.keys, values: views.values,
          output: HeadView(headMajor: output),
          logSumExp: backend.empty([1, problem.headCount, length], .workspace)), problem)
      return largestAbsoluteDifference(found.joined().flatMap { $0 }, backend.read(output))
    }
    notebook.claim(
      "learners-decode-difference",
      "The output of your step differs by at most {} from that of the engine's kernel", difference,
      atMost: 1e-4, from: .smoke, kind: .exact)
  }
}

/// The tokens of one head in order, `[token][element]`.
struct HeadRows: Encodable {
  let queries: [[Float]]
  let keys: [[Float]]
  let values: [[Float]]
}

/// Several heads. The answer has the output of each token of each head.
struct DecodeCall: Encodable {
  let heads: [HeadRows]
}

extension PlantedFacts {
  /// One fact for each key, with different values.
  fileprivate var needles: [NeedleTokens] {
    (0..<keyCount).map { key in
      let value = key * 5 % valueCount
      return NeedleTokens(
        tokens: [Int(statement(key: key, value: value))], question: [Int(question(key: key))],
        answer: Int(answer(value: value)))
    }
  }

  /// The most likely of the possible answers after a prompt.
  fileprivate func answer(of model: Transformer, to prompt: [Int32]) -> Int {
    let tape = Tape(model.backend, isRecording: false)
    let logits = model.logits(prompt, batch: 1, tape: tape).value
    let rows = logits.reshaped([prompt.count, vocabularyCount])
    let last = model.backend.read(rows.slice(prompt.count - 1..<prompt.count))
    return answers.max { last[$0] < last[$1] } ?? -1
  }
}

/// A needle test. `answers` are those of the model to `prompts`.
struct NeedleCall: Encodable {
  let haystack: [Int]
  let needles: [NeedleTokens]
  let lengths: [Int]
  let depths: [Double]
  var prompts: [[Int]]
  var answers: [Int]
}

struct NeedleTokens: Encodable {
  let tokens: [Int]
  let question: [Int]
  let answer: Int
}

/// The shares of right answers, `[length][depth]`, and the prompts that had no answer yet.
struct NeedleAnswer: Decodable {
  let accuracy: [[Double]]
  let asked: [[Int]]
}
