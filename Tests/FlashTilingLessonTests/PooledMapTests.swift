import Autograd
import CPUBackend
import FlashTilingLesson
import SmallTransformer
import TensorCore
import TestSupport
import Testing

@Suite struct PooledMapTests {
  /// Lengths that are multiples of the grid and lengths that are not; a grid larger than the text.
  @Test(arguments: [(16, 4), (17, 4), (23, 5), (7, 7), (6, 40), (1, 3)])
  func theReadableVersionIsThePooledMatrix(length: Int, side: Int) throws {
    let head = HeadNumbers(length: length, headDim: 4, seed: 8)
    let matrix = HeadReference(
      queries: head.queries, keys: head.keys, values: head.values, isCausal: true
    ).probabilities.map { Float($0) }
    for size in [1, 3, length] where size <= length {
      let tiles = try TileSizes(queries: size, keys: max(1, size - 1), length: length)
      let map = TiledAttention(tiles, isCausal: true, headDim: 4)
        .pooledMap(queries: head.queries, keys: head.keys, side: side)
      #expect(map.side <= side && map.side * map.block >= length)
      #expect(map.largestDifference(toMatrix: matrix) < 1e-6)
    }
  }

  /// Compared with a grid filled by hand, which also tests the comparison itself.
  @Test func cellsByHand() {
    var map = PooledMap(length: 4, side: 2)
    let rows: [[Float]] = [
      [1, 9, 9, 9], [0.25, 0.75, 9, 9], [0.5, 0.25, 0.25, 9], [0.1, 0.2, 0.3, 0.4],
    ]
    for (i, row) in rows.enumerated() {
      row.withUnsafeBufferPointer { map.add(row: i, firstKey: 0, $0) }
    }
    #expect(map.maxima[0] == 1 && map.maxima[2] == 0.5 && map.maxima[3] == 0.4)
    #expect(abs(map.means[0] - 2.0 / 3) < 1e-6)
    #expect(abs(map.means[2] - 1.05 / 4) < 1e-6)
    #expect(map.means[1].isNaN && map.maxima[1].isNaN)
    var wrong = rows.flatMap { $0 }
    #expect(map.largestDifference(toMatrix: wrong) < 1e-6)
    wrong[9] += 0.1
    #expect(map.largestDifference(toMatrix: wrong) > 0.01)
  }

  @Test func theEnginesVersionIsThePooledMapOfTheModel() throws {
    let backend = try CPUBackend(threadCount: 2)
    // Slopes and shared key/value heads, and a length that no block divides.
    for positions in [Rotary(), ALiBi()] as [any PositionScheme] {
      var configuration = TransformerConfiguration.llama(
        modelDim: 32, layerCount: 2, headCount: 4, kvHeadCount: 2, positions: positions)
      configuration.vocabularyCount = 50
      let model = Transformer(configuration, on: backend, seed: 3)
      for parameter in model.parameters.all { backend.scale(parameter.value, by: 8) }
      let tokens = (0..<150).map { Int32($0 * 7 % 50) }
      let whole = model.attentionMaps(tokens, layer: 1)
      let (views, problem) = model.heads(of: tokens, layer: 1)
      let maps = PooledAttention.maps(views, problem, heads: 1..<4, side: 20, on: backend)
      #expect(maps.count == 3)
      for (map, matrix) in zip(maps, whole.dropFirst()) {
        #expect(map.largestDifference(toMatrix: matrix) < 1e-6)
      }
    }
  }

  @Test func memoryHoldsAFewRowsAndNeverTheMatrix() throws {
    let backend = try CPUBackend(threadCount: 1)
    let model = Transformer(
      .llama(modelDim: 16, layerCount: 1, headCount: 2), on: backend, seed: 3)
    let length = 1000
    let (views, problem) = model.heads(of: [Int32](repeating: 3, count: length), layer: 0)
    let held = backend.meter.current.totalBytes
    let (maps, peak) = backend.meter.scope {
      PooledAttention.maps(views, problem, heads: 0..<2, side: 10, on: backend)
    }
    #expect(maps.count == 2)
    // 64 rows of each head side by side, and the tiles.
    #expect(peak.totalBytes - held < 4 * 2 * 70 * length)
  }
}
