import ArgumentParser
import CPUBackend
import Foundation
import LessonKit
import PublishedModel
import SystemSupport
import TensorCore
import Tokenizer

/// How the text reaches the model: `--how`.
enum ReadingMethod: String, CaseIterable, ExpressibleByArgument {
  /// All of it, or an error if it is too long.
  case whole
  /// Its end, as much as fits.
  case truncated
}

struct AskCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ask",
    abstract: "Ask the published model about your own text.",
    discussion: """
      The model reads the files and the question in one window, and writes the most likely answer, token \
      by token. 'lab model' fetches the model. It is small: its answers are often wrong.

      Examples:
        lab ask notes.txt "Who is Ada?"
        lab ask chapter1.txt chapter2.txt "What happened to the ship?" --tokens 100
        lab ask long.txt "How does it end?" --how truncated
      """)

  @Argument(help: "One or more text files, then the question.", completion: .file())
  var words: [String]

  @Option(
    help: "Another model: a GGUF file, or a folder of Hugging Face.", completion: .file(),
    transform: parsedPath)
  var model: String?

  @Option(parsing: .unconditional, help: "The most tokens of the answer.")
  var tokens = 256

  @Option(help: "Read the whole text, or its end only, as much as fits: whole, truncated.")
  var how = ReadingMethod.whole

  @Option(
    parsing: .unconditional, help: "Number of threads (default: one per processor).",
    transform: parsedThreads)
  var threads: Int?

  func validate() throws {
    guard words.count >= 2 else {
      throw ValidationError(
        "Name at least one file, then the question: lab ask FILE… \"question\".")
    }
    guard let question = words.last, question.contains(where: { !$0.isWhitespace }) else {
      throw ValidationError("The question is empty. It is the last word, in quotes.")
    }
    guard !FileManager.default.fileExists(atPath: question) else {
      throw ValidationError(
        "The last word, '\(question)', is a file. The question comes last, in quotes.")
    }
    guard (1...100_000).contains(tokens) else {
      throw ValidationError("--tokens must be from 1 to 100000, not \(tokens).")
    }
  }

  func run() throws {
    let text = try words.dropLast().map { try AskedText.read($0) }.joined(separator: "\n\n")
    let published = try StandardModel.open(model)
    let prompt = try AskedText(text: text, question: words.last ?? "").prompt(
      for: published, how, answerTokens: tokens)
    let capacity = prompt.ids.count + tokens
    try ModelTooLarge.check(published, capacity: capacity)
    if let note = prompt.note { Terminal.standardError.writeMessage(note) }
    try answer(prompt.ids, published, capacity: capacity)
  }

  private func answer(_ prompt: [Int32], _ published: PublishedModel, capacity: Int) throws {
    let backend = try CPUBackend(threadCount: threads ?? HostLimits.current.threadCount)
    let (line, clock) = (StatusLine(), ContinuousClock())
    line.begin("Loading \(published.about.name.terminalLine)")
    var began = clock.now
    let transformer: Answer
    do {
      transformer = Answer(
        try published.load(on: backend) { line.show("loading", $0) }, capacity: capacity)
    } catch {
      line.end()
      throw UnusableModel(reason: "\(error)")
    }
    let loading = clock.now - began
    began = clock.now
    transformer.read(prompt) { line.show("reading \(prompt.count.formatted()) tokens", $0) }
    let prefill = clock.now - began
    line.end()
    began = clock.now
    var stream = StreamedText(published.encoding)
    let written = transformer.write(limit: tokens, ends: published.endTokens) {
      Terminal.standardOutput.write(stream.append($0))
    }
    Terminal.standardOutput.write(stream.finish() + "\n")
    let decode = clock.now - began
    let cacheBytes = capacity * published.configuration.cacheBytesPerToken
    func speed(_ count: Int, _ time: Duration) -> String {
      let seconds = max(time / .seconds(1), 1e-9)
      return "\(Quantity.seconds.text(seconds)) "
        + "(\((Double(count) / seconds).formatted(.number.precision(.significantDigits(3)))) tokens/s)"
    }
    Terminal.standardError.write(
      """
      \(prompt.count.formatted()) tokens read in \(speed(prompt.count, prefill)), \
      \(written.count.formatted()) written in \(speed(written.count, decode)); \
      loaded in \(Quantity.seconds.text(loading / .seconds(1))); \
      cache \(Quantity.bytes.text(Double(cacheBytes))) for \(capacity.formatted()) tokens
      """ + (written.count == tokens ? "; stopped at --tokens \(tokens)\n" : "\n"))
  }
}
