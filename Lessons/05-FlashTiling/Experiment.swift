import LessonKit
import SmallTransformer

/// The sizes of this lesson at each scale.
struct Experiment {
  let scale: Scale

  // The readable versions and the reference: a length that few tile sizes divide.
  var checkedLength: Int { scale.pick(smoke: 45, standard: 193, full: 385) }
  var checkedHeadDim: Int { scale.pick(smoke: 16, standard: 32, full: 64) }

  /// Tiles of one score, of a row, of a column and of all scores, of powers of two, and of sizes
  /// that do not divide the length.
  func checkedTiles() throws(TileError) -> [TileSizes] {
    let n = checkedLength
    var result: [TileSizes] = []
    for (queries, keys) in [
      (1, 1), (1, n), (n, 1), (n, n), (16, 16), (32, 8), (8, 32), (7, 13), (n - 1, 2), (3, n - 1),
    ] {
      result.append(try TileSizes(queries: queries, keys: keys, length: n))
    }
    return result
  }

  // The counted memory.
  var countedLength: Int { scale.pick(smoke: 128, standard: 1024, full: 2048) }
  var countedHeadDim: Int { scale.pick(smoke: 16, standard: 32, full: 64) }
  /// Rows of the outer block; some of these sizes do not divide the length.
  var countedTiles: [Int] {
    scale.pick(
      smoke: [8, 12, 32, 128], standard: [16, 24, 32, 48, 64, 96, 128, 256, 512, 1024],
      full: [16, 32, 48, 64, 96, 128, 256, 512, 1024, 2048])
  }
  /// The backward passes are counted for some of these sizes.
  var countedBackwardTiles: [Int] {
    scale.pick(smoke: [8, 32], standard: [32, 128, 512], full: [32, 128, 512, 2048])
  }
  /// Rows of the inner block: few, which leaves more room for the outer block.
  var innerTile: Int { 16 }
  /// Numbers that fast memory holds.
  var capacities: [Int] {
    scale.pick(
      smoke: [1 << 11, 1 << 12], standard: [1 << 12, 1 << 13, 1 << 14, 1 << 15, 1 << 16],
      full: [1 << 13, 1 << 14, 1 << 15, 1 << 16, 1 << 17])
  }

  // Time and bytes.
  var timedHeadDim: Int { 64 }
  var timedLengths: [Int] {
    let short = [256, 512, 1024, 2048, 4096, 8192, 16_384]
    return scale.pick(
      smoke: [64, 128, 256], standard: short, full: short + [32_768, 65_536, 100_000])
  }
  /// Beyond this length, attention without a mask takes too long, and only causal attention is
  /// timed.
  var longestSquare: Int { 16_384 }
  /// A method that needs more bytes does not run.
  var budgetBytes: Int { scale.pick(smoke: 1 << 18, standard: 1 << 30, full: 3 << 30) }
  /// The tiled kernel must be faster from this length on.
  var fasterFrom: Int { 512 }

  func rounds(length: Int) -> Int {
    switch length {
    case ...1024: scale.pick(smoke: 3, standard: 25, full: 40)
    case ...2048: 12
    case ...4096: 6
    case ...8192: 3
    case ...16_384: 2
    default: 1
    }
  }

  // The map.
  var shortText: Int { scale.pick(smoke: 128, standard: 1024, full: 1024) }
  var longText: Int { scale.pick(smoke: 512, standard: 100_000, full: 100_000) }
  /// Rows and columns of a picture.
  var gridSide: Int { scale.pick(smoke: 32, standard: 256, full: 256) }

  var configuration: TransformerConfiguration {
    var configuration = TransformerConfiguration.gpt(
      modelDim: scale.pick(smoke: 32, standard: 128, full: 128), layerCount: 2,
      headCount: scale.pick(smoke: 2, standard: 4, full: 4), positions: Rotary())
    configuration.norm = .rmsNorm
    configuration.hasBiases = false
    return configuration
  }

  var schedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: 8, length: scale.pick(smoke: 32, standard: 256, full: 512),
      stepCount: scale.pick(smoke: 6, standard: 250, full: 600), peakLearningRate: 3e-3,
      warmUpSteps: scale.pick(smoke: 2, standard: 25, full: 60))
  }
}
