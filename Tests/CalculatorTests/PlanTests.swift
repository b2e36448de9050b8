import Calculator
import Testing

/// Plans whose bytes follow from published sizes by hand: each option, alone.
@Suite struct PlanTests {
  private func plan(
    _ name: String, _ use: MemoryPlan.Use = .inference, context: Int = 100_000,
    _ change: (inout MemoryPlan) -> Void = { _ in }
  ) throws -> MemoryPlan {
    var plan = MemoryPlan(model: try ModelShape.named(name), use: use, context: context)
    change(&plan)
    #expect(plan.objection == nil)
    return plan
  }

  // MARK: Faults that the calculator had

  @Test func tiedAndLearnedTablesCount() throws {
    let gemma = ModelShape(
      name: "Gemma's sizes", layerCount: 18, modelDim: 2048, headCount: 8, kvHeadCount: 1,
      headDim: 256, feedForwardDim: 16_384, vocabularyCount: 256_000, tiesEmbedding: true,
      source: "test")
    #expect(gemma.parameterCount == 2_506_172_416)
    let gpt = ModelShape(
      name: "GPT-2's sizes", layerCount: 12, modelDim: 768, headCount: 12, feedForwardDim: 3072,
      vocabularyCount: 50_257, block: .gpt, tiesEmbedding: true, learnedPositionCount: 1024,
      source: "test")
    #expect(gpt.parameterCount == 124_439_808)
  }

  /// A window of the model is not forgotten.
  @Test func windowsOfTheModel() throws {
    #expect(try plan("Gemma 3 27B", context: 131_072).estimate[.cache] == 11_173_625_856)
    #expect(try plan("Mistral 7B").estimate[.cache] == 536_870_912)
  }

  /// A latent vector is on every device; single heads are divided only as far as there are any.
  @Test func tensorParallelismDividesHeads() throws {
    #expect(
      try plan("DeepSeek-V2") { $0.parallelism.tensor = 8 }.estimate[.cache] == 6_912_000_000)
    for (devices, bytes) in [(1, 32.768e9), (8, 4.096e9), (16, 4.096e9)] {
      let plan = try plan("Llama 2 70B") { $0.parallelism.tensor = devices }
      #expect(plan.estimate[.cache] == bytes)
    }
    let multiQuery = try plan("Gemma 2B") { $0.parallelism.tensor = 8 }
    #expect(multiQuery.estimate[.cache] == 18_432 * 100_000)
  }

  @Test func promptsComeInChunks() throws {
    let plan = try plan("Llama 3 8B", context: 131_072) {
      $0.weightFormat = .int4
      $0.prefillChunk = 2048
    }
    #expect(abs(plan.estimate.total / 22.4e9 - 1) < 0.005, "\(plan.estimate.total)")
    #expect(plan.estimate.total <= (try Device.named("4090").bytes))
  }

  @Test func priceFollowsThePlan() throws {
    let device = try Device.named("A100 80 GB")
    func hours(_ plan: MemoryPlan) throws -> Double {
      try #require(plan.trainingPrice(tokens: 1.4e12, on: device, dollarsPerHour: 3).deviceHours)
    }
    let windows = try plan("LLaMA 65B", .training) { $0.window = 4096 }
    #expect(abs(try hours(windows) - 1_142_332) < 1)
    let recomputed = try plan("LLaMA 65B", .training, context: 2048) { $0.recomputation = .full }
    #expect(abs(try hours(recomputed) - 1_465_172) < 1)
    // The causal half is counted once: 401,213,440 pairs.
    #expect(abs(windows.trainingFlops(isCausal: true) / 1e12 - 42_275.3) < 0.05)
  }

  // MARK: Inference

  @Test func pagedBlocksAndSharedPrefixes() throws {
    let perToken = 131_072.0
    let paged = try plan("Llama 3 8B", context: 1001) {
      $0.batch = 3
      $0.blockLength = 16
    }
    #expect(paged.estimate[.cache] == 3 * 1008 * perToken)
    #expect(paged.paddingBytes == 3 * 7 * perToken)
    let shared = try plan("Llama 3 8B", context: 1001) {
      $0.batch = 3
      $0.sharedPrefix = 500
    }
    #expect(shared.estimate[.cache] == (500 + 3 * 501) * perToken && shared.paddingBytes == 0)
    let both = try plan("Llama 3 8B", context: 1001) {
      $0.batch = 3
      $0.sharedPrefix = 495
      $0.blockLength = 16
    }
    // 30 whole blocks are shared; the 15 tokens after them are cached with each request's own.
    #expect(both.estimate[.cache] == (480 + 3 * 528) * perToken)
    // Those 15 twice more, and 7 tokens of room in each last block.
    #expect(both.paddingBytes == (2 * 15 + 3 * 7) * perToken)
    // A prefix that has left the window is not in the cache.
    let gone = try plan("Mistral 7B", context: 10_000) {
      $0.batch = 2
      $0.sharedPrefix = 5000
    }
    #expect(gone.estimate[.cache] == 2 * 4096 * perToken)
  }

  /// A cache with room for more than the context has that room for every request.
  @Test func capacityBeyondTheContext() throws {
    let plan = try plan("Llama 3 8B", context: 1000) {
      $0.batch = 2
      $0.accounting.rollsWindows = false
      $0.cacheCapacity = 3000
    }
    #expect(plan.estimate[.cache] == 2 * 3000 * 131_072)
  }

  @Test func keysAndValuesHaveFormatsOfTheirOwn() throws {
    let plan = try plan("Llama 3 8B") {
      $0.keyFormat = NumberFormat.ggml[0]
      $0.valueFormat = NumberFormat.ggml[4]
    }
    let bytesPerPair: Double = (8.5 + 4.5) / 8
    #expect(plan.estimate[.cache] == 32_768 * 100_000 * bytesPerPair)
  }

  // MARK: Training

  /// Korthikanti et al., 2022, table 2: sbh(34 + 5as/h), sbh(10 + 24/t + 5as/ht), and all of it
  /// over t with sequence parallelism; 34sbh and 2sbh per layer with recomputation.
  @Test func activationsOfKorthikanti() {
    let (s, h, a, t) = (2048, 12_288, 96, 8)
    let model = ModelShape(
      name: "GPT-3", layerCount: 1, modelDim: h, headCount: a, feedForwardDim: 4 * h,
      vocabularyCount: 51_200, block: .gpt, source: "test")
    func bytes(_ tensor: Int, dividesNorms: Bool) -> Double {
      LayerActivations(model, hasDropout: true, tensor: tensor, dividesNorms: dividesNorms)
        .bytes(tokens: s, storesScores: true) / Double(h)
    }
    let scores = 5 * Double(a * s) / Double(h)
    #expect(bytes(1, dividesNorms: false) == 34 + scores)
    let tensor = 10 + 24.0 / 8 + scores / 8
    #expect(abs(bytes(t, dividesNorms: false) - tensor) < 1e-9)
    let sequence = (34 + scores) / 8
    #expect(abs(bytes(t, dividesNorms: true) - sequence) < 1e-9)
  }

  /// Korthikanti et al. divide everything by t: 32 layers of 34 · 4,096 bytes per token, and 16 ·
  /// 1,024 around the last norm, of 8,192 tokens, over 8 devices.
  @Test func sequenceParallelismDividesAllActivations() throws {
    let plan = try plan("Llama 3.1 8B", .training, context: 8192) {
      $0.parallelism = Parallelism(tensor: 8, dividesNorms: true)
    }
    #expect(plan.estimate[.activations] == Double(8192 * (32 * 139_264 + 16_384) / 8))
    #expect(plan.estimate[.activations] == 4_580_179_968)
  }

  /// Of a frozen matrix the input is not needed. With adapters on queries and values, a layer of
  /// Llama 3.1 8B keeps neither the second norm's result nor the input of its last product: of
  /// 69,632 numbers per token 51,200, and two of rank 8.
  @Test func adaptersKeepFewerActivations() throws {
    func bytes(_ targets: Set<Adapters.Target>) throws -> Double {
      try plan("Llama 3.1 8B", .training, context: 8192) {
        $0.adapters = Adapters(rank: 8, targets: targets, baseFormat: .nf4)
      }.estimate.most(.activations)
    }
    let last = 2.0 * 8192 * 2 * 4096
    #expect(try bytes([.q, .v]) == 2 * 8192 * 32 * (51_200 + 16) + last)
    #expect(try bytes([.q, .v]) == 26_986_151_936)
    #expect(try bytes([.down]) == 2 * 8192 * 32 * (69_632 - 2 * 4096 + 8) + last)
    #expect(try bytes(Set(Adapters.Target.allCases)) == 2 * 8192 * 32 * (69_632 + 7 * 8) + last)
  }

  @Test func adaptersTrainFewWeights() throws {
    let plan = try plan("Llama 2 7B", .training, context: 512) {
      $0.adapters = Adapters(rank: 8, targets: [.q, .v])
    }
    // Hu et al.'s rank 8 on queries and values: 4,194,304 weights, as peft prints for this model.
    #expect(plan.estimate[.gradients] == 2 * 4_194_304)
    #expect(plan.estimate[.optimizer] == 12 * 4_194_304)
    #expect(plan.estimate[.weights] == 2 * (6_738_415_616 + 4_194_304))
    var small = plan
    small.adapters?.baseFormat = .nf4
    // Dettmers et al., 2023: about 0.5 bytes per weight and 0.127 bits of scales.
    let layers = 6_738_415_616.0 - 2 * 32_000 * 4096
    let wanted = layers * 4.127 / 8 + 2 * 262_144_000 + 8.4e6
    #expect(agree(small.estimate[.weights], wanted, digits: 3))
  }

  /// Adapters are divided where the adapted matrix is: of queries the outputs, of the matrix after
  /// attention the inputs. Tables that are not divided by words are on every device.
  @Test func tensorParallelismDividesOneSideOfAnAdapter() throws {
    func gradients(_ tensor: Int, _ targets: Set<Adapters.Target>) throws -> Double {
      try plan("Llama 3.1 8B", .training, context: 512) {
        $0.adapters = Adapters(rank: 16, targets: targets)
        $0.parallelism.tensor = tensor
      }.estimate[.gradients] / 2 / 32 / 16
    }
    #expect(try gradients(1, [.q]) == 4096 + 4096)
    #expect(try gradients(4, [.q]) == 4096 + 1024)
    #expect(try gradients(16, [.k]) == 4096 + 1024 / 8)
    #expect(try gradients(4, [.down]) == 14_336 / 4 + 4096)
    let gpt = try plan("GPT-2") { $0.parallelism.tensor = 4 }
    let layer = gpt.model.weights(of: gpt.model.layer)
    let divided = 12 * (layer.split + layer.perKVHead) + 50_257 * 768
    let copied = 12 * layer.copied + 1024 * 768 + 2 * 768
    let wanted = Double(divided) / 4 + Double(copied)
    #expect(abs(gpt.estimate[.weights] - 2 * wanted) < 1)
  }

  @Test func stateOfAnOptimizerOfEightBits() throws {
    let n = 6_738_415_616.0
    let plan = try plan("Llama 2 7B", .training, context: 512) { $0.state = .adam8bit }
    #expect(plan.estimate[.optimizer] == n * (4 + 2 + 8.0 / 256))
    let host = try self.plan("Llama 2 7B", .training, context: 512) { $0.offload = [.optimizer] }
    #expect(host.estimate[.optimizer] == 0 && host.estimate.hostBytes == 12 * n)
  }

  /// With activations in the host's memory, the device has two layers, or the layers that are
  /// recomputed at once.
  @Test(arguments: [
    (Recomputation.nothing, 2.0, 0.0), (.full, 1, 2), (.everyKth(4), 4, 2), (.everyKth(32), 32, 0),
  ])
  func activationsOnTheHost(policy: Recomputation, layers: Double, inputs: Double) throws {
    func estimate(_ offload: Set<Offload>) throws -> MemoryEstimate {
      try plan("Llama 3.1 8B", .training, context: 8000) {
        $0.recomputation = policy
        $0.offload = offload
      }.estimate
    }
    let layer = 139_264.0
    let here = try estimate([.activations])
    let most = 8000 * (layers * layer + inputs * 8192)
    #expect(here.most(.activations) <= most + 2 * 8000 * 8192)
    #expect(here.most(.activations) >= most)
    let whole = try estimate([]).most(.activations)
    #expect(here.hostBytes + here.most(.activations) <= whole * 1.01 + most)
  }

  @Test func logitsInChunks() throws {
    let plan = try plan("Llama 3 8B", .training) { $0.lossChunk = 1024 }
    #expect(plan.estimate.most(.logits) == 4 * 1024 * 128_256)
  }

  /// ZeRO divides state over copies, tensor and pipeline parallelism over their own devices.
  @Test func eachKindDividesOnlyWhatItDivides() throws {
    let one = try plan("Llama 2 7B", .training, context: 4096).estimate
    func estimate(_ parallelism: Parallelism) throws -> MemoryEstimate {
      try plan("Llama 2 7B", .training, context: 4096) { $0.parallelism = parallelism }.estimate
    }
    let data = try estimate(Parallelism(data: 8))
    #expect(data.total == one.total)
    let sharded = try estimate(Parallelism(data: 8, stage: .optimizer))
    #expect(sharded[.optimizer] == one[.optimizer] / 8 && sharded[.weights] == one[.weights])
    #expect(sharded.most(.activations) == one.most(.activations))
    let tensor = try estimate(Parallelism(tensor: 8))
    #expect(abs(tensor[.weights] / (one[.weights] / 8) - 1) < 1e-3)
    #expect(tensor.most(.activations) > one.most(.activations) / 8)
    let context = try estimate(Parallelism(context: 8))
    #expect(context[.weights] == one[.weights])
    #expect(abs(context.most(.activations) / (one.most(.activations) / 8) - 1) < 1e-9)
    let pipeline = try estimate(Parallelism(pipeline: 8))
    #expect(pipeline[.weights] < one[.weights] / 7)
    // The first of 8 devices has 8 micro-batches in flight, of an eighth of the layers each.
    #expect(pipeline.most(.activations) > 0.9 * one.most(.activations))
  }

  @Test func searchesFindTheLargestThatFits() throws {
    let card = 80e9
    let base = try plan("Llama 3 8B", context: 8192) { $0.prefillChunk = 2048 }
    let batch = try #require(base.largestBatch(within: card))
    var plan = base
    plan.batch = batch
    #expect(plan.estimate.total <= card)
    plan.batch += 1
    #expect(plan.estimate.total > card)
    let large = try self.plan("Llama 3.1 405B", context: 131_072) { $0.prefillChunk = 2048 }
    let fewest = try #require(large.onFewestDevices(of: card))
    #expect(fewest.plan.estimate.total <= card)
    // 811.7 GB of weights and 67.6 GB of cache on 11 devices are 79.9 GB each, without the rest.
    #expect(fewest.plan.deviceCount == 12)
    let small = try self.plan("LLaMA 7B", context: 100)
    #expect(small.onFewestDevices(of: card)?.plan.deviceCount == 1)
    let training = try self.plan("LLaMA 7B", .training, context: 2048)
    #expect(try #require(training.onFewestDevices(of: card)).plan.deviceCount == 2)
  }

  /// More tokens, more sequences and more bits never need fewer bytes, and devices together hold at
  /// least what one would: of every published model.
  @Test(arguments: ModelShape.published.map(\.name)) func bytesGrow(name: String) throws {
    let model = try ModelShape.named(name)
    for use in MemoryPlan.Use.allCases {
      var plan = MemoryPlan(model: model, use: use, context: 3000, batch: 2)
      let base = plan.estimate
      #expect(base.total > 0 && base.terms.allSatisfy { $0.bytes >= 0 && $0.bytes.isFinite })
      plan.context = 3001
      #expect(plan.estimate.total >= base.total)
      plan.batch = 3
      #expect(plan.estimate.total > base.total)
      (plan.context, plan.batch) = (3000, 2)
      for devices in [2, 4, 8, 16] {
        for kind in [
          Parallelism(data: devices, stage: .parameters), Parallelism(tensor: devices),
          Parallelism(pipeline: devices), Parallelism(context: devices),
        ] {
          plan.parallelism = kind
          guard plan.objection == nil else { continue }
          let each = plan.estimate
          for term in [MemoryEstimate.Kind.weights, .gradients, .optimizer, .cache] {
            let together = each[term] * Double(devices)
            #expect(together >= base[term] * 0.999_999, "\(kind), \(term)")
          }
          // ZeRO brings one layer's weights together, besides its share of all.
          #expect(each.total <= base.total * 1.05, "\(kind)")
        }
      }
    }
  }

  @Test(
    arguments: [
      ("a context of 0", { (plan: inout MemoryPlan) in plan.context = 0 }),
      ("a batch of 0", { $0.batch = 0 }), ("a window of 0", { $0.window = 0 }),
      ("a chunk of 0", { $0.prefillChunk = 0 }), ("for the loss", { $0.lossChunk = 0 }),
      ("blocks of 0", { $0.blockLength = 0 }), ("0 passes", { $0.accumulation = 0 }),
      ("new tokens", { $0.newTokens = 200_000 }), ("shared prefix", { $0.sharedPrefix = 200_000 }),
      ("saves nothing", { ($0.window, $0.storesScores) = (9, true) }),
      ("rank 0", { $0.adapters = Adapters(rank: 0) }),
      ("no matrix", { $0.adapters = Adapters(rank: 8, targets: []) }),
      ("does not divide 32 heads", { $0.parallelism.tensor = 3 }),
      ("only 32 layers", { $0.parallelism.pipeline = 33 }),
      ("data parallelism over 0", { $0.parallelism.data = 0 }),
      ("0 layers at a time", { $0.recomputation = .everyKth(0) }),
      ("cannot share 5", { $0.model.kvHeadCount = 5 }),
      ("width 0", { $0.model.modelDim = 0 }), ("0 layers", { $0.model.groups[0].count = 0 }),
      ("a model without layers", { $0.model.groups = [] }),
      (
        "million billion",
        {
          $0.model.modelDim = 10_000_000; $0.model.groups[0].count = 10_000
        }
      ),
    ] as [(String, (inout MemoryPlan) -> Void)])
  func invalidPlansHaveASentence(
    part: String, change: (inout MemoryPlan) -> Void
  ) throws {
    var plan = MemoryPlan(model: try ModelShape.named("LLaMA 7B"))
    change(&plan)
    #expect(plan.objection?.contains(part) == true, "\(plan.objection ?? "no objection")")
  }
}
