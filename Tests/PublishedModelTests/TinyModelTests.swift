import Autograd
import CPUBackend
import Foundation
import ModelFiles
import PublishedModel
import SmallTransformer
import TestSupport
import Testing
import Tokenizer

/// A small LLaMA with random weights, as a GGUF file and as a Hugging Face folder, compared with
/// PyTorch; see `Tests/Golden/README.md`.
@Suite struct TinyModelTests {
  struct Golden: Decodable {
    let ids: [Int32]
    /// The logits of every fifth position.
    let gguf, huggingFace: Data
  }

  enum Form: String, CaseIterable, Sendable {
    case gguf = "tiny-llama.gguf"
    case huggingFace = "tiny-llama"

    func open() throws -> PublishedModel {
      try PublishedModel(at: GoldenFolder.url.appendingPathComponent(rawValue))
    }
  }

  @Test(arguments: Form.allCases) func logitsAreThoseOfPyTorch(form: Form) throws {
    let backend = try CPUBackend(threadCount: 2)
    let published = try form.open()
    var fractions: [Double] = []
    let model = try published.load(on: backend) { fractions.append($0) }
    #expect(fractions.last == 1 && fractions == fractions.sorted())
    #expect(model.parameters.count == published.configuration.weightCount)
    let golden = try GoldenFolder.decode(Golden.self, "tiny-llama.json")
    let tape = Tape(backend, isRecording: false)
    let logits = backend.read(model.logits(golden.ids, batch: 1, tape: tape).value)
    let width = published.configuration.vocabularyCount
    let rows = stride(from: 0, to: golden.ids.count, by: 5).flatMap {
      logits[$0 * width..<($0 + 1) * width]
    }
    let expected = GoldenFolder.floats(form == .gguf ? golden.gguf : golden.huggingFace)
    let found = difference(rows, expected, .model)
    #expect(found.isWithin, "\(found)")
    // Every row differs, so a row in the wrong place would be found.
    #expect(Set(rows).count > 5000)
  }

  /// The logits of the last token alone are those of a whole pass, with a cache too.
  @Test func nextLogits() throws {
    let backend = try CPUBackend(threadCount: 2)
    let model = try Form.gguf.open().load(on: backend)
    let ids = try GoldenFolder.decode(Golden.self, "tiny-llama.json").ids
    let tape = Tape(backend, isRecording: false)
    let all = backend.read(model.logits(ids, batch: 2, tape: tape).value)
    let next = model.nextLogits(ids, batch: 2, tape: tape)
    let width = model.configuration.vocabularyCount
    #expect(next.shape == [2, 1, width])
    let rows = [19, 39].flatMap { all[$0 * width..<($0 + 1) * width] }
    let found = difference(backend.read(next.value), rows, .sums)
    #expect(found.isWithin, "\(found)")
    let cache = KeyValueCache(for: model.configuration, batch: 2, capacity: 20, on: backend)
    var last: [Float] = []
    for range in [0..<13, 13..<19, 19..<20] {
      let part = [0, 20].flatMap { start in range.map { ids[start + $0] } }
      last = backend.read(model.nextLogits(part, batch: 2, tape: tape, cache: cache).value)
    }
    let cached = difference(last, rows, .model)
    #expect(cached.isWithin, "\(cached)")
  }

  @Test func whatTheFilesSay() throws {
    let (gguf, folder) = (try Form.gguf.open(), try Form.huggingFace.open())
    var halves = gguf.configuration
    halves.pairing = .halves
    #expect(halves == folder.configuration && halves.trainedContext == 128)
    #expect(gguf.about.name == "Tiny Llama" && gguf.about.license == "mit")
    #expect(gguf.chat?.systemText == "Answer." && folder.chat == nil)
    #expect(folder.about.format == "Hugging Face")
    let text = "In the beginning <|a|>"
    #expect(gguf.encoding.encode(text) == folder.encoding.encode(text))
    #expect(gguf.endTokens == [4] && gguf.weightBytes == 4 * halves.weightCount)
  }

  /// Files of another model: each is refused by the name of what differs.
  @Test(
    arguments: [
      ("\"llama\"", "\"gemma\"", "type is 'gemma'"), ("\"silu\"", "\"gelu\"", "'gelu'"),
      ("\"attention_bias\": false", "\"attention_bias\": true", "'attention_bias'"),
      ("\"rope_scaling\": null", "\"rope_scaling\": {\"rope_type\": \"llama3\"}", "'llama3'"),
      ("\"rope_scaling\": null", "\"sliding_window\": 64", "'sliding_window'"),
      ("\"rope_scaling\": null", "\"head_dim\": 32", "'head_dim' is 32"),
      ("\"hidden_size\": 64", "\"hidden_size\": 1e40", "not a whole number"),
      ("\"hidden_size\": 64", "\"hidden_size\": 60", "of an even size"),
      ("\"hidden_size\": 64", "\"hidden_size\": 0", "width is 0"),
      ("\"hidden_size\"", "\"size\"", "no 'hidden_size'"),
      ("\"num_attention_heads\": 4", "\"num_attention_heads\": 3", "heads"),
      ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3", "no tensor 'model.layers.2"),
      ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1", "belongs to no part"),
      ("\"vocab_size\": 700", "\"vocab_size\": 650", "700 tokens"),
      ("\"vocab_size\": 700", "\"vocab_size\": 710", "shape"), ("{", "[{", "not a JSON object"),
    ] as [(String, String, String)])
  func otherConfigurations(part: String, replacement: String, reason: String) throws {
    let source = GoldenFolder.url.appendingPathComponent("tiny-llama")
    try withTemporaryFolder { folder in
      for name in ["model.safetensors", "tokenizer.json"] {
        try FileManager.default.copyItem(
          at: source.appendingPathComponent(name), to: folder.appendingPathComponent(name))
      }
      let text = try String(
        contentsOf: source.appendingPathComponent("config.json"), encoding: .utf8)
      let changed = text.replacing(part, with: replacement)
      #expect(changed != text)
      try Data(changed.utf8).write(to: folder.appendingPathComponent("config.json"))
      do {
        _ = try PublishedModel(at: folder)
        Issue.record("no error for \(replacement)")
      } catch {
        #expect("\(error)".contains(reason), "\(error)")
      }
    }
  }

  /// Any byte of the header may be anything: the reader gives a model or a sentence.
  @Test func changedHeaders() throws {
    let whole = try Data(contentsOf: GoldenFolder.url.appendingPathComponent(Form.gguf.rawValue))
    let header = try GGUFFile(whole, path: "").headerBytes
    var generator = SystemRandomNumberGenerator()
    try withTemporaryFolder { folder in
      for _ in 0..<200 {
        var changed = whole
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
          changed[Int.random(in: 0..<header, using: &generator)] =
            [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
        }
        let file = folder.appendingPathComponent("model.gguf")
        try changed.write(to: file)
        do {
          let model = try PublishedModel(at: file)
          for name in model.weights.shapes.keys { _ = try model.weights.values(of: name) }
        } catch {
          #expect("\(error)".hasSuffix("."), "\(error)")
        }
      }
    }
  }
}
