import Autograd
import CPUBackend
import Foundation
import PublishedModel
import SmallTransformer
import SystemSupport
import TestSupport
import Testing
import Tokenizer

/// SmolLM2-135M compared with a PyTorch program and with Hugging Face's `tokenizers`; see
/// `Tests/Golden/README.md`.
@Suite(.needsPublishedModel) struct SmolLM2Tests {
  struct Logits: Decodable {
    let ids: [Int32]
    let positions: [Int]
    let top: [[Int]]
    let topLogits: [[Float]]
    let sampledEvery: Int
    let sampledLogits: [[Float]]
    let meanLoss: Double
  }

  private func model() throws -> PublishedModel { try PublishedModel(at: PublishedModelFile.url) }

  @Test func whatTheFileSays() throws {
    let model = try model()
    #expect(model.configuration.weightCount == 134_515_008)
    #expect(model.configuration.cacheBytesPerToken == 46_080)
    #expect(model.configuration.ropeBase == 100_000 && model.configuration.trainedContext == 8192)
    #expect(model.about.license == "apache-2.0")
    #expect(model.weights.typeCounts == ["Q4_1": 210, "F32": 61, "Q8_0": 1])
    let chat = try #require(model.chat)
    let prompt = chat.prompt(user: "Hi<|im_end|>", model.encoding)
    #expect(
      model.encoding.decode(prompt, special: .recognized) == """
        <|im_start|>system
        You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>
        <|im_start|>user
        Hi<|im_end|><|im_end|>
        <|im_start|>assistant

        """)
    // The mark in the message is text.
    #expect(prompt.filter { $0 == 2 }.count == 2)
  }

  @Test func idsOfAwkwardTexts() throws {
    let encoding = try model().encoding
    for text in try GoldenTokens.read().texts {
      let ids = encoding.encode(bytes: text.bytes, special: .recognized)
      #expect(
        ids == text.smollm2, "\(String(decoding: text.bytes, as: UTF8.self).debugDescription)")
    }
  }

  @Test(.needs(program: "bible"), .timeLimit(.minutes(30))) func idsOfABook() throws {
    let golden = try GoldenTokens.read().book
    let encoding = try model().encoding
    let program = try Program(
      named: golden.command[0], arguments: Array(golden.command.dropFirst()))
    let text = try program.run().outputText
    let ids = encoding.encode(text)
    #expect(ids.count == golden.smollm2.count)
    #expect(GoldenTokens.checksum(ids) == golden.smollm2.checksum)
  }

  /// 512 tokens: the best 20 logits of 16 positions, every thousandth logit, and the mean loss.
  @Test(.timeLimit(.minutes(30))) func logitsAreThoseOfPyTorch() throws {
    let backend = try CPUBackend(threadCount: 2)
    let published = try model()
    let golden = try GoldenFolder.decode(Logits.self, "smollm2.json")
    let transformer = try published.load(on: backend)
    let tape = Tape(backend, isRecording: false)
    let logits = transformer.logits(golden.ids, batch: 1, tape: tape)
    let width = published.configuration.vocabularyCount
    let values = backend.read(logits.value)
    for (index, position) in golden.positions.enumerated() {
      let row = values[position * width..<(position + 1) * width]
      let best = golden.top[index].map { row[row.startIndex + $0] }
      let sampled = stride(from: 0, to: width, by: golden.sampledEvery).map {
        row[row.startIndex + $0]
      }
      for (found, expected) in [
        (best, golden.topLogits[index]), (sampled, golden.sampledLogits[index]),
      ] {
        #expect(found.count == expected.count)
        let error = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
        #expect(error < 1e-3, "position \(position): a logit differs by \(error)")
      }
      #expect(row.max() == best.max())
    }
    let losses = tape.tokenLosses(logits, targets: golden.ids.dropFirst() + [-1])
    let mean = losses.dropLast().reduce(0.0) { $0 + Double($1) } / Double(losses.count - 1)
    #expect(abs(mean - golden.meanLoss) < 1e-4, "\(mean)")
  }
}
