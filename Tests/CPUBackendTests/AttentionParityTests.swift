import CPUBackend
import TensorCore
import Testing

@Suite("Attention equals its reference, forward and backward")
struct AttentionParityTests {
  @Test(
    "every head dimension",
    arguments: [1, 2, 3, 5, 8, 16, 24, 32, 33, 40, 64, 80, 96, 100, 128], [false, true])
  func headDimensions(headDim: Int, isCausal: Bool) {
    for layout in HeadLayout.allCases {
      expectParity(
        AttentionProblem(
          batchCount: 2, queryLength: 50, keyLength: 50, headCount: 2, headDim: headDim,
          isCausal: isCausal), layout: layout)
    }
  }

  @Test(
    "every ragged length",
    arguments: [1, 2, 3, 7, 9, 15, 16, 17, 31, 63, 64, 65, 95, 96, 97, 130, 257, 401])
  func lengths(length: Int) {
    for isCausal in [false, true] {
      for threads in 1...3 {
        expectParity(
          AttentionProblem(
            batchCount: 1, queryLength: length, keyLength: length, headCount: 2, headDim: 16,
            isCausal: isCausal), threadCount: threads)
      }
    }
  }

  @Test("more keys than fit into one chunk", arguments: [16, 80])
  func chunks(headDim: Int) {
    for (heads, kvHeads) in [(1, 1), (2, 1)] {
      expectParity(
        AttentionProblem(
          batchCount: 1, queryLength: 900, keyLength: 900, headCount: heads, kvHeadCount: kvHeads,
          headDim: headDim), threadCount: 3)
    }
  }

  @Test("queries and keys of different lengths, rows with no key", arguments: [false, true])
  func unequalLengths(isCausal: Bool) {
    for (q, k) in [
      (1, 5), (5, 1), (7, 64), (64, 7), (30, 100), (100, 30), (130, 257), (257, 130), (12, 700),
      (9, 1), (1, 2500), (8, 1300), (4, 1025),
    ] {
      expectParity(
        AttentionProblem(
          batchCount: 2, queryLength: q, keyLength: k, headCount: 2, headDim: 24,
          isCausal: isCausal))
    }
  }

  /// As on one of several machines, which has only a part of the keys.
  @Test("queries at any position", arguments: [-70, -41, -5, -1, 0, 1, 30, 100, 1000])
  func queryPositions(first: Int) {
    // Smaller far away: a bias of −300 leaves the log-sum-exp five digits after the point.
    let biases: [Float] = first == 1000 ? [0.001, 0.02] : [0.02, 0.3]
    for (q, k) in [(1, 33), (40, 33), (33, 40), (130, 97), (7, 700)] {
      for isCausal in [true, false] {
        for (window, slopes) in [(nil, nil), (50, nil), (nil, biases), (20, biases)]
          as [(Int?, [Float]?)]
        {
          expectParity(
            AttentionProblem(
              batchCount: 2, queryLength: q, keyLength: k, headCount: 2, kvHeadCount: 1,
              headDim: 16, isCausal: isCausal, window: window, slopes: slopes,
              firstQueryPosition: first))
        }
      }
    }
  }

  @Test(
    "shared keys and values",
    arguments: [(4, 1), (4, 2), (6, 2), (6, 3), (16, 1), (30, 2)] as [(Int, Int)])
  func groups(heads: Int, kvHeads: Int) {
    for length in [1, 40, 100] {
      for layout in HeadLayout.allCases {
        expectParity(
          AttentionProblem(
            batchCount: 2, queryLength: length, keyLength: 100, headCount: heads,
            kvHeadCount: kvHeads, headDim: 16), layout: layout, threadCount: 3)
      }
    }
  }

  @Test("sliding window", arguments: [1, 2, 3, 5, 16, 17, 64, 100, 1000])
  func window(window: Int) {
    for isCausal in [false, true] {
      for (q, k) in [(130, 130), (3, 200), (70, 200), (200, 70)] {
        expectParity(
          AttentionProblem(
            batchCount: 1, queryLength: q, keyLength: k, headCount: 2, headDim: 16,
            isCausal: isCausal, window: window))
      }
    }
  }

  @Test("ALiBi", arguments: [false, true])
  func slopes(isCausal: Bool) {
    for (q, k) in [(130, 130), (2, 200), (70, 200), (200, 70)] {
      for window in [nil, 37] {
        expectParity(
          AttentionProblem(
            batchCount: 2, queryLength: q, keyLength: k, headCount: 4, kvHeadCount: 2, headDim: 32,
            isCausal: isCausal, window: window, slopes: [0.5, 0.25, 0.0625, 0]))
      }
    }
  }

  @Test("block lists", arguments: [1, 2, 5, 16, 24, 64, 100])
  func blocks(blockSize: Int) {
    var generator = SeededGenerator(seed: 3)
    for (q, k) in [(130, 130), (2, 200), (70, 200), (500, 450)] {
      let (rows, columns) = ((q - 1) / blockSize + 1, (k - 1) / blockSize + 1)
      // The list has no entry for the last row of blocks, so that row keeps no key.
      let kept = (0..<max(1, rows - 1)).map { _ in
        (0..<columns).filter { _ in Float.random(in: 0..<1, using: &generator) < 0.4 }
      }
      for (isCausal, window) in [(false, nil), (true, nil), (true, 40), (false, 40)] {
        expectParity(
          AttentionProblem(
            batchCount: 1, queryLength: q, keyLength: k, headCount: 2, kvHeadCount: 1, headDim: 16,
            isCausal: isCausal, window: window, slopes: isCausal ? [0.1, 0.2] : nil,
            blocks: BlockList(blockSize: blockSize, keptKeyBlocks: kept)))
      }
    }
  }

  @Test("blocks cut pair by pair", arguments: [16, 32, 48, 64])
  func cutBlocks(blockSize: Int) {
    var generator = SeededGenerator(seed: 4)
    for (q, k) in [(1, 1), (15, 15), (130, 130), (2, 200), (9, 70), (70, 200), (500, 450)] {
      let count = (max(q, k) - 1) / blockSize + 1
      // Blocks of all three kinds: dropped, whole, and cut by masks of which some have empty rows.
      let kept = (0..<count).map { _ in (0..<count).filter { _ in generator.uniform() < 0.6 } }
      let masks = (0..<5).map { mask in
        (0..<blockSize).map { _ in
          mask == 4 ? generator.next() & generator.next() : generator.next()
        }
      }
      let maskIndices = kept.map { $0.map { _ in Int32(generator.integer(below: 6)) - 1 } }
      let cuts = BlockCuts(
        blockSize: blockSize, maskIndices: maskIndices,
        masks: masks.map { $0.map { generator.uniform() < 0.1 ? 0 : $0 } })
      for (isCausal, window) in [(true, nil), (false, nil), (true, 40)] {
        for headDim in [16, 33] {
          expectParity(
            AttentionProblem(
              batchCount: 1, queryLength: q, keyLength: k, headCount: 2, kvHeadCount: 1,
              headDim: headDim, isCausal: isCausal, window: window,
              slopes: headDim == 33 ? [0.1, 0.2] : nil,
              blocks: BlockList(blockSize: blockSize, keptKeyBlocks: kept, cuts: cuts)))
        }
      }
    }
  }

  @Test("a block list made from the keys of each query equals the window")
  func listOfAWindow() {
    for (length, window) in [(1, 1), (50, 7), (64, 64), (200, 40), (333, 100)] {
      let list = BlockList(length: length, blockSize: 32) { [max(0, $0 + 1 - window)..<$0 + 1] }
      var listed = AttentionProblem(
        batchCount: 1, queryLength: length, keyLength: length, headCount: 2, headDim: 16)
      var plain = listed
      listed.blocks = list
      plain.window = window
      let (a, b) = (
        AttentionCase(listed).run(threadCount: 2), AttentionCase(plain).run(threadCount: 2)
      )
      expectClose(a.output, b.output.map(Double.init), 2e-6, "output, window \(window)")
      expectClose(a.keyGradient, b.keyGradient.map(Double.init), 5e-6, "dK, window \(window)")
    }
  }
}
