import Corpora
import LessonKit
import SmallTransformer
import TensorCore

/// The sizes of this lesson at each scale, and the pattern of each mask in each experiment.
struct Experiment {
  let scale: Scale
  let seed: UInt64
  /// The masks of this run, in the order of the page.
  var masks = Mask.allCases

  /// The patterns of one experiment. `pattern` gives nil for a mask that the experiment leaves out.
  private func patterns(
    _ pattern: (Mask) -> (any SparsePattern)?
  ) -> Keyed<Mask, any SparsePattern> {
    Keyed(compacting: masks, pattern)
  }

  // MARK: The masks and what they reach

  /// Tokens in the pictures of the masks.
  var pictureLength: Int { 96 }
  /// Small enough to see the structure of every pattern.
  var picturedPatterns: Keyed<Mask, any SparsePattern> {
    patterns {
      switch $0 {
      case .causal: Causal()
      case .window: SlidingWindow(16)
      case .dilated: DilatedWindow(16, dilation: 4)
      case .strided: Strided(12)
      case .fixed: Fixed(16, summary: 3)
      case .global: GlobalTokens(window: 16, at: [0, 40])
      case .randomBlocks: RandomBlocks(1, blockSize: 8, window: 2, seed: seed)
      case .blockSparse: BlockSparse(GlobalTokens(window: 8, at: [40]), blockSize: 16)
      case .sinks: SinksAndWindow(sinks: 4, window: 12)
      }
    }
  }

  var reachLength: Int { scale.pick(smoke: 256, standard: 1024, full: 1024) }
  var reachLayers: Int { 8 }
  var reachWindow: Int { scale.pick(smoke: 8, standard: 32, full: 32) }
  /// Patterns of about the same cost, which reach distant tokens in different ways.
  var reachPatterns: Keyed<Mask, any SparsePattern> {
    let (W, n) = (reachWindow, reachLength)
    return patterns {
      switch $0 {
      case .causal: Causal()
      case .window: SlidingWindow(W)
      case .dilated: DilatedWindow(W, dilation: reachDilation)
      case .strided: Strided(W)
      case .fixed: Fixed(W, summary: 4)
      case .global: GlobalTokens(window: W, at: globalPlaces(every: W, below: n))
      case .randomBlocks: RandomBlocks(1, blockSize: W / 2, window: 2, seed: seed)
      case .blockSparse: nil
      case .sinks: SinksAndWindow(sinks: 4, window: W - 4)
      }
    }
  }
  var reachDilation: Int { 4 }

  /// Positions of global tokens, evenly spaced.
  func globalPlaces(every spacing: Int, below length: Int) -> [Int] {
    Array(stride(from: spacing - 1, to: length, by: spacing))
  }

  // MARK: Time and bytes

  var timedLengths: [Int] {
    let all = [512, 1024, 2048, 4096, 8192, 16_384, 32_768]
    return Array(all.prefix(scale.pick(smoke: 2, standard: 7, full: 7)))
  }
  var timedHeadDim: Int { scale.pick(smoke: 16, standard: 64, full: 64) }
  var timedHeads: Int { scale.pick(smoke: 1, standard: 1, full: 4) }
  /// Rounds that time every mask at every length once.
  var sweepRounds: Int { scale.pick(smoke: 1, standard: 2, full: 7) }
  /// The length at which time is compared with the number of kept blocks.
  var keptBlocksLength: Int { scale.pick(smoke: 512, standard: 4096, full: 8192) }
  /// Rounds of that comparison.
  var keptBlocksRounds: Int { scale.pick(smoke: 2, standard: 15, full: 31) }
  /// The longest text whose score matrix is stored. A longer one would not fit into the memory of a
  /// small machine.
  var longestMatrix: Int { 4096 }

  /// The patterns that are counted and timed. The strided mask gets its stride from the length, √n,
  /// as the paper asks.
  func timedPatterns(length n: Int) -> Keyed<Mask, any SparsePattern> {
    patterns {
      switch $0 {
      case .causal: Causal()
      case .window: SlidingWindow(256)
      case .dilated: DilatedWindow(64, dilation: 4)
      case .strided: Strided(Int(Double(n).squareRoot().rounded()))
      case .fixed: Fixed(128, summary: 8)
      case .global: GlobalTokens(window: 256, at: [0, 100, 200, 300])
      case .randomBlocks: RandomBlocks(2, window: 3, seed: seed)
      case .blockSparse: nil
      case .sinks: SinksAndWindow(sinks: 4, window: 252)
      }
    }
  }

  /// Lengths at which a stride of exactly √n divides the text.
  var transposedLengths: [Int] {
    scale.pick(
      smoke: [256, 1024], standard: [1024, 4096, 16_384], full: [1024, 4096, 16_384, 65_536])
  }
  /// Rounds that time the strided mask in both orders.
  var transposedRounds: Int { scale.pick(smoke: 1, standard: 5, full: 9) }

  // MARK: Models

  /// The number of models of each kind, trained from different seeds.
  var seedCount: Int { scale.pick(smoke: 2, standard: 3, full: 3) }
  var seeds: [UInt64] { (0..<UInt64(seedCount)).map { seed + $0 } }

  // MARK: Recall

  var recallLength: Int { scale.pick(smoke: 32, standard: 128, full: 256) }
  var recallWindow: Int { scale.pick(smoke: 4, standard: 16, full: 32) }
  var recallTask: AssociativeRecall { recallTask(length: recallLength) }
  func recallTask(length: Int) -> AssociativeRecall {
    AssociativeRecall(
      keyCount: scale.pick(smoke: 8, standard: 16, full: 16), valueCount: 8, length: length)
  }
  var recallSchedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: scale.pick(smoke: 4, standard: 8, full: 16), length: recallLength,
      stepCount: scale.pick(smoke: 8, standard: 400, full: 2000), peakLearningRate: 5e-3,
      warmUpSteps: scale.pick(smoke: 2, standard: 20, full: 50))
  }
  /// Without positions: a statement is found by its key, whatever its position. The token vectors
  /// are given, because this test is about masks: the training needs no time to learn vectors.
  var recallConfiguration: TransformerConfiguration {
    let task = recallTask
    var configuration = lean(
      .gpt(
        vocabularyCount: task.vocabularyCount, modelDim: 48, layerCount: 2, headCount: 1,
        positions: NoPositions()))
    configuration.fixedEmbedding = FixedEmbedding(identity: "key and value codes") { token in
      task.code(of: token, width: 48)
    }
    return configuration
  }
  var recallPatterns: Keyed<Mask, any SparsePattern> {
    let (W, n) = (recallWindow, recallLength)
    return patterns {
      switch $0 {
      case .causal: Causal()
      case .window: SlidingWindow(W)
      case .dilated: DilatedWindow(W, dilation: 2)
      case .strided: Strided(W)
      case .fixed: Fixed(W, summary: 2)
      case .global: GlobalTokens(window: W, at: globalPlaces(every: 2 * W, below: n))
      case .randomBlocks: RandomBlocks(1, blockSize: W / 2, window: 2, seed: seed)
      case .blockSparse: BlockSparse(SlidingWindow(W), blockSize: 16)
      case .sinks: SinksAndWindow(sinks: W / 4, window: W - W / 4)
      }
    }
  }
  var recallSequences: Int { scale.pick(smoke: 16, standard: 256, full: 1024) }

  // MARK: Blocks chosen by content

  /// The length of the texts in which blocks are chosen, and how many texts.
  var chosenLength: Int { scale.pick(smoke: 128, standard: 4096, full: 8192) }
  var chosenTexts: Int { scale.pick(smoke: 1, standard: 4, full: 8) }
  var chosenBlockSize: Int { 16 }
  /// Blocks that each row of blocks keeps, ascending.
  var chosenCounts: [Int] {
    scale.pick(smoke: [2, 4], standard: [4, 8, 16, 32], full: [4, 8, 16, 32])
  }
  /// The number that the claims are about: a sixteenth of all blocks at standard scale.
  var claimedCount: Int { scale.pick(smoke: 4, standard: 16, full: 32) }
  /// The length at which choosing and attending are timed, in blocks of 64.
  var chosenTimedLength: Int { scale.pick(smoke: 512, standard: 16_384, full: 32_768) }
  var chosenTimedRounds: Int { scale.pick(smoke: 1, standard: 3, full: 7) }

  // MARK: Text

  /// T: tokens of a training sequence. The streams are longer than it.
  var textLength: Int { scale.pick(smoke: 32, standard: 128, full: 256) }
  var textSchedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: scale.pick(smoke: 2, standard: 4, full: 16), length: textLength,
      stepCount: scale.pick(smoke: 6, standard: 500, full: 3000), peakLearningRate: 6e-3,
      warmUpSteps: scale.pick(smoke: 2, standard: 50, full: 200))
  }
  var textConfiguration: TransformerConfiguration {
    lean(
      .gpt(
        modelDim: scale.pick(smoke: 16, standard: 64, full: 128),
        layerCount: scale.pick(smoke: 2, standard: 3, full: 4),
        headCount: scale.pick(smoke: 2, standard: 4, full: 4), positions: Rotary()))
  }
  var textWindow: Int { scale.pick(smoke: 8, standard: 16, full: 32) }
  /// Three masks only: at this size the losses of others lie between them.
  var textPatterns: Keyed<Mask, any SparsePattern> {
    patterns {
      switch $0 {
      case .causal: Causal()
      case .window: SlidingWindow(textWindow)
      case .strided: Strided(textWindow / 2)
      case .dilated, .fixed, .global, .randomBlocks, .blockSparse, .sinks: nil
      }
    }
  }
  var evaluationTokens: Int { scale.pick(smoke: 512, standard: 32_768, full: 131_072) }
  /// Bytes that the training of one model reads.
  var textBytesRead: Int { textSchedule.stepCount * textSchedule.tokensPerStep }

  // MARK: Streaming

  var streamLength: Int { scale.pick(smoke: 4, standard: 8, full: 16) * textLength }
  var streamCount: Int { scale.pick(smoke: 2, standard: 8, full: 16) }
  var sinkCount: Int { 4 }

  /// Without biases and with RMSNorm: the smallest decoder layer.
  private func lean(_ configuration: TransformerConfiguration) -> TransformerConfiguration {
    var lean = configuration
    lean.norm = .rmsNorm
    lean.hasBiases = false
    return lean
  }
}
