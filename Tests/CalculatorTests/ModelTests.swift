import Calculator
import Testing

/// Whether two values agree to this number of significant digits.
func agree(_ found: Double, _ wanted: Double, digits: Int = 4) -> Bool {
  var unit = 0.5
  for _ in 1..<digits { unit /= 10 }
  return abs(found / wanted - 1) <= unit
}

@Suite struct ModelTests {
  @Test func everyModelIsValidAndItsNameIsUnique() {
    #expect(ModelShape.published.count >= 40)
    for model in ModelShape.published {
      #expect(model.objection == nil, "\(model.name): \(model.objection ?? "")")
      #expect(!model.source.isEmpty)
      #expect(
        ModelShape.published.count { ModelShape.plain($0.name) == ModelShape.plain(model.name) }
          == 1)
    }
  }

  @Test(arguments: PublishedWeights.counts)
  func weights(name: String, count: Int, source: String) throws {
    let found = try ModelShape.named(name).parameterCount
    #expect(found == count, "\(name): \(found), difference \(found - count); \(source)")
  }

  @Test(arguments: PublishedWeights.logged)
  func loggedWeights(name: String, billions: Double, digits: Int, source: String) throws {
    let found = Double(try ModelShape.named(name).parameterCount) / 1e9
    #expect(agree(found, billions, digits: digits), "\(name): \(found); \(source)")
  }

  /// Every model has a number of weights to compare with.
  @Test func everyModelIsCompared() {
    let compared = Set(
      PublishedWeights.counts.map(\.name) + PublishedWeights.logged.map(\.name))
    #expect(ModelShape.published.map(\.name).filter { !compared.contains($0) }.isEmpty)
  }

  @Test(arguments: PublishedWeights.rounded)
  func cardsThatRound(name: String, total: Double, active: Double, source: String) throws {
    let model = try ModelShape.named(name)
    // OpenAI's active weights are without the embedding.
    let embedding =
      name.hasPrefix("gpt-oss") ? Double(model.vocabularyCount * model.modelDim) : 0
    let found = (model.activeParameterCount - embedding) / 1e9
    #expect(agree(Double(model.parameterCount) / 1e9, total, digits: 3), "\(model.parameterCount)")
    // Some cards cut the last digit off instead of rounding it.
    let unit = [1, 0.1, 0.01].first { abs((active / $0).rounded() - active / $0) < 1e-6 } ?? 0.01
    #expect(
      abs(found - active) < unit, "\(name): \(found) active, published \(active); \(source)")
  }

  @Test(arguments: PublishedCaches.perToken) func cachePerToken(name: String, bytes: Int) throws {
    let model = try ModelShape.named(name)
    #expect(model.cacheBytes(tokens: 1) == Double(bytes), "\(model.cacheBytes(tokens: 1))")
  }

  @Test(arguments: PublishedCaches.printed) func printedCaches(row: PublishedCaches.Printed) throws
  {
    var model = try ModelShape.named(row.model)
    if row.ignoresWindows {
      for index in model.groups.indices { model.groups[index].layer.attention.window = nil }
    }
    var plan = MemoryPlan(
      model: model, context: row.tokens, cacheFormat: try .cache(named: row.format))
    plan.parallelism.tensor = row.tensor
    let found = plan.estimate[.cache] / 1_048_576 * (row.isKeysOnly ? 0.5 : 1)
    #expect(abs(found / row.mebibytes - 1) < 5e-4, "\(row.source): \(found)")
  }

  /// llama.cpp prints the cache of the layers with a window apart; it has some more tokens than the
  /// window.
  @Test(arguments: PublishedCaches.parts) func partsOfCaches(row: PublishedCaches.Part) throws {
    var model = try ModelShape.named(row.model)
    model.groups = model.groups.filter { ($0.layer.attention.window != nil) == row.hasWindow }
    for index in model.groups.indices { model.groups[index].layer.attention.window = nil }
    #expect(model.layerCount == row.layers, "\(row.source)")
    #expect(model.cacheBytes(tokens: row.tokens) / 1_048_576 == row.mebibytes, "\(row.source)")
  }

  @Test(arguments: PublishedCaches.interleaved)
  func cachesOfSeveralKindsOfLayers(name: String, tokens: Int, bytes: Double) throws {
    let model = try ModelShape.named(name)
    #expect(model.cacheBytes(tokens: tokens) == bytes)
    #expect(MemoryPlan(model: model, context: tokens).estimate[.cache] == bytes)
  }

  /// DeepSeek-V3's file with its module for a second token has 685 billion weights; there the
  /// module has an embedding and an output projection of its own.
  @Test func modulesForFurtherTokens() throws {
    let model = try ModelShape.named("DeepSeek-V3")
    let own = model.predicting(further: 1)
    let tables = 2 * model.vocabularyCount * model.modelDim
    #expect(agree(Double(own.parameterCount + tables) / 1e9, 685, digits: 3))
    #expect(own.layerCount == 62 && own.cacheBytes(tokens: 1) == 62 * 576 * 2)
  }
}
