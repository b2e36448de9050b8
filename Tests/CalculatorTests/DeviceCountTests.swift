import Calculator
import Testing

/// Plans on several devices: what a stage of a pipeline has, and how many devices are enough.
@Suite struct DeviceCountTests {
  private func plan(
    _ name: String, _ use: MemoryPlan.Use = .inference, context: Int,
    _ change: (inout MemoryPlan) -> Void = { _ in }
  ) throws -> MemoryPlan {
    var plan = MemoryPlan(model: try ModelShape.named(name), use: use, context: context)
    plan.prefillChunk = 2048
    change(&plan)
    #expect(plan.objection == nil)
    return plan
  }

  // MARK: Stages of a pipeline

  /// Layers of the largest stage, rounded up: 1 of 61, 8 of 61, 5 of 36 and 8 of 62. At 131,072
  /// tokens, DeepSeek-V3 caches 2 · 576 bytes per token and layer. Of 5 layers of gpt-oss in a row 3
  /// have no window, of 8 of Gemma 3 two; their tokens have 2,048 and 8,192 bytes per layer.
  @Test(
    arguments: [
      ("DeepSeek-V3", 61, 150_994_944), ("DeepSeek-V3", 8, 1_207_959_552),
      ("gpt-oss-120b", 8, 3 * 131_072 * 2048 + 2 * 128 * 2048),
      ("Gemma 3 27B", 8, 2 * 131_072 * 8192 + 6 * 1024 * 8192),
      ("Llama 3.1 8B", 3, 11 * 131_072 * 4096),
    ] as [(String, Int, Double)])
  func largestStage(name: String, stages: Int, bytes: Double) throws {
    let plan = try plan(name, context: 131_072) { $0.parallelism.pipeline = stages }
    #expect(plan.estimate[.cache] == bytes)
    #expect(plan.assumptions.contains { $0.contains("The device of the pipeline") })
  }

  /// Without an order, a stage has the largest layers: 8 of 10 without a window.
  @Test func stageOfAnUnknownOrder() throws {
    var plan = try plan("Gemma 3 27B", context: 131_072) { $0.parallelism.pipeline = 8 }
    let groups = plan.model.groups
    plan.model = ModelShape(
      name: "no order", modelDim: 5376, vocabularyCount: 262_208, groups: groups, source: "test")
    #expect(plan.model.kinds == nil)
    #expect(plan.estimate[.cache] == 8 * 131_072 * 8192)
    #expect(plan.assumptions.contains { $0.contains("their order is not known") })
  }

  @Test func ordersOfPublishedModels() throws {
    for model in ModelShape.published {
      let kinds = try #require(model.kinds, "\(model.name)")
      #expect(kinds.count == model.layerCount)
      for (index, group) in model.groups.enumerated() {
        #expect(kinds.count { $0 == index } == group.count)
      }
    }
    let windows = try ModelShape.named("Gemma 3 1B")
    let global = (windows.kinds ?? []).indices.filter {
      windows.groups[windows.kinds?[$0] ?? 0].layer.attention.window == nil
    }
    #expect(global == [5, 11, 17, 23])
    let two = try ModelShape.named("DeepSeek-V3").predicting(further: 2)
    #expect(two.kinds == [0, 0, 0] + [Int](repeating: 1, count: 60))
  }

  // MARK: The fewest devices

  /// GB of weights and cache, by hand, and the least number of devices that could hold them.
  @Test func fewestDevices() throws {
    // 31.4 + 31.1 GB: more than 2 · 24.
    let lite = try plan("DeepSeek-V2-Lite", context: 1_000_000)
    #expect(lite.onFewestDevices(of: 24e9)?.plan.parallelism == Parallelism(pipeline: 3))
    // 673 + 70 GB on 5 devices are 149 GB each of 150.8; a stage of 13 layers has 164.
    let card = try Device.named("H200").bytes
    let v3 = try plan("DeepSeek-V3", context: 1_000_000) { $0.weightFormat = .float8 }
    #expect(v3.onFewestDevices(of: card)?.plan.parallelism == Parallelism(pipeline: 6))
    // 23,040 bytes per token, 8 million tokens: 184.3 GB, more than 23 · 8.
    let small = try plan("SmolLM2-135M", context: 1_000_000) { $0.batch = 8 }
    #expect(small.onFewestDevices(of: 8e9)?.plan.deviceCount == 24)
    // 16.1 + 33.6 GB: more than 2 · 24.
    let many = try plan("Llama 3.1 8B", context: 8000) { $0.batch = 32 }
    #expect(many.onFewestDevices(of: 24e9)?.plan.parallelism == Parallelism(pipeline: 3))
  }

  /// No smaller number of devices is enough, of all that there are.
  @Test func noFewerDevicesAreEnough() throws {
    let card = try Device.named("H100").bytes
    for (name, use, context) in [
      ("Gemma 2 9B", MemoryPlan.Use.training, 8192), ("Llama 3.1 70B", .inference, 1_000_000),
    ] {
      let plan = try plan(name, use, context: context)
      let fewest = try #require(plan.onFewestDevices(of: card))
      #expect(fewest.isFewest && fewest.plan.estimate.total <= card)
      #expect(fewest.plan.deviceCount <= 10)
      var all = plan
      for count in 1..<fewest.plan.deviceCount {
        for tensor in 1...count where count % tensor == 0 {
          for pipeline in 1...count where count / tensor % pipeline == 0 {
            for context in 1...count where count / tensor / pipeline % context == 0 {
              all.parallelism = Parallelism(
                data: count / tensor / pipeline / context, tensor: tensor, pipeline: pipeline,
                context: context, stage: use == .training ? .parameters : .nothing)
              #expect(all.objection != nil || all.estimate.total > card)
            }
          }
        }
      }
    }
  }

  /// The search ends, and nothing is claimed that was not tried.
  @Test func searchesAreBounded() throws {
    let huge = try plan("Llama 3.1 405B", context: 1 << 39)
    #expect(huge.onFewestDevices(of: 1e9) == nil)
    var kinds = try plan("Llama 3.1 405B", context: 1_000_000)
    kinds.model.setLayers(
      (0..<10_000).map { Layer(Attention(heads: 64, headDim: 64), FeedForward(1 + $0 % 256)) })
    let found = kinds.onFewestDevices(of: 400e9)
    #expect(try #require(found).plan.estimate.total <= 400e9)
  }

  // MARK: Advice

  /// 16 devices are enough, so 32 and 64 are no advice.
  @Test func onlyOneNumberOfDevices() throws {
    let ways = try plan("Llama 3.1 405B", context: 8192).waysToFit(80e9)
    #expect(ways.count { $0.count == 1 && $0[0].cost == .moreDevices } == 1)
    let savings = try plan("Llama 3.1 405B", context: 8192).savings(within: 80e9)
    #expect(
      savings.map(\.technique).filter { $0.cost == .moreDevices }.last?.name.hasPrefix("16 ")
        == true)
    #expect(ways.first { $0.last?.cost == .moreDevices }?.map(\.name).count == 1)
  }

  /// The published format of the weights is no change of the output.
  @Test func publishedWeightsAreFree() throws {
    let card = try Device.named("H100").bytes
    let plan = try plan("gpt-oss-120b", context: 131_072)
    #expect(plan.waysToFit(card).first?.map(\.name) == ["weights as they are published"])
    #expect(plan.waysToFit(card).first?.allSatisfy(\.isExact) == true)
  }

  /// A smaller chunk is exact and free.
  @Test func smallerChunks() throws {
    let card = try Device.named("4090").bytes
    let plan = try plan("Llama 3.1 8B", context: 157_302) {
      $0.weightFormat = WeightFormat.gguf.first { $0.name == "Q4_K_M" } ?? .float16
    }
    #expect(plan.estimate.total > card)
    #expect(plan.waysToFit(card).first?.map(\.name) == ["the prompt in chunks of 512"])
    let short = try self.plan("Llama 3.1 8B", .training, context: 2048)
    let chunked = Technique.all.filter { $0.name.hasPrefix("the loss") }
    #expect(chunked.compactMap { $0.applied(to: short)?.lossChunk } == [512])
  }

  /// GPT-2 has 1,024 learned positions.
  @Test func learnedPositionsLimitTheContext() throws {
    let plan = try plan("GPT-2", context: 2000)
    #expect(plan.longestContext(within: 80e9) == 1024)
    #expect(plan.assumptions.contains { $0.contains("1,024 learned positions") })
    #expect(try self.plan("GPT-2", context: 1024).assumptions.count == plan.assumptions.count - 1)
  }

  // MARK: Lower bounds

  /// Llama 3.1 8B: 32 · 218,112,000 + 4,096 weights are in the products of each token of a prompt.
  @Test func workOfAPrompt() throws {
    let plan = try plan("Llama 3.1 8B", context: 1000) { $0.batch = 2 }
    #expect(plan.model.promptParameterCount == 6_979_588_096)
    let (products, logits) = (2 * 6_979_588_096.0 * 1000, 2 * 128_256.0 * 4096)
    let attention = 1e6 * 2 * (4096 + 4096) * 32
    let device = try Device.named("H100")
    let lines = WorkEstimate(plan, on: device).lines
    #expect(lines[0].flops == 2 * (products + logits + attention))
    // Of the embedding, two rows are read; of the output projection, all.
    let weights = 2 * (6_979_588_096.0 + 128_256 * 4096 + 2 * 4096)
    #expect(lines[2].bytes == weights + 2 * 131_072_000)
    #expect(lines[2].flops == 2 * (2 * 6_979_588_096 + logits + 1000 * 2 * 8192 * 32))
    // One token after the other goes through all stages: the same bytes, no faster.
    let piped = try self.plan("Llama 3.1 8B", context: 1000) {
      ($0.batch, $0.parallelism.pipeline) = (2, 3)
    }
    #expect(WorkEstimate(piped, on: device).lines[2].seconds == lines[2].seconds)
  }

  /// Without stored scores, selective recomputation has nothing to save.
  @Test func selectiveRecomputationOfTiles() throws {
    func says(_ storesScores: Bool) throws -> Bool {
      try plan("Llama 3.1 8B", .training, context: 2048) {
        ($0.recomputation, $0.storesScores) = (.selective, storesScores)
      }.assumptions.contains { $0.contains("saves nothing") }
    }
    #expect(try says(false) && !says(true))
  }
}
