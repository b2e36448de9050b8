import TensorCore
import Testing

/// One query against a cache, for every way of sharing heads: groups too small for a panel, groups
/// that fill a part of one, exactly one, and more than one.
@Suite("Decoding equals the reference")
struct AttentionDecodeTests {
  @Test(
    "every group size",
    arguments: [(4, 4), (4, 2), (6, 2), (8, 2), (8, 1), (16, 1), (17, 1), (40, 2)]
      as [(Int, Int)], [1, 5, 63, 64, 65, 1024, 1500])
  func groups(heads: (Int, Int), keyLength: Int) {
    for window in [nil, 100] as [Int?] {
      for slopes in [nil, (0..<heads.0).map { 0.02 * Float($0) }] {
        expectParity(
          AttentionProblem(
            batchCount: 2, queryLength: 1, keyLength: keyLength, headCount: heads.0,
            kvHeadCount: heads.1, headDim: 24, window: window, slopes: slopes))
      }
    }
  }

  @Test("every head dimension of a group", arguments: [1, 5, 8, 16, 33, 64, 128])
  func headDimensions(headDim: Int) {
    for layout in HeadLayout.allCases {
      expectParity(
        AttentionProblem(
          batchCount: 1, queryLength: 1, keyLength: 1100, headCount: 8, kvHeadCount: 1,
          headDim: headDim), layout: layout)
    }
  }

  @Test("the same bits for every thread count")
  func threads() {
    let decode = AttentionCase(
      AttentionProblem(
        batchCount: 1, queryLength: 1, keyLength: 5000, headCount: 8, kvHeadCount: 1, headDim: 64))
    let alone = decode.run(threadCount: 1, backward: false)
    for count in 2...3 { #expect(decode.run(threadCount: count, backward: false) == alone) }
  }
}
