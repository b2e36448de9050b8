import LessonKit

/// Section "A chain that keeps every k-th input".
extension RecomputationLesson {
  public static var runsWith: [String] { [segments.exercise, chainGradient.exercise] }

  static let segments = LearnerFunction<SegmentsCall, [Range<Int>]>("segments")
  static let chainGradient = LearnerFunction<ChainCall, ChainAnswer>("chain-gradient")

  func reverseChain(_ notebook: Notebook) throws {
    notebook.heading("A chain that keeps every k-th input")
    notebook.say(
      """
      This is Chen's method for a chain of layers that map one number to one number. The gradient \
      of a layer needs its input, so inputs are all that there is to keep.
      """)
    notebook.show(
      "gradient", in: "Technique/NaiveChain.swift", focus: "for layers in segments.reversed()")
    let length = 64
    let learners = notebook.learners(Self.chainGradient)
    notebook.showLearners(Self.chainGradient)
    let results = try notebook.step(
      "reverse-chain", "Backpropagate through \(length) layers, keeping every k-th input"
    ) {
      try [1, 2, 4, 8, 16, 32, length].map { k in
        var chain = NaiveChain(length: length)
        let gradient = chain.gradient(at: 0.7, keepingEvery: k)
        return try ChainResult(k: k, gradient: gradient, chain: chain).computed(by: learners)
      }
    }
    let origin =
      learners == nil
      ? "" : " \"computed\" and \"gradient\" are those of your code, \"kept\" is the lesson's."
    notebook.table(
      "plain-chain", columns: ["k", "kept", "computed", "gradient"],
      rows: results.map {
        [
          "\($0.k)", "\($0.chain.mostKept)", "\($0.evaluations)",
          Quantity.plain.text($0.gradient, digits: 8),
        ]
      },
      caption: """
        The most inputs kept at one time, and layers computed, for a chain of \(length) layers. \
        With smaller segments up to twice the layers are computed, and the gradient stays the \
        same.\(origin)
        """)
    // With k = n nothing is computed twice: usual backpropagation, by the lesson's code.
    var chain = NaiveChain(length: length)
    let usual = chain.gradient(at: 0.7, keepingEvery: length)
    notebook.claim(
      "chain-gradients-differ",
      "For {} values of k the gradient differs from the usual one in any bit",
      Double(results.count { $0.gradient.bitPattern != usual.bitPattern }), equals: 0,
      from: .smoke, as: .count)
    notebook.claim(
      "chain-best-k",
      "The chain of \(length) layers keeps the fewest inputs with k = {}, which is √\(length)",
      results.min { $0.chain.mostKept < $1.chain.mostKept }.map { Double($0.k) },
      equals: Double(length).squareRoot(), from: .smoke, as: .count)
    try runLearnersSegments(
      notebook, length: length, usual: usual, fewest: results.map(\.chain.mostKept).min() ?? 0)
  }

  /// The same chain in the learner's segments, if the run has them.
  private func runLearnersSegments(
    _ notebook: Notebook, length: Int, usual: Double, fewest: Int
  ) throws {
    guard let learners = notebook.learners(Self.segments) else { return }
    notebook.showLearners(Self.segments)
    let (segments, gradient, mostKept) = try notebook.step(
      "learners-segments", "Backpropagate through \(length) layers in your segments"
    ) {
      // In order, without a gap, and all layers.
      let segments = try learners(SegmentsCall(layerCount: length)) { found in
        found.first?.lowerBound == 0 && found.last?.upperBound == length
          && zip(found, found.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound }
      }
      var chain = NaiveChain(length: length)
      let gradient = chain.gradient(at: 0.7, segments: segments)
      return (segments, gradient, chain.mostKept)
    }
    notebook.claim(
      "learners-segments-keep",
      "In your \(segments.count) segments the chain keeps {} inputs; the best k keeps \(fewest)",
      Double(mostKept), atMost: Double(fewest), from: .smoke, as: .count)
    notebook.claim(
      "learners-segments-gradient",
      "In your segments the gradient differs by {} from the usual one",
      abs(gradient - usual), equals: 0, from: .smoke)
  }
}

/// What keeping every k-th input of a chain of layers gave at 0.7.
private struct ChainResult {
  let k: Int
  let gradient: Double
  let evaluations: Int
  let chain: NaiveChain

  init(k: Int, gradient: Double, evaluations: Int? = nil, chain: NaiveChain) {
    (self.k, self.gradient, self.chain) = (k, gradient, chain)
    self.evaluations = evaluations ?? chain.evaluations
  }

  /// The same with the gradient and the count of the learner's code, if there is any.
  func computed(by learners: LearnersCode<ChainCall, ChainAnswer>?) throws -> ChainResult {
    guard let found = try learners?(ChainCall(length: chain.length, x: 0.7, segment: k)) else {
      return self
    }
    return ChainResult(
      k: k, gradient: found.gradient, evaluations: found.evaluations, chain: chain)
  }
}

/// A chain of layers. The answer has its segments.
struct SegmentsCall: Encodable {
  let layerCount: Int
}

/// The chain of `NaiveChain`, of which every `segment`-th input is kept.
struct ChainCall: Encodable {
  let length: Int
  let x: Double
  let segment: Int
}

/// The derivative, and the number of layers that were computed.
struct ChainAnswer: Decodable {
  let gradient: Double
  let evaluations: Int
}
