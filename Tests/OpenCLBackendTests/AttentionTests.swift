import CPUBackend
import OpenCLBackend
import TensorCore
import TestSupport
import Testing

extension OpenCLTests {
  @Suite("Attention equals the CPU's, forward and backward") struct Attention {
    private func problem(
      _ q: Int, _ k: Int, heads: Int = 2, kvHeads: Int = 1, headDim: Int = 16, causal: Bool = true
    ) -> AttentionProblem {
      AttentionProblem(
        batchCount: 2, queryLength: q, keyLength: k, headCount: heads, kvHeadCount: kvHeads,
        headDim: headDim, isCausal: causal)
    }

    @Test("every head dimension", arguments: [1, 3, 8, 16, 33, 64, 80, 100, 128])
    func headDimensions(headDim: Int) throws {
      for isCausal in [false, true] {
        try expectAttention(
          problem(50, 50, kvHeads: 2, headDim: headDim, causal: isCausal), packed: isCausal)
      }
    }

    @Test("every ragged length", arguments: [1, 2, 7, 9, 15, 16, 17, 31, 33, 63, 64, 65, 97, 257])
    func lengths(length: Int) throws {
      for isCausal in [false, true] {
        try expectAttention(problem(length, length, causal: isCausal))
      }
    }

    @Test("queries and keys of different lengths, rows with no key", arguments: [false, true])
    func unequalLengths(isCausal: Bool) throws {
      for (q, k) in [
        (1, 5), (5, 1), (7, 64), (64, 7), (30, 100), (100, 30), (130, 257), (257, 130), (9, 1),
      ] {
        try expectAttention(problem(q, k, causal: isCausal))
      }
    }

    @Test("queries at any position", arguments: [-70, -5, 0, 1, 100])
    func queryPositions(first: Int) throws {
      for (q, k) in [(1, 33), (40, 33), (33, 40), (130, 97)] {
        for (window, slopes) in [(nil, nil), (50, nil), (20, [0.02, 0.3])] as [(Int?, [Float]?)] {
          var shifted = problem(q, k, causal: first != 1)
          (shifted.window, shifted.slopes) = (window, slopes)
          shifted.firstQueryPosition = first
          try expectAttention(shifted)
        }
      }
    }

    @Test("shared keys and values", arguments: [(4, 1), (6, 2), (6, 3), (16, 1)] as [(Int, Int)])
    func groups(heads: Int, kvHeads: Int) throws {
      for length in [1, 40, 100] {
        try expectAttention(
          problem(length, 100, heads: heads, kvHeads: kvHeads), packed: length == 40)
      }
    }

    @Test("sliding window", arguments: [1, 2, 5, 17, 64, 1000])
    func window(window: Int) throws {
      for isCausal in [false, true] {
        for (q, k) in [(130, 130), (3, 200), (70, 200), (200, 70)] {
          var windowed = problem(q, k, causal: isCausal)
          windowed.window = window
          try expectAttention(windowed)
        }
      }
    }

    @Test("ALiBi", arguments: [false, true])
    func slopes(isCausal: Bool) throws {
      for (q, k) in [(130, 130), (2, 200), (70, 200), (200, 70)] {
        for window in [nil, 37] as [Int?] {
          var biased = problem(q, k, heads: 4, kvHeads: 2, causal: isCausal)
          biased.window = window
          biased.slopes = [0.5, 0.25, 0.0625, 0]
          try expectAttention(biased)
        }
      }
    }

    @Test("block lists", arguments: [3, 16, 24, 64, 100])
    func blocks(blockSize: Int) throws {
      var generator = SeededGenerator(seed: 3)
      for (q, k) in [(130, 130), (2, 90), (70, 200), (200, 150)] {
        let (rows, columns) = ((q - 1) / blockSize + 1, (k - 1) / blockSize + 1)
        // The list has no entry for the last row of blocks, so that row keeps no key.
        let kept = (0..<max(1, rows - 1)).map { _ in
          (0..<columns).filter { _ in generator.uniform() < 0.4 }
        }
        for (isCausal, window) in [(false, nil), (true, nil), (true, 40)] as [(Bool, Int?)] {
          var listed = problem(q, k, causal: isCausal)
          listed.window = window
          listed.slopes = isCausal ? [0.1, 0.2] : nil
          listed.blocks = BlockList(blockSize: blockSize, keptKeyBlocks: kept)
          try expectAttention(listed)
        }
      }
    }

    @Test("blocks cut pair by pair", arguments: [16, 32, 48, 64])
    func cutBlocks(blockSize: Int) throws {
      var generator = SeededGenerator(seed: 4)
      for (q, k) in [(1, 1), (15, 15), (130, 130), (9, 70), (70, 200), (300, 250)] {
        let count = (max(q, k) - 1) / blockSize + 1
        let kept = (0..<count).map { _ in (0..<count).filter { _ in generator.uniform() < 0.6 } }
        let masks = (0..<5).map { _ in
          (0..<blockSize).map { _ in generator.uniform() < 0.1 ? 0 : generator.next() }
        }
        let maskIndices = kept.map { $0.map { _ in Int32(generator.integer(below: 6)) - 1 } }
        let cuts = BlockCuts(blockSize: blockSize, maskIndices: maskIndices, masks: masks)
        for isCausal in [true, false] {
          var cut = problem(q, k, causal: isCausal)
          cut.slopes = isCausal ? [0.1, 0.2] : nil
          cut.blocks = BlockList(blockSize: blockSize, keptKeyBlocks: kept, cuts: cuts)
          try expectAttention(cut)
        }
      }
    }

    @Test(
      "decoding: a few queries against a long cache",
      arguments: [(1, 1), (1, 255), (1, 256), (1, 257), (4, 1025), (8, 1300), (1, 3000)])
    func decode(lengths: (Int, Int)) throws {
      for (heads, kvHeads) in [(4, 4), (6, 2), (17, 1)] {
        for (window, slope) in [(nil, nil), (100, nil), (nil, 0.02)] as [(Int?, Float?)] {
          var decoding = problem(
            lengths.0, lengths.1, heads: heads, kvHeads: kvHeads, headDim: 24)
          decoding.window = window
          decoding.slopes = slope.map { slope in (0..<heads).map { slope * Float($0) } }
          try expectAttention(decoding, packed: window != nil, onlyForward: true)
        }
      }
    }

    @Test("every tile shape that a device may use", arguments: 0..<OpenCLBackend.tileCount)
    func tileShapes(index: Int) throws {
      let device = try OpenCLBackend(try #require(TestDevice.found), onlyTile: index)
      // Heads of 33 and of 40 are compiled as heads of 48: one program serves
      // both ways to load.
      var (windowed, listed) = (problem(70, 150, headDim: 40), problem(130, 130, headDim: 40))
      windowed.window = 37
      windowed.slopes = [0.1, 0.5]
      listed.blocks = BlockList(length: 130, blockSize: 16) { [max(0, $0 - 40)..<$0 + 1] }
      for (asked, isPacked) in [
        (problem(130, 130, headDim: 40), true), (problem(9, 97, headDim: 33, causal: false), true),
        (windowed, false), (listed, false),
      ] {
        // A large tile of wide heads needs more local memory than some devices have.
        guard device.fitsTiles(headDim: asked.headDim) else { continue }
        try expectAttention(asked, packed: isPacked, on: device)
        #expect(device.failure == nil)
      }
    }

    @Test("unrolled, as for a GPU")
    func unrolled() throws {
      // The second smallest shape: a processor's compiler takes long over the large ones.
      let device = try OpenCLBackend(
        try #require(TestDevice.found), onlyTile: OpenCLBackend.tileCount - 2, isUnrolled: true)
      for asked in [problem(70, 70, headDim: 40), problem(33, 50, headDim: 33, causal: false)] {
        try expectAttention(asked, on: device)
      }
      #expect(device.failure == nil)
    }

    @Test("the formula in double precision")
    func reference() throws {
      let problem = problem(70, 90, heads: 4, kvHeads: 2, headDim: 64)
      let test = DeviceAttention(problem: problem)
      let found = test.run(on: try TestDevice.backend())
      let (map, logSumExp) = ReferenceAttention.probabilities(
        queries: test.queries, keys: test.keys, problem)
      let output = ReferenceAttention.output(map: map, values: test.values, problem)
      let gradients = ReferenceAttention.gradients(
        outputGradient: test.outputGradient, queries: test.queries, keys: test.keys,
        values: test.values, problem)
      for (name, f, e) in [
        ("output", found.output, output), ("log-sum-exp", found.logSumExp, logSumExp),
        ("map", found.map, map), ("dQ", found.queryGradient, gradients.queries),
        ("dK", found.keyGradient, gradients.keys), ("dV", found.valueGradient, gradients.values),
      ] {
        let gap = difference(f, e.map { Float($0) }, .attentionGradient)
        #expect(gap.isWithin, "\(name): \(gap)")
      }
    }
  }
}
