import Foundation
import ModelFiles
import TestSupport
import Testing

/// GGUF files that are whole, truncated, or contradict themselves.
@Suite struct GGUFWeightsTests {
  private static let tiny = GoldenFolder.url.appendingPathComponent("tiny-llama.gguf")

  private func opened(_ bytes: Data) throws -> GGUFWeights {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try bytes.write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try GGUFWeights(at: file.path)
  }

  @Test func tensorsOfAFile() throws {
    let weights = try GGUFWeights(at: Self.tiny.path, keeping: ["tokenizer.ggml.tokens"])
    #expect(weights.shapes.count == 21 && weights.shapes["blk.0.attn_k.weight"] == [32, 64])
    #expect(weights.typeCounts["F32"] ?? 0 > 5 && weights.typeCounts["Q4_1"] ?? 0 > 0)
    for (name, shape) in weights.shapes {
      let values = try weights.values(of: name)
      #expect(values.count == shape.reduce(1, *), "\(name)")
      #expect(values.allSatisfy { abs($0) < 10 } && values.contains { abs($0) > 0.1 }, "\(name)")
    }
    guard case .texts(let tokens)? = weights.file.values["tokenizer.ggml.tokens"] else {
      Issue.record("the tokens were not kept")
      return
    }
    #expect(tokens.count == 700 && tokens[0] == "<|a|>")
    guard case .array(let count, _)? = weights.file.values["tokenizer.ggml.merges"] else {
      Issue.record("the merges were kept")
      return
    }
    #expect(count > 0)
  }

  /// A file that ends early gives a sentence, wherever it ends.
  @Test func truncatedFiles() throws {
    let whole = try Data(contentsOf: Self.tiny)
    let header = try GGUFFile(whole, path: "").headerBytes
    let lengths =
      Array(stride(from: 0, to: header, by: 211)) + [header, header + 1, whole.count / 2]
      + [whole.count - 1]
    for length in lengths {
      #expect(throws: ModelFileError.self, "\(length)") { try opened(whole.prefix(length)) }
    }
    _ = try opened(whole)
  }

  /// A file that another program cuts while it is open.
  @Test func aFileThatIsCutLater() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try Data(contentsOf: Self.tiny).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let weights = try GGUFWeights(at: file.path)
    #expect(truncate(file.path, 100_000) == 0)
    #expect(throws: ModelFileError.self) {
      for name in weights.shapes.keys { _ = try weights.values(of: name) }
    }
  }

  /// One tensor whose description is wrong: the sentence names what is wrong.
  @Test(
    arguments: [
      ("no whole blocks", [33], 8, 0), ("has the type Q5_0, and only F32, F16", [32], 6, 0),
      ("unknown type 99", [32], 99, 0), ("no multiple of 32", [32], 0, 8),
      ("may be truncated", [32], 0, 1 << 62), ("may be truncated", [1 << 30], 0, 0),
      ("elements", [1 << 40, 1 << 40], 0, 0), ("no whole blocks", [0], 0, 0),
      ("a number is 18446744073709551615", [32], 0, -1),
    ] as [(String, [Int], Int, Int)])
  func wrongTensors(reason: String, sizes: [Int], type: Int, offset: Int) {
    let bytes = OneTensor(sizes: sizes, type: type, offset: offset).bytes
    expectRefusal(reason) { try opened(bytes + Data(count: 4096)) }
  }

  @Test func overlappingAndRepeatedTensors() {
    var file = OneTensor(sizes: [32], type: 0, offset: 0)
    file.second = ("other", 0)
    expectRefusal("overlaps another one") { try opened(file.bytes + Data(count: 4096)) }
    file.second = ("tensor", 128)
    expectRefusal("occurs twice") { try opened(file.bytes + Data(count: 4096)) }
    file.second = ("other", 128)
    #expect(throws: Never.self) { try opened(file.bytes + Data(count: 4096)) }
  }

  private func expectRefusal(_ reason: String, _ body: () throws -> GGUFWeights) {
    do {
      _ = try body()
      Issue.record("no error with '\(reason)'")
    } catch {
      #expect("\(error)".contains(reason), "\(error)")
    }
  }
}

/// The bytes of a file with one tensor of this description, or two.
private struct OneTensor {
  let sizes: [Int]
  let type, offset: Int
  var second: (name: String, offset: Int)?

  var bytes: Data {
    var data = Data("GGUF".utf8)
    func append(_ value: Int, _ size: Int) {
      for index in 0..<size { data.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }
    append(3, 4)
    append(second == nil ? 1 : 2, 8)
    append(0, 8)
    for (name, offset) in [("tensor", offset)] + (second.map { [$0] } ?? []) {
      append(name.utf8.count, 8)
      data.append(contentsOf: name.utf8)
      append(sizes.count, 4)
      for size in sizes { append(size, 8) }
      append(type, 4)
      append(offset, 8)
    }
    return data
  }
}
