import TensorCore
import TestSupport
import Testing

extension OpenCLTests {
  @Suite("Laws of attention, on the device") struct AttentionLaws {
    private func problem(_ q: Int, _ k: Int, kvHeads: Int = 1) -> AttentionProblem {
      AttentionProblem(
        batchCount: 2, queryLength: q, keyLength: k, headCount: 2, kvHeadCount: kvHeads,
        headDim: 40)
    }

    @Test("bitwise equal in repeated runs", arguments: [(300, 300), (3, 900), (100, 250)])
    func determinism(lengths: (Int, Int)) throws {
      let (device, test) = (
        try TestDevice.backend(), DeviceAttention(problem: problem(lengths.0, lengths.1))
      )
      let first = test.run(on: device)
      for _ in 0..<3 {
        let isSame = test.run(on: device) == first
        #expect(isSame)
      }
    }

    @Test("a row with no key gives 0, a log-sum-exp of −∞ and zero gradients")
    func rowsWithoutKeys() throws {
      let test = DeviceAttention(problem: problem(100, 30, kvHeads: 2))
      let result = test.run(on: try TestDevice.backend())
      for head in 0..<4 {
        for row in 0..<70 {
          let at = head * 100 + row
          #expect(result.logSumExp[at] == -.infinity)
          #expect(result.output[at * 40..<(at + 1) * 40].allSatisfy { $0 == 0 })
          #expect(result.queryGradient[at * 40..<(at + 1) * 40].allSatisfy { $0 == 0 })
          #expect(result.map[at * 30..<(at + 1) * 30].allSatisfy { $0 == 0 })
        }
      }
    }

    @Test("scores of ±10,000 give no NaN and no infinity", arguments: [1, 40, 200])
    func extremeScores(queryLength: Int) throws {
      var extreme = problem(queryLength, 200)
      extreme.window = 30
      let result = DeviceAttention(problem: extreme, magnitude: 1e4)
        .run(on: try TestDevice.backend())
      let written =
        result.output + result.queryGradient + result.keyGradient + result.valueGradient
        + result.map + result.logSumExp
      #expect(written.allSatisfy { $0.isFinite })
      #expect((result.logSumExp.map(abs).max() ?? 0) > 1e4)
    }

    @Test("all blocks kept is the same as no list; a window is the same as its list")
    func lists() throws {
      let device = try TestDevice.backend()
      var listed = problem(200, 200)
      listed.blocks = BlockList(
        blockSize: 64, keptKeyBlocks: Array(repeating: Array(0..<4), count: 4))
      let (a, b) = (
        DeviceAttention(problem: problem(200, 200)).run(on: device),
        DeviceAttention(problem: listed).run(on: device)
      )
      expectClose(b, a, "all blocks")
      var windowed = problem(200, 200)
      windowed.window = 40
      listed.blocks = BlockList(length: 200, blockSize: 32) { [max(0, $0 + 1 - 40)..<$0 + 1] }
      let (c, d) = (
        DeviceAttention(problem: windowed).run(on: device),
        DeviceAttention(problem: listed).run(on: device)
      )
      expectClose(d, c, "window of 40")
    }

    @Test("shared keys are the same as repeated ones")
    func sharedEqualsRepeated() throws {
      let device = try TestDevice.backend()
      // One sequence, so that repeating a head is repeating the whole array.
      var shared = problem(60, 60)
      shared.batchCount = 1
      var repeated = shared
      repeated.kvHeadCount = 2
      let test = DeviceAttention(problem: shared)
      func output(_ problem: AttentionProblem, _ keys: [Float], _ values: [Float]) -> [Float] {
        let extents = [1, problem.kvHeadCount, 60, 40]
        let result = device.unwritten([1, 2, 60, 40])
        device.attention(
          AttentionOperands(
            queries: HeadView(headMajor: device.tensor(test.queries, [1, 2, 60, 40], .workspace)),
            keys: HeadView(headMajor: device.tensor(keys, Shape(extents), .workspace)),
            values: HeadView(headMajor: device.tensor(values, Shape(extents), .workspace)),
            output: HeadView(headMajor: result), logSumExp: device.unwritten([1, 2, 60])), problem)
        return device.read(result)
      }
      let isSame =
        output(shared, test.keys, test.values)
        == output(repeated, test.keys + test.keys, test.values + test.values)
      #expect(isSame)
    }

    @Test("O(n) memory at 100,000 tokens: inputs, outputs and one element per query, no matrix")
    func memory() throws {
      let device = try TestDevice.backend()
      let long = AttentionProblem(
        batchCount: 1, queryLength: 100_000, keyLength: 100_000, headCount: 1, headDim: 16,
        window: 64)
      let view = HeadView(headMajor: device.random("x", [1, 1, 100_000, 16]))
      let result = HeadView(headMajor: device.unwritten([1, 1, 100_000, 16]))
      let rows = device.unwritten([1, 1, 100_000])
      let before = device.meter.current.totalBytes
      let (_, peak) = device.meter.scope {
        let operands = AttentionOperands(
          queries: view, keys: view, values: view, output: result, logSumExp: rows)
        device.attention(operands, long)
        device.attentionBackward(
          operands,
          AttentionGradients(output: view, queries: result, keys: result, values: result), long)
      }
      #expect(peak.totalBytes - before == 100_000 * 4, "δ, one element per query")
      #expect(device.meter.current.totalBytes == before)
      withExtendedLifetime((view, result, rows)) {}
    }

    private func expectClose(
      _ found: DeviceAttention.Result, _ expected: DeviceAttention.Result, _ name: String
    ) {
      for (part, f, e) in [
        ("output", found.output, expected.output),
        ("dQ", found.queryGradient, expected.queryGradient),
        ("dK", found.keyGradient, expected.keyGradient),
        ("dV", found.valueGradient, expected.valueGradient), ("map", found.map, expected.map),
      ] {
        let gap = difference(f, e, .attentionGradient)
        #expect(gap.isWithin, "\(part) of \(name): \(gap)")
      }
    }
  }
}
