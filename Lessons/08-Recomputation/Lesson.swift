import Corpora
import LessonKit
import SmallTransformer

/// Lesson 8: what a training step must remember, and what it can compute again.
public struct RecomputationLesson: Lesson {
  public static let card = LessonCard(
    number: 8, slug: "recomputation", title: "Recomputation",
    question: "Must a model remember everything it computed in order to learn from it?",
    papers: Papers.all, after: ["cost"],
    builds: "a tape that forgets on purpose, policies for it, and the curve of bytes against time",
    standardSeconds: 30)

  public init() {}

  public func teach(_ notebook: Notebook) throws {
    let experiment = Experiment(scale: notebook.scale)
    let book = try notebook.book()
    introduce(notebook)
    plainVersion(notebook)
    realVersion(notebook, experiment)
    try trainTwice(notebook, experiment, book)
    try compareGradients(notebook, experiment, book)
    let bench = try notebook.bench(
      experiment.configuration(layerCount: experiment.depth), experiment, book)
    let measurements = try comparePolicies(notebook, experiment, bench)
    try showTimeline(notebook, experiment, measurements)
    try growDeeper(notebook, experiment, book)
    revolve(notebook, experiment)
    try lookInsideAttention(notebook, experiment, book)
    close(notebook)
  }

  private func introduce(_ notebook: Notebook) {
    notebook.say(
      """
      The gradient of a layer needs what the layer was given. So a training step remembers, from \
      the first layer to the last, nearly everything it computes, and gives it back on the way \
      home. At a long context this, and not the weights, is what fills the memory. But what was \
      computed once can be computed again: **how much memory does a second computation buy, and \
      what does it cost?**
      """)
  }

  private func plainVersion(_ notebook: Notebook) {
    notebook.heading("A chain, and a hole in its memory")
    notebook.say(
      """
      Start with a chain of n one-number layers. The usual way remembers all n inputs. Chen's way \
      remembers every k-th; when the gradient arrives at a segment, its k layers are computed again \
      from the remembered one, used, and forgotten.
      """)
    notebook.formula(
      "remembered(k) = n/k − 1 + k\n  computed(k) = 2n − k",
      legend: """
        n layers, segments of k. The last segment is not computed twice: its gradient comes first, \
        at once. The sum is least at k = √n, where about 2√n inputs are enough.
        """)
    notebook.show("gradient", in: "NaiveChain.swift")
    let length = 64
    let results = notebook.step(
      "Backpropagate through \(length) layers, remembering every k-th input"
    ) {
      [1, 2, 4, 8, 16, 32, 64].map { k in
        var chain = NaiveChain(length: length)
        return (k: k, gradient: chain.gradient(at: 0.7, keepingEvery: k), chain: chain)
      }
    }
    notebook.table(
      "plain-chain", columns: ["k", "remembered", "computed", "gradient"],
      rows: results.map { k, gradient, chain in
        [
          "\(k)", "\(chain.mostRemembered)", "\(chain.evaluations)",
          Quantity.plain.text(gradient, digits: 8),
        ]
      },
      caption: """
        Inputs remembered at most, and layers computed, of \(length): fewer of the one, up to twice \
        as many of the other, the same gradient.
        """)
    let whole = results[results.count - 1]
    notebook.claim(
      "Values of k whose gradient differs from the usual one's in any bit",
      Double(results.count { $0.gradient.bitPattern != whole.gradient.bitPattern }), equals: 0,
      from: .smoke, as: .count)
    notebook.claim(
      "The k that remembers least",
      results.min { $0.chain.mostRemembered < $1.chain.mostRemembered }.map { Double($0.k) },
      equals: Double(length).squareRoot(), from: .smoke, as: .count)
  }

  private func realVersion(_ notebook: Notebook, _ experiment: Experiment) {
    notebook.heading("A tape that forgets on purpose")
    notebook.say(
      """
      In the engine every operation leaves a record on a tape, and the record holds the tensors \
      that its gradient needs. A recomputation scope runs its body on a second tape that keeps no \
      records, and leaves one record of its own: *run the body again, this time for good*. The \
      input lives on because the body holds it; nothing else does.
      """)
    notebook.show("recomputing", in: "Sources/Autograd/Recomputation.swift")
    notebook.notice(
      "Dropout must drop the same numbers again",
      """
      A layer that is computed twice must compute the same thing twice. Most frameworks keep the \
      state of the random generator and set it back. Here no state is needed: whether a number is \
      dropped is a hash of seed, step, place in the model and element. That also means that no \
      mask is ever stored, not even for the usual backward pass.
      """)
    notebook.show("keeps", in: "Sources/TensorCore/DropoutMask.swift")
    notebook.say(
      """
      A policy cuts the layers of a transformer into pieces that are kept and pieces that are \
      computed again. That is the whole change to the model; a piece may hold pieces, which is what \
      Revolve needs further down.
      """)
    notebook.show("run", in: "Sources/SmallTransformer/Model/Transformer.swift")
  }

  private func trainTwice(_ notebook: Notebook, _ experiment: Experiment, _ book: Corpus) throws {
    notebook.heading("The same model, trained twice")
    let schedule = experiment.schedule
    notebook.say(
      """
      Two models of \(experiment.trainedDepth) layers with the same seed read the same text \
      (\(book.name)) for \(schedule.stepCount) steps, with a dropout of \
      \(Quantity.percent.text(Double(experiment.rate))). One keeps everything, the other keeps the \
      input of each layer and computes all layers but the last again.
      """)
    let runs = try notebook.step("Train, keeping all; train again, recomputing every layer") {
      try experiment.trainedPolicies.map { policy in
        try notebook.losses(of: experiment, under: policy, on: book)
      }
    }
    if let first = runs[0].first, let last = runs[0].last {
      notebook.measure("Loss of the first step, in nats a byte", first)
      notebook.measure("Loss of the last step, in nats a byte", last)
    }
    notebook.claim(
      "Steps whose loss differs in any bit",
      Double(zip(runs[0], runs[1]).count { $0.0.bitPattern != $0.1.bitPattern }), equals: 0,
      from: .smoke, as: .count)
  }

  private func compareGradients(_ notebook: Notebook, _ experiment: Experiment, _ book: Corpus)
    throws
  {
    notebook.say(
      """
      That was one policy against another. Now every policy, with both kinds of attention that you \
      meet below, number by number.
      """)
    let counts = try notebook.step("The gradient of every weight, under every policy, bit by bit") {
      try [AttentionKind.tiled, .naive].map { attention in
        let bench = try notebook.bench(experiment.trained(attention), experiment, book)
        let kept = bench.gradientBits(.keepAll)
        let policies = experiment.policies(layerCount: experiment.trainedDepth).dropFirst()
        return policies.reduce(0) { $0 + differingNumbers(kept, bench.gradientBits($1)) }
      }
    }
    notebook.claim(
      "Numbers of a gradient that differ from keep-all's, all policies and both kinds of attention",
      Double(counts.reduce(0, +)), equals: 0, from: .smoke, as: .count)
  }

  private func close(_ notebook: Notebook) {
    notebook.heading("What to take with you")
    notebook.say(
      """
      - Recomputation changes no number. If your gradients change when you switch it on, something \
      random was not made the same again.
      - The bill is at most one more forward pass, about a third of a step, whichever segment \
      length you choose; only Revolve spends more, to go below it.
      - Count what one layer keeps before you choose a policy. √n is right where a layer keeps as \
      much as its input; a transformer's layer keeps many times that, and the best segments are \
      shorter.
      - Selective recomputation was made for a score matrix that today's attention does not store.
      """)
    notebook.notice(
      "What is different here from the papers",
      """
      Numbers have four bytes here and two in Korthikanti's count; dropout masks take no byte here \
      and one there. The time is that of a small model on a CPU, where a layer's forward pass and \
      its backward pass stand in nearly the same relation as on a GPU, but nothing overlaps with \
      anything.
      """)
  }
}
