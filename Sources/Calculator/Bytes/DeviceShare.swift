/// What one device has of a plan: layers, rows of activations, and parts of each matrix.
struct DeviceShare {
  let plan: MemoryPlan
  let model: ModelShape
  let accounting: Accounting
  let parallelism: Parallelism
  /// Kinds of layers with their numbers on this device; 0 of a kind that only other devices of a
  /// pipeline have.
  private(set) var groups: [(count: Double, layer: Layer, sizes: LayerActivations)]

  init(_ plan: MemoryPlan) {
    self.plan = plan
    model = plan.model
    accounting = plan.accounting
    let parallelism = plan.parallelism
    self.parallelism = parallelism
    groups = plan.model.groups.map { group in
      (
        Double(group.count), group.layer,
        LayerActivations(
          plan.model, layer: group.layer, accounting: plan.accounting,
          hasDropout: plan.hasDropout, tensor: parallelism.tensor,
          dividesNorms: parallelism.dividesNorms, targets: plan.adapters?.targets)
      )
    }
    guard parallelism.pipeline > 1 else { return }
    let costs = groups.map { cost(of: $0.layer, $0.sizes) }
    for (index, count) in model.largestStage(of: parallelism.pipeline, costs).enumerated() {
      groups[index].count = Double(count)
    }
  }

  /// Bytes that one layer adds to what this device holds.
  private func cost(of layer: Layer, _ sizes: LayerActivations) -> Double {
    let weights = model.weights(of: layer)
    let all = weights.onEach(of: parallelism.tensor)
    func base(_ format: WeightFormat) -> Double {
      format.resolved(for: model).bytes(
        layers: all, vectors: Double(weights.vectors), experts: Double(weights.experts) / tensor,
        tables: 0)
    }
    guard plan.use == .training else {
      return base(plan.weightFormat) + (plan.hasCache ? cacheBytes(layer.attention) : 0)
    }
    let trained =
      plan.adapters?.weights(of: layer, modelDim: model.modelDim).onEach(of: parallelism.tensor)
      ?? all
    let state = plan.state.bytes(
      parameters: trained, stage: parallelism.stage, deviceCount: parallelism.copies)
    let optimizer = plan.offload.contains(.optimizer) ? 0 : state.optimizer
    let shards = parallelism.stage == .parameters ? Double(parallelism.copies) : 1
    let frozen = plan.adapters.map { base($0.baseFormat) / shards } ?? 0
    return state.weights + state.gradients + optimizer + frozen + keptBytes(of: sizes)
  }

  var tensor: Double { Double(parallelism.tensor) }
  /// Bytes per element of an activation, and per number that is kept besides.
  var element: Double { accounting.elementBytes }
  var statistic: Double { accounting.statisticBytes }
  var d: Double { Double(model.modelDim) }
  var layerCount: Double { groups.reduce(0) { $0 + $1.count } }

  /// Tokens of one sequence on this device.
  var tokens: Double {
    (Double(plan.context) / Double(parallelism.context)).rounded(.up)
  }

  // MARK: Weights

  /// Weights of the layers on this device, and of these the vectors, which are not in a matrix, and
  /// those of experts.
  private var layerWeights: (all: Double, vectors: Double, experts: Double) {
    groups.reduce((0, 0, 0)) { sum, group in
      let weights = model.weights(of: group.layer)
      return (
        sum.0 + group.count * weights.onEach(of: parallelism.tensor),
        sum.1 + group.count * Double(weights.vectors),
        sum.2 + group.count * Double(weights.experts) / tensor
      )
    }
  }

  /// Weights of embedding and output projection on the device, before they are divided by words. In
  /// a pipeline, the first device has the embedding and the last device the output projection.
  private var wholeTables: Double {
    let count = parallelism.pipeline == 1 && !model.tiesEmbedding ? 2 : 1
    return Double(count * model.modelDim * model.vocabularyCount)
  }

  /// The last norm, learned positions and the like: on every device.
  private var otherWeights: Double {
    Double(model.tableParameterCount - model.vocabularyParameterCount)
  }

  private var weightCount: Double { layerWeights.all + wholeTables / tensor + otherWeights }

  /// Bytes of the weights in a format, and the formula: the number of weights with as many bits.
  private func base(_ format: WeightFormat) -> (bytes: Double, formula: String) {
    let format = format.resolved(for: model)
    let (layers, tables) = (layerWeights, wholeTables / tensor)
    let bytes = format.bytes(
      layers: layers.all + otherWeights, vectors: layers.vectors + otherWeights,
      experts: layers.experts, tables: tables)
    var parts: [(bits: Double, count: Double)] = []
    func add(_ bits: Double, _ count: Double) {
      guard count > 0 else { return }
      if let index = parts.firstIndex(where: { $0.bits == bits }) {
        parts[index].count += count
      } else {
        parts.append((bits, count))
      }
    }
    add(format.bitsPerWeight, layers.experts)
    add(
      layers.experts > 0 ? format.sharedBits : format.bitsPerWeight,
      layers.all - layers.vectors - layers.experts)
    add(format.tableBits, tables)
    add(format.vectorBits, layers.vectors + otherWeights)
    let text =
      parts.count == 1
      ? "\(countFormula) · \(Self.bytes(parts[0].bits))"
      : parts.map { "\(Self.number($0.count)) · \(Self.bytes($0.bits))" }
        .joined(separator: " + ")
    return (bytes, text)
  }

  /// The number of weights on this device: what tensor parallelism divides, and what every device
  /// has.
  private var countFormula: String {
    guard parallelism.tensor > 1 else { return Self.number(weightCount) }
    var (split, perKVHead, copied) = (wholeTables, 0.0, otherWeights)
    var shares: Set<Int> = []
    for group in groups where group.count > 0 {
      let weights = model.weights(of: group.layer)
      split += group.count * Double(weights.split)
      copied += group.count * Double(weights.copied)
      if weights.kvHeadCount >= parallelism.tensor {
        split += group.count * Double(weights.perKVHead)
      } else if weights.perKVHead > 0 {
        perKVHead += group.count * Double(weights.perKVHead)
        shares.insert(weights.kvHeadCount)
      }
    }
    guard shares.count <= 1 else { return Self.number(weightCount) }
    let heads = shares.first.map { " + \(Self.number(perKVHead)) / \($0) heads" } ?? ""
    return "(\(Self.number(split)) / \(parallelism.tensor) devices\(heads)"
      + " + \(Self.number(copied)) on every device)"
  }

  /// A factor of bytes: 2 bytes, or 4.25 bits / 8.
  static func bytes(_ bits: Double) -> String {
    let whole = bits / 8 == (bits / 8).rounded()
    return whole ? bits == 8 ? "1 byte" : "\(number(bits / 8)) bytes" : "\(number(bits)) bits / 8"
  }

  /// A number with its thousands separated, and at most six decimals.
  static func number(_ value: Double) -> String {
    let millionths = (abs(value) * 1e6).rounded()
    guard millionths < 1e15, millionths.truncatingRemainder(dividingBy: 1e6) != 0 else {
      return whole(value.rounded())
    }
    var digits = String(Int(millionths.truncatingRemainder(dividingBy: 1e6)))
    digits = String(repeating: "0", count: 6 - digits.count) + digits
    while digits.hasSuffix("0") { digits.removeLast() }
    return whole((millionths / 1e6).rounded(.down)) + "." + digits
  }

  /// Trained weights of the adapters on this device.
  private var adapterCount: Double {
    guard let adapters = plan.adapters else { return 0 }
    return groups.reduce(0) {
      $0 + $1.count
        * adapters.weights(of: $1.layer, modelDim: model.modelDim).onEach(of: parallelism.tensor)
    }
  }

  // MARK: What inference holds

  func inferenceState() -> [MemoryEstimate.Term] {
    let base = base(plan.weightFormat)
    let weights = MemoryEstimate.Term(kind: .weights, bytes: base.bytes, formula: base.formula)
    guard plan.hasCache else { return [weights] }
    return [weights, cache()]
  }

  /// Keys and values of all requests, by kind of layer.
  private func cache() -> MemoryEstimate.Term {
    var bytes = 0.0
    var parts: [String] = []
    // Layers that differ only in their feed-forward part have the same cache.
    var counts: [(count: Double, attention: Attention)] = []
    for group in groups where group.count > 0 {
      if let index = counts.firstIndex(where: { $0.attention == group.layer.attention }) {
        counts[index].count += group.count
      } else {
        counts.append((group.count, group.layer.attention))
      }
    }
    for (count, attention) in counts {
      let (keys, values) = attention.cacheDims
      let shares = Double(attention.cacheShares(of: parallelism.tensor))
      let tokens = cachedTokens(attention)
      bytes += count * cacheBytes(attention)
      let (keyBits, valueBits) = (plan.keyFormat.bitsPerElement, plan.valueFormat.bitsPerElement)
      let width =
        values == 0
        ? "\(keys) · \(Self.bytes(keyBits))"
        : keys != values
          ? "(\(keys) · \(Self.number(keyBits)) + \(values) · \(Self.number(valueBits))) bits / 8"
          : "\(attention.kvHeadCount) · \(attention.headDim) · "
            + (keyBits == valueBits
              ? "2 · \(Self.bytes(keyBits))"
              : "(\(Self.number(keyBits)) + \(Self.number(valueBits))) bits / 8")
      parts.append(
        "\(Self.layers(count)) · \(Self.whole(tokens)) · \(width)"
          + (shares > 1 ? " / \(Int(shares))" : ""))
    }
    return MemoryEstimate.Term(
      kind: .cache, bytes: bytes, formula: parts.joined(separator: " + "))
  }

  /// Bytes that one layer of this kind caches.
  private func cacheBytes(_ attention: Attention) -> Double {
    let (keys, values) = attention.cacheDims
    let perToken =
      plan.keyFormat.bytes(of: Double(keys)) + plan.valueFormat.bytes(of: Double(values))
    return perToken * cachedTokens(attention)
      / Double(attention.cacheShares(of: parallelism.tensor))
  }

  /// Tokens in the cache of a layer on this device: those of the shared prefix once, the others for
  /// every request, in whole blocks.
  private func cachedTokens(_ attention: Attention) -> Double {
    let capacity = plan.cacheCapacity ?? plan.context
    let kept = accounting.rollsWindows ? min(capacity, plan.reach(of: attention)) : capacity
    // The first tokens have left a window; there can also be room for more than the context.
    var shared = max(0, plan.sharedPrefix - max(0, plan.context - kept))
    var own = kept - shared
    if let block = plan.blockLength {
      own += shared % block
      shared -= shared % block
      own = (own + block - 1) / block * block
    }
    let all = Double(shared) + Double(plan.batch) * Double(own)
    return (all / Double(parallelism.context)).rounded(.up)
  }

  static func layers(_ count: Double) -> String {
    whole(count) + (count == 1 ? " layer" : " layers")
  }

  static func whole(_ value: Double) -> String {
    guard value < 1e15 else { return "\(value)" }
    var digits = String(Int(value))
    var text = ""
    while digits.count > 3 {
      text = "," + digits.suffix(3) + text
      digits.removeLast(3)
    }
    return digits + text
  }

  // MARK: What training holds

  func trainingState() -> (terms: [MemoryEstimate.Term], hostBytes: Double) {
    let state = plan.state
    let trained = plan.adapters == nil ? weightCount : adapterCount
    let parts = state.bytes(
      parameters: trained, stage: parallelism.stage, deviceCount: parallelism.copies)
    var weights = parts.weights
    let count = plan.adapters == nil ? countFormula : Self.number(adapterCount)
    var weightFormula = "\(state.weightBytes) bytes · \(count)"
    if let adapters = plan.adapters {
      let copies = parallelism.stage == .parameters ? Double(parallelism.copies) : 1
      let base = base(adapters.baseFormat)
      weights += base.bytes / copies
      weightFormula = "\(base.formula) + \(weightFormula)"
      if copies > 1 { weightFormula = "(\(weightFormula))" }
    }
    let isOffloaded = plan.offload.contains(.optimizer)
    let host =
      (isOffloaded ? parts.optimizer : 0)
      + (plan.offload.contains(.activations) ? max(0, keptBytes - keptOnDevice) : 0)
    func sharding(_ first: ZeROStage) -> String {
      (parallelism.stage.rawValue >= first.rawValue && parallelism.copies > 1
        ? " / \(parallelism.copies) devices" : "")
    }
    return (
      [
        MemoryEstimate.Term(
          kind: .weights, bytes: weights, formula: weightFormula + sharding(.parameters)),
        MemoryEstimate.Term(
          kind: .gradients, bytes: parts.gradients,
          formula: "\(state.gradientBytes) bytes · \(count)\(sharding(.gradients))"),
        MemoryEstimate.Term(
          kind: .optimizer, bytes: isOffloaded ? 0 : parts.optimizer,
          formula: (isOffloaded ? "0; in the host's memory " : "")
            + "\(Self.number(Double(state.optimizerBytes) + state.scaleBytes)) bytes · \(count)"
            + sharding(.optimizer)),
      ], host
    )
  }

  /// Weights and gradients that ZeRO has to bring together, of one layer or of the output
  /// projection, which is larger in a small model; and a matrix of 4-bit weights that is expanded.
  var gatheredBytes: Double {
    let layer =
      groups.map { model.weights(of: $0.layer).onEach(of: parallelism.tensor) }.max() ?? 0
    let largest = max(layer, d * Double(model.vocabularyCount) / tensor)
    var bytes = 0.0
    if parallelism.copies > 1 {
      if parallelism.stage == .parameters {
        let base = plan.adapters.map { $0.baseFormat.bitsPerWeight / 8 }
        bytes += largest * (base ?? Double(plan.state.weightBytes))
      }
      if parallelism.stage.rawValue >= ZeROStage.gradients.rawValue, plan.adapters == nil {
        bytes += largest * Double(plan.state.gradientBytes)
      }
    }
    if let adapters = plan.adapters, adapters.baseFormat.bitsPerWeight < 16 {
      let matrix = groups.map { d * Double($0.layer.feedForward.hiddenDim) }.max() ?? 0
      bytes += 2 * matrix / tensor
    }
    return bytes
  }
}
