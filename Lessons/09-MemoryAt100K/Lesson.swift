import Calculator
import LessonKit

/// Lesson 9: what 100,000 tokens cost in bytes, and what makes them fit.
public struct MemoryAt100KLesson: Lesson {
  public static let card = LessonCard(
    number: 9, slug: "memory-at-100k", title: "Memory at 100K",
    question: "Where do the bytes go at 100,000 tokens, and what makes them fit into 80 GB?",
    papers: Papers.all, after: ["flash-tiling", "multi-query", "recomputation"],
    builds: """
      a calculator of memory, every term of it held against bytes really taken, and its answer for \
      published models on a real card
      """,
    standardSeconds: 5)

  public init() {}

  public func teach(_ notebook: Notebook) throws {
    let experiment = Experiment(scale: notebook.scale)
    introduce(notebook)
    weigh(notebook)
    try meter(notebook, experiment)
    checkPublished(notebook)
    try fitInference(notebook)
    try fitTraining(notebook)
    try compareLongest(notebook)
    whatMustBeOn(notebook)
    close(notebook)
  }

  private func introduce(_ notebook: Notebook) {
    notebook.say(
      """
      "100K tokens need 80 GB cards": the article behind this course ends its list of tricks with \
      hardware. Does it? Memory can be added up before anything runs: every weight, every number \
      that training remembers, every key and value. A sum that nobody checks is an opinion, so here \
      each term stands beside the engine's own meter first. Then the same sums are done for models \
      that you have heard of.
      """)
    notebook.formula(
      """
      training   N · (weight + gradient + optimizer)
                 + tokens · layers · kept + logits + workspace
      inference  N · weight + cache + workspace
      """,
      legend: """
        N weights. *Kept*: what one layer remembers of one token for its backward pass. *Cache*: \
        keys and values of all tokens read. *Workspace*: what lives for a moment; its peak counts.
        """)
    notebook.say(
      """
      The same calculator answers at the command line: `lab memory "LLaMA 7B" --context 100K`. Here \
      GB is 10⁹ bytes, and 100K is 100,000 tokens.
      """)
  }

  /// Bytes a weight, and what can be spread over devices.
  private func weigh(_ notebook: Notebook) {
    notebook.heading("What a weight costs")
    notebook.say(
      """
      A model that only reads needs its weights, two bytes each in 16 bits. Training in mixed \
      precision needs eight times that: small updates vanish in 16 bits, so the optimizer keeps a \
      copy of each weight in 32, with two moments.
      """)
    notebook.show("TrainingState", in: "Sources/Calculator/Bytes/TrainingState.swift")
    let (n, devices) = (7.5e9, 64)
    notebook.table(
      "zero",
      columns: ["spread over \(devices) devices", "weights", "gradients", "optimizer", "each"],
      rows: ZeROStage.allCases.map { stage in
        let parts = TrainingState.mixed16.bytes(
          parameters: n, stage: stage, deviceCount: devices)
        let each = [parts.weights, parts.gradients, parts.optimizer]
        return [stage.name] + (each + [each.reduce(0, +)]).map { gigabytes($0) }
      },
      caption: """
        A model of \(Quantity.plain.text(n / 1e9)) billion weights at \
        \(TrainingState.mixed16.bytesPerParameter) bytes each: what data-parallel training holds on \
        one device, as in the paper's figure 1.
        """)
  }

  private func close(_ notebook: Notebook) {
    notebook.heading("What to take with you")
    notebook.say(
      """
      - Attention's matrix is the first thing to go: with it, no card fits 100,000 tokens, of any \
      model here; without it, most fit for reading.
      - Reading at 100,000 tokens is paid in cache, and the cache in key/value heads. Training is \
      paid in what layers remember, and that in recomputation.
      - 80 GB are neither needed nor enough by themselves. What is on decides.
      - A prediction is worth its check. The terms above were held against a meter that counts every \
      byte, for a model a thousand times smaller; the formulas do not know the size.
      """)
    notebook.notice(
      "What the sums leave out",
      """
      The memory of the framework and its kernels, fragments that an allocator cannot use, buffers \
      of the network. One to several GB on a real card; leave room for them.
      """)
  }
}

/// Bytes in units of 10⁹.
func gigabytes(_ bytes: Double, digits: Int = 4) -> String {
  Quantity.bytes.text(bytes, digits: digits)
}
