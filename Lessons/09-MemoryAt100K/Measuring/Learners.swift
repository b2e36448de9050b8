import Calculator
import LessonKit
import TensorCore

/// The exercises whose functions this lesson compares with the calculator and the engine.
extension MemoryAt100KLesson {
  public static var runsWith: [String] { [zeROStage.exercise, ringMerge.exercise] }

  static let ringMerge = LearnerFunction<RingCall, [Partial]>("ring-merge")

  static let zeROStage = LearnerFunction<StagesCall, [Int]>("zero-stage")

  /// Compares the learner's stages, if the run has them, with those of the calculator, for the
  /// model of the table.
  func compareLearners(_ notebook: Notebook, parameterCount: Double, deviceCount: Int) throws {
    guard let learners = notebook.learners(Self.zeROStage) else { return }
    notebook.showLearners(Self.zeROStage)
    let sizes = [1, 2, 4, 8, 16, 24, 32, 40, 48, 64, 80, 96, 120, 141, 192]
    let stages = try notebook.step(
      "learners-stages", "Find the lowest stage for devices of several sizes, by your function"
    ) {
      try learners(
        StagesCall(
          parameterCount: Int(parameterCount), deviceCount: deviceCount,
          memoryBytes: sizes.map { $0 * 1_000_000_000 })
      ) { $0.count == sizes.count }
    }
    let expected = sizes.map { size -> Int in
      let stage = ZeROStage.allCases.first { stage in
        let parts = TrainingState.mixed16.bytes(
          parameters: parameterCount, stage: stage, deviceCount: deviceCount)
        return parts.weights + parts.gradients + parts.optimizer <= Double(size) * 1e9
      }
      return stage?.rawValue ?? -1
    }
    notebook.table(
      "learners-stages",
      columns: ["memory of a device", "lowest stage, yours", "by the calculator"],
      rows: sizes.indices.map { index in
        ["\(sizes[index]) GB"]
          + [stages[index], expected[index]].map { $0 < 0 ? "none" : "\($0)" }
      }, caption: "The same model without activations.")
    notebook.claim(
      "learners-stages-differ", "Devices for which your stage differs from the calculator's",
      Double(zip(stages, expected).count { $0 != $1 }), equals: 0, from: .smoke, as: .count)
  }
}

/// One model on devices of several sizes. The answer has the stages, −1 where none fits.
struct StagesCall: Encodable {
  let parameterCount: Int
  let deviceCount: Int
  let memoryBytes: [Int]
}

extension MemoryAt100KLesson {
  /// Spreads one sequence over the devices of a ring and merges with the learner's function, if the
  /// run has it.
  func attendInRing(_ notebook: Notebook) throws {
    guard let learners = notebook.learners(Self.ringMerge) else { return }
    let ring = RingOfParts(count: 4, partLength: 32, headDim: 16)
    notebook.heading("Your ring")
    notebook.say(
      """
      A sequence that is too long for one device can be spread over several. Here \(ring.count) \
      devices hold \(ring.partLength) keys and values each, of \(ring.length) in all. The engine \
      attends from the last token of each device to each part. Your `ringAttention` merges what \
      each device may see. The result must be attention over all tokens so far.
      """)
    notebook.showLearners(Self.ringMerge)
    let difference = try notebook.step(
      "learners-ring", "Merge the parts of each device with your function"
    ) {
      let tensors = ring.tensors(seed: notebook.seed, on: notebook.backend)
      let all = 0..<ring.count
      let parts = all.map { device in
        all.map { part in
          ring.attend(
            tensors, device, keys: part * ring.partLength..<(part + 1) * ring.partLength,
            on: notebook.backend)
        }
      }
      let found = try learners(RingCall(parts: parts)) { results in
        results.count == ring.count && results.allSatisfy { $0.output.count == ring.headDim }
      }
      return all.map { device in
        let whole = ring.attend(
          tensors, device, keys: 0..<(device + 1) * ring.partLength, on: notebook.backend)
        return largestAbsoluteDifference(
          found[device].output + [found[device].logSumExp], whole.output + [whole.logSumExp])
      }.max()
    }
    notebook.claim(
      "learners-ring-difference",
      "The output of your ring differs by at most {} from attention on one device", difference,
      atMost: 1e-5, from: .smoke, kind: .exact)
  }
}

/// Random queries, keys and values of one head, of which each device holds a part.
private struct RingOfParts {
  let count: Int
  let partLength: Int
  let headDim: Int

  var length: Int { count * partLength }

  /// Queries, keys and values, each `[1, 1, length, headDim]`.
  func tensors(seed: UInt64, on backend: any Backend) -> [Tensor] {
    var generator = SeededGenerator(seed: seed, stream: "ring")
    return (0..<3).map { _ in
      backend.tensor(
        (0..<length * headDim).map { _ in generator.normal() }, [1, 1, length, headDim],
        .workspace)
    }
  }

  /// Attention of the last token of a device over some keys.
  func attend(
    _ tensors: [Tensor], _ device: Int, keys: Range<Int>, on backend: any Backend
  ) -> Partial {
    let last = (device + 1) * partLength - 1
    func view(_ tensor: Tensor, _ range: Range<Int>) -> HeadView {
      HeadView(
        headMajor: tensor.reshaped([length, headDim]).slice(range)
          .reshaped([1, 1, range.count, headDim]))
    }
    let output = backend.empty([1, 1, 1, headDim], .workspace)
    let logSumExp = backend.empty([1, 1, 1], .workspace)
    backend.attention(
      AttentionOperands(
        queries: view(tensors[0], last..<last + 1), keys: view(tensors[1], keys),
        values: view(tensors[2], keys), output: HeadView(headMajor: output),
        logSumExp: logSumExp),
      AttentionProblem(
        batchCount: 1, queryLength: 1, keyLength: keys.count, headCount: 1, headDim: headDim,
        isCausal: false))
    return Partial(output: backend.read(output), logSumExp: backend.read(logSumExp)[0])
  }
}

/// Attention of a device's query over a part of the keys.
struct Partial: Codable {
  let output: [Float]
  let logSumExp: Float
}

/// `[device][part]`, later parts included. The answer has one result for each device.
struct RingCall: Encodable {
  let parts: [[Partial]]
}
