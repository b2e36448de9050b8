import Foundation
import ModelFiles
import SmallTransformer
import Testing

/// The committed reference files, written by Python, can be read here and are consistent.
@Suite struct GoldenFilesTests {
  private func golden(_ name: String) throws -> SafetensorsFile {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
    return try SafetensorsFile(reading: tests.appendingPathComponent("Golden/\(name).safetensors"))
  }

  @Test(arguments: [("gpt", 28), ("llama", 14)])
  func everyWeightHasItsGradient(name: String, weightCount: Int) throws {
    let file = try golden(name)
    let others: Set = ["tokens", "targets", "logits", "loss"]
    let weights = file.tensors.filter { !$0.name.hasPrefix("grad.") && !others.contains($0.name) }
    #expect(weights.count == weightCount)
    #expect(file.tensors.count == 2 * weightCount + others.count)
    for weight in weights {
      let gradient = try #require(file["grad." + weight.name], "\(weight.name)")
      #expect(gradient.shape == weight.shape, "\(weight.name)")
      #expect(gradient.values.contains { abs($0) > 1e-3 }, "\(weight.name)")
    }
  }

  /// The loss again, from the logits and the targets.
  @Test(arguments: ["gpt", "llama"]) func theLossIsThatOfTheLogits(name: String) throws {
    let file = try golden(name)
    let logits = try #require(file["logits"])
    let targets = try #require(file["targets"]).values.map { Int($0) }
    let loss = try #require(file["loss"]?.values.first)
    let vocabularyCount = try #require(logits.shape.last)
    try #require(logits.values.count == targets.count * vocabularyCount)
    let losses = targets.enumerated().map { row, target in
      let scores = logits.values[(row * vocabularyCount)..<((row + 1) * vocabularyCount)]
        .map(Double.init)
      return log(scores.map(exp).reduce(0, +)) - scores[target]
    }
    let mean = losses.reduce(0, +) / Double(losses.count)
    #expect(abs(mean - Double(loss)) < 1e-6, "\(mean) and \(loss)")
  }

  @Test func theAttentionCasesHaveTheirShapes() throws {
    let file = try golden("attention")
    for name in ["q", "do", "o", "dq"] {
      #expect(file["alibiWindow.\(name)"]?.shape == [2, 4, 11, 8])
      #expect(file["grouped.\(name)"]?.shape == [2, 4, 9, 8])
    }
    for name in ["k", "v", "dk", "dv"] { #expect(file["grouped.\(name)"]?.shape == [2, 2, 9, 8]) }
    #expect(file["alibiWindow.slopes"]?.values == [0.25, 0.0625, 0.015625, 0.00390625])
  }
}
