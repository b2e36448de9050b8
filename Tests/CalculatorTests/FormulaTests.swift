import Calculator
import Testing

/// The formula of each term, evaluated, gives its bytes.
@Suite struct FormulaTests {
  private static let parallelisms: [Parallelism] = [
    Parallelism(), Parallelism(tensor: 8), Parallelism(pipeline: 16), Parallelism(context: 8),
    Parallelism(data: 3, tensor: 2, pipeline: 3, context: 2, stage: .parameters),
    Parallelism(data: 4, stage: .optimizer), Parallelism(tensor: 4, dividesNorms: true),
    Parallelism(tensor: 16, stage: .nothing),
  ]

  private func check(_ plan: MemoryPlan) {
    guard plan.objection == nil else { return }
    for term in plan.estimate.terms {
      guard let value = Evaluator.value(of: term.formula) else {
        Issue.record("'\(term.formula)' is no formula")
        continue
      }
      #expect(
        abs(value - term.bytes) <= max(1, 1e-6 * term.bytes),
        "\(plan.model.name), \(term.name): \(term.formula) = \(value), not \(term.bytes)")
    }
  }

  private static let names = [
    "Llama 3.1 8B", "DeepSeek-V2", "gpt-oss-20b", "Gemma 3 27B", "GPT-2", "Qwen2.5 0.5B",
    "Mixtral 8x7B", "Llama 2 70B",
  ]

  @Test(arguments: names) func inference(name: String) throws {
    var plan = MemoryPlan(model: try ModelShape.named(name), context: 32_000)
    for parallelism in Self.parallelisms where parallelism.stage == .nothing {
      for format in ["16", "fp8", "nf4", "Q4_K_M", "MXFP4", "awq-4-128"] {
        plan.parallelism = parallelism
        plan.weightFormat = try .named(format)
        for (batch, chunk) in [(1, nil), (3, 2048)] as [(Int, Int?)] {
          (plan.batch, plan.prefillChunk) = (batch, chunk)
          plan.cacheFormat = .float16
          check(plan)
          plan.keyFormat = .int8
          plan.valueFormat = NumberFormat.ggml[2]
          check(plan)
        }
      }
    }
  }

  @Test(arguments: names) func training(name: String) throws {
    for parallelism in Self.parallelisms {
      for recomputation in [Recomputation.nothing, .selective, .full, .everyKth(3)] {
        var plan = MemoryPlan(
          model: try ModelShape.named(name), use: .training, context: 1000, batch: 2,
          recomputation: recomputation, parallelism: parallelism)
        for storesScores in [false, true] {
          plan.storesScores = storesScores
          plan.hasDropout = storesScores
          check(plan)
        }
        plan.offload = [.optimizer, .activations]
        check(plan)
        plan.offload = []
        plan.state = .adam8bit
        plan.lossChunk = 512
        check(plan)
        plan.adapters = Adapters(rank: 16, baseFormat: .nf4)
        check(plan)
      }
    }
  }

  /// What is not divided, and what is in flight, is in the formula.
  @Test func whatFormulasSay() throws {
    let llama = try ModelShape.named("Llama 3.1 8B")
    var plan = MemoryPlan(model: llama, context: 32_000)
    plan.parallelism.tensor = 8
    #expect(
      plan.estimate.terms[0].formula
        == "(8,029,995,008 / 8 devices + 266,240 on every device) · 2 bytes")
    plan = MemoryPlan(
      model: llama, use: .training, context: 8192, parallelism: Parallelism(pipeline: 16))
    let formula = plan.estimate.terms.first { $0.kind == .activations }?.formula ?? ""
    #expect(
      formula.hasPrefix("2 layers · 34 · width 4,096 · 8,192 tokens · 16 passes in flight"),
      "\(formula)")
  }

  /// The evaluator itself, by hand.
  @Test func evaluator() {
    #expect(Evaluator.value(of: "(2 layers · 1,000 + 8 / 4 heads) · 3 − 0.5; note 9") == 6005.5)
    #expect(Evaluator.value(of: "freed") == nil && Evaluator.value(of: "(2") == nil)
  }
}

/// Evaluates a formula: numbers, the signs · / + −, and parentheses. Words count nothing, and what
/// is after a semicolon is a note.
private struct Evaluator {
  private var tokens: [Substring]

  static func value(of formula: String) -> Double? {
    let text = formula.prefix { $0 != ";" }
    var tokens: [Substring] = []
    var rest = text
    while let first = rest.first {
      let number = rest.prefix { $0.isNumber || $0 == "," || $0 == "." }
      if first.isNumber {
        tokens.append(number)
        rest = rest.dropFirst(number.count)
      } else {
        if "·/+−()".contains(first) { tokens.append(rest.prefix(1)) }
        rest = rest.dropFirst()
      }
    }
    var evaluator = Evaluator(tokens: tokens)
    guard let value = evaluator.sum(), evaluator.tokens.isEmpty else { return nil }
    return value
  }

  private mutating func sum() -> Double? {
    guard var value = product() else { return nil }
    while let sign = tokens.first, sign == "+" || sign == "−" {
      tokens.removeFirst()
      guard let next = product() else { return nil }
      value += sign == "+" ? next : -next
    }
    return value
  }

  private mutating func product() -> Double? {
    guard var value = factor() else { return nil }
    while let sign = tokens.first, sign == "·" || sign == "/" {
      tokens.removeFirst()
      guard let next = factor() else { return nil }
      value = sign == "·" ? value * next : value / next
    }
    return value
  }

  private mutating func factor() -> Double? {
    guard !tokens.isEmpty else { return nil }
    let first = tokens.removeFirst()
    if first == "(" {
      let value = sum()
      return tokens.isEmpty || tokens.removeFirst() != ")" ? nil : value
    }
    return Double(first.filter { $0 != "," })
  }
}
