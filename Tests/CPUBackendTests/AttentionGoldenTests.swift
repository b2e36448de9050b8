import Foundation
import ModelFiles
import SmallTransformer
import TensorCore
import TestSupport
import Testing

/// Attention alone, compared with PyTorch's output and gradients. See `Tests/Golden/README.md`.
@Suite struct AttentionGoldenTests {
  @Test(arguments: ["alibiWindow", "grouped"], [1, 2, 3])
  func outputAndGradients(name: String, threadCount: Int) throws {
    let file = try SafetensorsFile(
      reading: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Golden/attention.safetensors"))
    let cpu = testBackend(threadCount: threadCount)
    func golden(_ part: String) throws -> (shape: [Int], values: [Float]) {
      try #require(file["\(name).\(part)"], "no \(name).\(part)")
    }
    func view(_ part: String) throws -> HeadView {
      let (shape, values) = try golden(part)
      return HeadView(headMajor: cpu.tensor(values, Shape(shape), .workspace))
    }
    let (q, k) = (try golden("q"), try golden("k"))
    let problem = AttentionProblem(
      batchCount: q.shape[0], queryLength: q.shape[2], keyLength: k.shape[2],
      headCount: q.shape[1], kvHeadCount: k.shape[1], headDim: q.shape[3],
      window: name == "alibiWindow" ? 5 : nil, slopes: file["\(name).slopes"]?.values)
    let operands = AttentionOperands(
      queries: try view("q"), keys: try view("k"), values: try view("v"),
      output: HeadView(headMajor: cpu.full(.nan, Shape(q.shape), .workspace)),
      logSumExp: cpu.empty([q.shape[0], q.shape[1], q.shape[2]], .workspace))
    cpu.attention(operands, problem)
    let gradients = [q.shape, k.shape, k.shape].map {
      HeadView(headMajor: cpu.full(.nan, Shape($0), .workspace))
    }
    cpu.attentionBackward(
      operands,
      AttentionGradients(
        output: try view("do"), queries: gradients[0], keys: gradients[1], values: gradients[2]),
      problem)
    for (part, result) in zip(["o", "dq", "dk", "dv"], [operands.output] + gradients) {
      let found = difference(cpu.read(result.tensor), try golden(part).values, .sums)
      #expect(found.isWithin, "\(part): \(found)")
    }
  }
}
