import Calculator
import Testing

/// Elements of this width, without scales.
private func bits(_ bits: Int) -> NumberFormat { NumberFormat(name: "\(bits) bits", bits: bits) }

/// A GPT-style model with the sizes of another: what the formula of Korthikanti et al. counts.
private func gptStyle(_ name: String) throws -> ModelShape {
  let model = try ModelShape.named(name)
  return ModelShape(
    name: name, layerCount: model.layerCount, modelDim: model.modelDim,
    headCount: model.headCount, feedForwardDim: 4 * model.modelDim, vocabularyCount: 32_000,
    block: .gpt, source: "test")
}

@Suite struct PublishedTableTests {
  @Test(arguments: PublishedTables.caches) func caches(row: PublishedTables.CacheRow) throws {
    var model = try ModelShape.named(row.model)
    // The table is without Mistral's window.
    for index in model.groups.indices { model.groups[index].layer.attention.window = nil }
    #expect(model.cacheBytes(tokens: 1) / 1024 == row.kibibytesPerToken)
    let bytes = model.cacheBytes(tokens: 100_000)
    #expect(agree(bytes / 1e9, row.gigabytes))
    #expect(agree(bytes / 1_073_741_824, row.gibibytes))
    let eight = model.cacheBytes(tokens: 100_000, format: bits(8))
    let four = model.cacheBytes(tokens: 100_000, format: bits(4))
    #expect(agree(eight / 1e9, row.eightBits))
    #expect(agree(four / 1e9, row.fourBits))
    #expect(agree(model.cacheBytes(tokens: 65_536) / 1e9, row.at65536))
  }

  @Test func scalesOfAGroupOf32AddOneBitPerElement() throws {
    #expect(NumberFormat.int8.bitsPerElement == 9)
    #expect(NumberFormat.int4.bitsPerElement == 5)
    let model = try ModelShape.named("LLaMA 7B")
    #expect(
      model.cacheBytes(tokens: 7, format: .int4) * 16 == model.cacheBytes(tokens: 7) * 5)
  }

  @Test(arguments: PublishedTables.activations)
  func activations(row: PublishedTables.ActivationRow) throws {
    let model = try gptStyle(row.model)
    func gigabytes(_ policy: Recomputation) -> Double {
      model.keptBytes(tokens: row.tokens, storesScores: true, hasDropout: true, policy) / 1e9
    }
    #expect(agree(gigabytes(.nothing), row.all))
    #expect(agree(gigabytes(.selective), row.selective))
    #expect(agree(gigabytes(.full), row.full))
  }

  @Test(arguments: PublishedTables.zero) func zero(stage: Int, gigabytes: Double) throws {
    let stage = try #require(ZeROStage(rawValue: stage))
    let parts = TrainingState.mixed16.bytes(parameters: 7.5e9, stage: stage, deviceCount: 64)
    let total = (parts.weights + parts.gradients + parts.optimizer) / 1e9
    #expect((total * 10).rounded() / 10 == gigabytes)
  }

  @Test(arguments: PublishedTables.zeroByDevices)
  func zeroByDevices(billions: Double, devices: Int, gigabytes: [Double]) throws {
    for (stage, printed) in zip([ZeROStage.optimizer, .gradients, .parameters], gigabytes) {
      let parts = TrainingState.mixed16.bytes(
        parameters: billions * 1e9, stage: stage, deviceCount: devices)
      let found = (parts.weights + parts.gradients + parts.optimizer) / 1e9
      // One of the last printed digit.
      let unit: Double = printed >= 200 ? 1 : printed >= 10 ? 0.1 : 0.01
      #expect(abs(found - printed) < unit, "stage \(stage), \(devices) devices: \(found)")
    }
  }

  @Test(arguments: PublishedTables.scoreShares) func scoreShares(row: PublishedTables.ScoreShare) {
    let (width, tokens) = (row.width, row.tokens)
    let model = ModelShape(
      name: row.name, layerCount: 1, modelDim: width, headCount: row.heads,
      feedForwardDim: 4 * width, vocabularyCount: 1, block: .gpt, source: "test")
    let layer = LayerActivations(model, hasDropout: true)
    #expect(layer.outsideBytes == 34 * Double(width))
    let inside = layer.insideBytes(tokens: tokens, storesScores: true)
    #expect(inside / Double(width) == row.value)
    let all = layer.bytes(tokens: tokens, storesScores: true)
    #expect((100 * inside / all).rounded() == row.saved)
  }

  @Test func weightsAndStates() throws {
    for (name, half, sixteen) in [("LLaMA 7B", 13.4, 107.2), ("LLaMA 65B", 130.4, 1043.2)] {
      let n = try ModelShape.named(name).nominalParameterCount
      #expect(agree(NumberFormat.float16.bytes(of: n) / 1e9, half))
      #expect(agree(n * Double(TrainingState.mixed16.bytesPerParameter) / 1e9, sixteen))
    }
    #expect(TrainingState.mixed.map(\.bytesPerParameter) == [16, 18, 20])
    #expect(TrainingState.float32.bytesPerParameter == 16)
  }

  /// One layer's score matrix in 16 bits at 100,000 tokens, in GB: 20 per head.
  @Test(arguments: [("LLaMA 7B", 640.0), ("LLaMA 65B", 1280)])
  func scoreMatrix(name: String, gigabytes: Double) throws {
    let layer = LayerActivations(try ModelShape.named(name))
    #expect(layer.insideBytes(tokens: 100_000, storesScores: true) * 100_000 / 1e9 == gigabytes)
  }

  @Test(arguments: [("LLaMA 7B", 1.34e15, 5.243e15), ("LLaMA 65B", 1.304e16, 2.621e16)])
  func promptOf100K(name: String, linear: Double, attention: Double) throws {
    let model = try ModelShape.named(name)
    #expect(agree(2 * model.nominalParameterCount * 100_000, linear))
    let layers = Double(model.layerCount)
    let all = layers * model.attentionFlops(tokens: 100_000, isCausal: false)
    #expect(agree(all, attention))
    let half = layers * model.attentionFlops(tokens: 100_000, isCausal: true)
    #expect(agree(half, attention / 2))
  }

  /// Tokens whose cache fits 80 · 10⁹ bytes next to LLaMA 7B's weights in 16 bits, rounded as in
  /// the published table.
  @Test(arguments: [(32, 127_029), (8, 508_118), (1, 4_064_941)])
  func tokensThatFitNextToTheWeights(kvHeads: Int, tokens: Int) throws {
    var model = try ModelShape.named("LLaMA 7B")
    model.kvHeadCount = kvHeads
    let room = 80e9 - 2 * model.nominalParameterCount
    #expect((room / model.cacheBytes(tokens: 1)).rounded() == Double(tokens))
  }

  @Test func decodingAndLogits() throws {
    let model = try ModelShape.named("LLaMA 7B")
    let read = 2 * model.nominalParameterCount + model.cacheBytes(tokens: 100_000)
    #expect(agree(read / 2e12 * 1000, 32.91))
    let plan = MemoryPlan(model: model, use: .training)
    #expect(plan.estimate.most(.logits) == 12.8e9)
  }
}

@Suite struct MemoryPlanTests {
  private func plan(_ name: String, _ use: MemoryPlan.Use = .inference) throws -> MemoryPlan {
    MemoryPlan(model: try ModelShape.named(name), use: use)
  }

  @Test func longestContextFitsAndOneMoreTokenDoesNot() throws {
    for use in MemoryPlan.Use.allCases {
      var plan = try plan("SmolLM2-135M", use)
      let longest = try #require(plan.longestContext(within: 80e9))
      plan.context = longest
      #expect(plan.estimate.total <= 80e9)
      plan.context = longest + 1
      #expect(plan.estimate.total > 80e9)
    }
    #expect(try plan("LLaMA 65B").longestContext(within: 80e9) == nil)
  }

  @Test func everyTechniqueSavesBytes() throws {
    for use in MemoryPlan.Use.allCases {
      var plan = try plan("LLaMA 7B", use)
      plan.storesScores = true
      plan.cacheFormat = .float32
      plan.weightFormat = .float32
      for technique in Technique.all {
        guard let after = technique.applied(to: plan) else { continue }
        // The loss in chunks saves nothing where the score matrices are the peak.
        #expect(
          after.estimate.total < plan.estimate.total || technique.name.hasPrefix("the loss"),
          "\(technique.name) in \(use)")
        #expect(technique.applied(to: after) == nil, "\(technique.name) twice")
      }
    }
  }

  @Test func waysToFitAreMinimalAndFit() throws {
    var plan = try plan("LLaMA 7B")
    plan.storesScores = true
    let ways = plan.waysToFit(80e9)
    #expect(ways.first?.map(\.name) == ["tiled attention"])
    plan.storesScores = false
    #expect(plan.waysToFit(80e9) == [[]])
    let tight = plan.waysToFit(24e9)
    let best = try #require(tight.first)
    #expect(best.count > 0)
    for way in tight {
      #expect(try #require(plan.with(way)).estimate.total <= 24e9)
      for part in way {
        let fewer = way.filter { $0 != part }
        #expect(plan.with(fewer).map { $0.estimate.total > 24e9 } ?? true)
      }
    }
  }

  /// Free techniques first, then slower ones, then others.
  @Test func waysComeInTheOrderOfTheirCost() throws {
    var plan = try plan("SmolLM2-135M", .training)
    plan.storesScores = true
    let costs = plan.waysToFit(80e9).map { $0.map(\.cost).max() ?? .free }
    #expect(!costs.isEmpty && costs == costs.sorted())
  }

  @Test func noTechniqueIsEnoughForOneMegabyte() throws {
    #expect(try plan("LLaMA 65B").waysToFit(1e6).isEmpty)
  }

  @Test func invalidPlansAreRefused() throws {
    var plan = try plan("LLaMA 7B")
    #expect(plan.objection == nil)
    plan.context = 0
    #expect(plan.objection?.contains("context of 0") == true)
    plan.context = 10
    plan.window = 0
    #expect(plan.objection?.contains("window of 0") == true)
  }

  @Test(
    arguments: [
      ("llama7", ["LLaMA 7B", "Llama 2 7B"]), ("lama 7b", ["LLaMA 7B", "Llama 2 7B"]),
      ("llama 33", ["LLaMA 33B"]), ("storywriter", ["MPT-7B-StoryWriter"]),
      ("llama 405b", ["Llama 3.1 405B"]), ("LLaMA 30B", []), ("Llama 2 8B", []),
      ("gemma 4 27B", []), ("Qwen3 9B", []), ("gpt", ["GPT-2"]),
      ("mistrl 7b", ["Mistral 7B", "Mistral 7B v0.3"]),
    ] as [(String, [String])])
  func mistypedModelNames(typed: String, wanted: [String]) {
    #expect(throws: UnknownName.self) { try ModelShape.named(typed) }
    let error = UnknownName(
      kind: "model", name: typed, known: ModelShape.published.map(\.name))
    #expect(error.suggestions == wanted)
  }

  /// A suggestion never has another number than the one that was typed.
  @Test func suggestionsKeepTheNumbers() {
    for name in ModelShape.published.map(\.name) + Device.known.map(\.name) {
      for (old, new) in [("7", "6"), ("2", "9"), ("0", "00"), ("4", "5")] {
        let typed = name.replacing(old, with: new)
        guard typed != name else { continue }
        for known in [ModelShape.published.map(\.name), Device.known.map(\.name)] {
          let error = UnknownName(kind: "model", name: typed, known: known)
          for found in error.suggestions {
            let numbers = typed.split { !$0.isNumber && $0 != "." }.map(String.init)
            let has = Set(found.split { !$0.isNumber && $0 != "." }.map(String.init))
            #expect(has.isSuperset(of: numbers), "\(typed): \(found)")
          }
        }
      }
    }
  }

  /// Memory in MiB: what a card's driver reports, and of Apple's chips the part for the GPU.
  @Test(
    arguments: [
      ("4090", "RTX 4090", 24_564, 1), ("a100-80gb", "A100 80 GB", 81_920, 1),
      ("H20", "H20", 97_871, 1), ("T4", "T4", 15_360, 1), ("2x4090", "RTX 4090", 24_564, 2),
      ("8 x H100", "H100", 81_559, 8), ("NVIDIA L4", "L4", 23_034, 1),
      ("5060 Ti 16GB", "RTX 5060 Ti 16 GB", 16_311, 1), ("A6000", "RTX A6000", 49_140, 1),
      ("AMD Instinct MI300X", "MI300X", 196_592, 1), ("H100 NVL", "H100 NVL", 95_830, 1),
      ("m2 24gb", "Apple M2, 24 GB", 16_384, 1),
      ("M3 Max 64GB", "Apple M3 Max, 64 GB", 49_152, 1),
    ] as [(String, String, Double, Int)])
  func devicesByName(typed: String, name: String, mebibytes: Double, count: Int) throws {
    let device = try Device.named(typed)
    #expect(device.name == name && device.count == count)
    #expect(abs(device.bytes / 1_048_576 - mebibytes) < 1e-6, "\(device.bytes)")
  }

  /// A size counts as typed.
  @Test(arguments: [
    ("24GB", "a device of 24 GB", 24e9, 1), ("4x24 GB", "a device of 24 GB", 24e9, 4),
    ("CPU 64GB", "CPU, 64 GB", 64e9, 1),
  ])
  func devicesBySize(typed: String, name: String, bytes: Double, count: Int) throws {
    let device = try Device.named(typed)
    #expect(device.name == name && device.bytes == bytes && device.count == count)
  }

  /// Two kinds of one chip differ in their bandwidth; the memory tells which it is.
  @Test(arguments: [
    ("M3 Max 36GB", 300.0), ("M3 Max 48GB", 400), ("M4 Max 36GB", 410), ("M4 Max 128GB", 546),
    ("M5 Max 36GB", 460), ("M5 Max 64GB", 614),
  ])
  func bandwidthOfAppleChips(typed: String, gigabytes: Double) throws {
    #expect(try Device.named(typed).bytesPerSecond == gigabytes * 1e9)
  }

  /// The size of a name is in GiB: the driver reports that, or up to 7% less.
  @Test func namesWithASizeFitTheMemory() throws {
    for device in Device.known {
      #expect(Device.known.count { $0.name == device.name } == 1 && !device.source.isEmpty)
      guard device.name.hasSuffix(" GB"),
        let size = device.name.split(separator: " ").dropLast().last
      else { continue }
      let gibibytes = try #require(Double(size))
      #expect((0.93...1).contains(device.bytes / 1_073_741_824 / gibibytes), "\(device.name)")
    }
  }

  /// A part of a name names nothing.
  @Test(arguments: [
    "M1 512GB", "M2 Max 128GB", "A100", "3060", "4060 Ti", "RTX 4090 Laptop", "H20-3e", "H2",
    "H2000", "409", "RTX", "",
    "0x4090", "x4090", "24", "GB", "0GB", "-24GB", "nanGB", "1e99GB", "infGB", "M3", "M9 64GB",
    "CPU", "2x2x4090", "RTX 4090 GB", "24,5GB", "1,000 GB", "M3 Max 6,4GB", "CPU 64,5GB",
  ])
  func unknownDevices(typed: String) {
    #expect(throws: UnknownName.self) { try Device.named(typed) }
  }

  @Test func twoDevicesOfOneNameAreAChoice() {
    #expect(throws: UnknownName.self) { try Device.named("A100") }
    do { _ = try Device.named("A100") } catch {
      #expect(error.description.contains("'A100 40 GB' or 'A100 80 GB'"))
    }
    #expect(throws: UnknownFormat.self) { try NumberFormat.bits(5) }
  }

  @Test func decodingAMixtureReadsTheActiveWeights() throws {
    let model = try ModelShape.named("DeepSeek-V2")
    let next = WorkEstimate(MemoryPlan(model: model), on: try Device.named("A100 80 GB")).lines[2]
    #expect(
      agree(
        next.bytes,
        2 * (model.activeParameterCount - 102_399 * 5120) + model.cacheBytes(tokens: 100_000)))
    let small = try ModelShape.named("LLaMA 7B")
    let own = WorkEstimate(MemoryPlan(model: small), on: try Device.named("A100 80 GB")).lines[2]
    // The embedding, 32,000 rows, is looked up.
    let products = 6_738_415_616.0 - 32_000 * 4096
    #expect(abs(own.flops - (2 * products + 4.0 * 100_000 * 32 * 4096)) < 1)
  }

  /// Queries and keys have a separate rotary part, 128 + 64 dimensions; values have 128.
  @Test func valuesOfLatentAttentionAreNarrower() throws {
    let model = try ModelShape.named("DeepSeek-V2")
    let attention = model.layer.attention
    #expect(attention.packedDim == 128 * (192 + 192 + 128) && attention.resultDim == 128 * 128)
    #expect(agree(model.attentionFlops(tokens: 10, isCausal: false), 2 * 100 * 128 * 320))
    #expect(agree(model.attentionTrainingFlops(context: 10), 60 * 10 * 6 * 128 * 320))
    // Queries, keys, values and results, and the latent vectors before and after their norms.
    #expect(
      LayerActivations(model).attentionElements == Double(128 * 640 + 2 * 1536 + 2 * 512 + 64))
    #expect(model.cacheBytes(tokens: 1) == 2 * 60 * 576)
  }

  @Test func trainingStepByHand() throws {
    let model = try ModelShape.named("LLaMA 7B")
    var plan = MemoryPlan(model: model, use: .training, context: 2048)
    let work = WorkEstimate(plan, on: try Device.named("A100 80 GB"))
    #expect(abs(work.lines[0].flops / (2048 * 43.42e9) - 1) < 1e-3)
    #expect(work.lines[0].seconds == work.lines[0].flops / 312e12)
    plan.recomputation = .full
    let again = WorkEstimate(plan, on: try Device.named("A100 80 GB"))
    #expect(abs(again.lines[0].flops / work.lines[0].flops - 4.0 / 3) < 1e-9)
  }
}
