/// A storage format of elements: bits per element, and the scales of quantized groups.
public struct NumberFormat: Hashable, Sendable, Codable {
  public let name: String
  public let bits: Int
  /// Elements that share a scale and a zero point; nil for a format without groups.
  public let groupLength: Int?
  /// Bits for scale and zero point of one group.
  public let bitsPerGroup: Int

  public init(name: String, bits: Int, groupLength: Int? = nil, bitsPerGroup: Int = 0) {
    self.name = name
    self.bits = bits
    self.groupLength = groupLength
    self.bitsPerGroup = bitsPerGroup
  }

  public static let float32 = NumberFormat(name: "32 bits", bits: 32)
  /// fp16 or bf16.
  public static let float16 = NumberFormat(name: "16 bits", bits: 16)
  /// One scale for a whole tensor, as in vLLM's `fp8` cache.
  public static let float8 = NumberFormat(name: "fp8", bits: 8)
  /// Groups of 32 with a 16-bit scale and a 16-bit zero point (Liu et al., 2024, section 4): one
  /// more bit per element.
  public static let int8 = NumberFormat(
    name: "8 bits + scales", bits: 8, groupLength: 32, bitsPerGroup: 32)
  public static let int4 = NumberFormat(
    name: "4 bits + scales", bits: 4, groupLength: 32, bitsPerGroup: 32)

  public static let all: [NumberFormat] = [.float32, .float16, .int8, .int4]

  /// The formats of llama.cpp's cache: groups of 32 with one or two 16-bit scales.
  public static let ggml: [NumberFormat] = [
    NumberFormat(name: "q8_0", bits: 8, groupLength: 32, bitsPerGroup: 16),
    NumberFormat(name: "q5_1", bits: 5, groupLength: 32, bitsPerGroup: 32),
    NumberFormat(name: "q5_0", bits: 5, groupLength: 32, bitsPerGroup: 16),
    NumberFormat(name: "q4_1", bits: 4, groupLength: 32, bitsPerGroup: 32),
    NumberFormat(name: "q4_0", bits: 4, groupLength: 32, bitsPerGroup: 16),
  ]

  public var bitsPerElement: Double {
    Double(bits) + (groupLength.map { Double(bitsPerGroup) / Double($0) } ?? 0)
  }

  /// Bytes of `count` elements, scales included.
  public func bytes(of count: Double) -> Double { count * bitsPerElement / 8 }

  /// The format with this number of bits.
  /// - Throws: `UnknownFormat` if there is none.
  public static func bits(_ bits: Int) throws(UnknownFormat) -> NumberFormat {
    guard let found = all.first(where: { $0.bits == bits }) else {
      throw UnknownFormat(name: "\(bits)", known: all.map { "\($0.bits)" })
    }
    return found
  }

  /// A format of the cache by name: 32, 16, 8 or 4 bits, `fp8`, or one of llama.cpp's.
  /// - Throws: `UnknownFormat` if there is none.
  public static func cache(named name: String) throws(UnknownFormat) -> NumberFormat {
    if let bits = Int(name), let found = all.first(where: { $0.bits == bits }) { return found }
    let lower = name.lowercased()
    if lower == "f16" || lower == "bf16" || lower == "fp16" { return .float16 }
    let named = [float8] + ggml
    guard let found = named.first(where: { $0.name == lower }) else {
      throw UnknownFormat(name: name, known: all.map { "\($0.bits)" } + named.map(\.name))
    }
    return found
  }
}

/// The storage format of a model's weights.
public struct WeightFormat: Hashable, Sendable, Codable {
  public let name: String
  /// Bits per weight of the matrices of layers, scales included.
  public let bitsPerWeight: Double
  /// Bits per weight of the matrices of layers that are not in an expert, in a model with experts.
  public let sharedBits: Double
  /// Bits per weight of the embedding and the output projection.
  public let tableBits: Double
  /// Bits per weight of norms, biases and routers.
  public let vectorBits: Double
  public let source: String
  /// Whether the bits are those of one model's sizes.
  private var isResolved = false

  private enum CodingKeys: String, CodingKey {
    case name, bitsPerWeight, sharedBits, tableBits, vectorBits, source
  }

  public init(
    name: String, bitsPerWeight: Double, sharedBits: Double? = nil, tableBits: Double? = nil,
    vectorBits: Double? = nil, source: String
  ) {
    self.name = name
    self.bitsPerWeight = bitsPerWeight
    self.sharedBits = sharedBits ?? bitsPerWeight
    self.tableBits = tableBits ?? bitsPerWeight
    self.vectorBits = vectorBits ?? self.tableBits
    self.source = source
  }

  /// All weights in one number format.
  public init(_ format: NumberFormat) {
    self.init(
      name: format.name, bitsPerWeight: format.bitsPerElement,
      source: format.groupLength.map {
        "groups of \($0) with \(format.bitsPerGroup) bits for scale and zero point"
      } ?? "every weight")
  }

  public static let float32 = WeightFormat(.float32)
  public static let float16 = WeightFormat(.float16)
  public static let int8 = WeightFormat(.int8)
  public static let int4 = WeightFormat(.int4)
  public static let float8 = WeightFormat(
    name: "fp8", bitsPerWeight: 8, tableBits: 16, source: "matrices of layers; the rest 16 bits")
  /// QLoRA's: 4 bits, 8 bits per 64 weights, and 32 bits per 256 of those (Dettmers et al., 2023,
  /// section 3: 0.127 bits per weight).
  public static let nf4 = WeightFormat(
    name: "nf4", bitsPerWeight: 4 + 8.0 / 64 + 32.0 / (64 * 256), tableBits: 16,
    source: "Dettmers et al., 2023, section 3, with double quantization; the rest 16 bits")

  /// AWQ's and GPTQ's: matrices of layers with a 16-bit scale and a zero point of `bits` bits per
  /// group; the rest in 16 bits.
  public static func grouped(_ method: String, bits: Int, group: Int) -> WeightFormat {
    WeightFormat(
      name: "\(method)-\(bits)-\(group)",
      bitsPerWeight: Double(bits) + Double(16 + bits) / Double(group), tableBits: 16,
      source: """
        matrices of layers in groups of \(group) with a 16-bit scale and a zero point; the rest 16 \
        bits
        """)
  }

  /// llama.cpp's kinds of files: bits per weight of the whole file, of Llama 3.1 8B. `resolved(for:)`
  /// gives those of another model; `--gguf` reads a file's own.
  public static let gguf: [WeightFormat] =
    [mxfp4]
    + measured.map {
      file($0.name, $0.bits, "llama.cpp, tools/quantize/README.md, of Llama 3.1 8B, so about")
    }
    + blocksOf32.map { file($0.name, $0.bits, "its blocks of 32 weights, of Llama 3.1 8B") } + [
      file("Q3_K_M", 3.996, "llama.cpp, tools/quantize/quantize.cpp: 3.74 GiB of Llama 3 8B")
    ]

  /// That of the published gpt-oss: only the matrices of experts have few bits.
  public static let mxfp4 = WeightFormat(
    name: "MXFP4", bitsPerWeight: 4.25, sharedBits: 16, tableBits: 16,
    source: "32 weights with an 8-bit scale, matrices of experts; the rest 16 bits")

  private static let measured: [(name: String, bits: Double)] = [
    ("IQ1_S", 2.0042), ("IQ1_M", 2.1460), ("IQ2_XXS", 2.3824), ("IQ2_XS", 2.5882),
    ("IQ2_S", 2.7403), ("IQ2_M", 2.9294), ("IQ3_XXS", 3.2548), ("IQ3_XS", 3.4977),
    ("IQ3_S", 3.6606), ("IQ3_M", 3.7628), ("IQ4_XS", 4.4597), ("IQ4_NL", 4.6818),
    ("Q2_K_S", 2.9697), ("Q2_K", 3.1593), ("Q3_K_S", 3.6429), ("Q3_K_L", 4.2979),
    ("Q4_K_S", 4.6672), ("Q4_K_M", 4.8944), ("Q5_K_S", 5.5704), ("Q5_K_M", 5.7036),
    ("Q6_K", 6.5633), ("Q8_0", 8.5008),
  ]
  /// 18, 20, 22 and 24 bytes per 32 weights, but 210 per 256 of the output projection.
  private static let blocksOf32: [(name: String, bits: Double)] = [
    ("Q4_0", 4.6358), ("Q4_1", 5.1031), ("Q5_0", 5.5704), ("Q5_1", 6.0377),
  ]

  private static func file(_ name: String, _ bits: Double, _ source: String) -> WeightFormat {
    WeightFormat(name: name, bitsPerWeight: bits, source: source)
  }

  public static let names =
    ["32", "16", "8", "4", "fp8", "nf4"] + gguf.map(\.name) + ["awq-4-128", "gptq-4-128"]

  /// A format by name: bits, `fp8`, `nf4`, a kind of GGUF file, `awq` or `gptq` with bits
  /// and group.
  /// - Throws: `UnknownFormat` if there is none.
  public static func named(_ name: String) throws(UnknownFormat) -> WeightFormat {
    if let bits = Int(name), let found = NumberFormat.all.first(where: { $0.bits == bits }) {
      return WeightFormat(found)
    }
    let lower = name.lowercased()
    if ["f16", "bf16", "fp16"].contains(lower) { return .float16 }
    if let found = ([float8, nf4] + gguf).first(where: { $0.name.lowercased() == lower }) {
      return found
    }
    let parts = lower.split(separator: "-", omittingEmptySubsequences: false)
    if let method = parts.first, method == "awq" || method == "gptq", parts.count <= 3 {
      let bits = parts.count > 1 ? Int(parts[1]) : 4
      let group = parts.count > 2 ? Int(parts[2]) : 128
      if let bits, let group, [2, 3, 4, 8].contains(bits), (8...4096).contains(group) {
        return grouped(String(method), bits: bits, group: group)
      }
    }
    throw UnknownFormat(name: name, known: names)
  }

  /// The format with the bits that it has in a file of this model. A kind of GGUF file has other
  /// bits for other sizes, as far as its rules are known; norms, biases and routers have 32.
  public func resolved(for model: ModelShape) -> WeightFormat {
    guard !isResolved, let mixture = GGUFMixture(name) else { return self }
    var format = WeightFormat(
      name: name, bitsPerWeight: mixture.layerBits(of: model),
      tableBits: mixture.tableBits(of: model), vectorBits: 32,
      source: "llama.cpp's rules for each matrix; vectors have 32 bits")
    format.isResolved = true
    return format
  }

  /// Bytes of these weights; vectors and the matrices of experts are part of the layers' weights.
  func bytes(layers: Double, vectors: Double, experts: Double, tables: Double) -> Double {
    let shared = layers - vectors - experts
    return
      (experts * bitsPerWeight + shared * (experts > 0 ? sharedBits : bitsPerWeight)
      + vectors * vectorBits + tables * tableBits) / 8
  }

  /// Bytes of a whole model.
  public func bytes(of model: ModelShape) -> Double {
    let format = resolved(for: model)
    func sum(_ part: (WeightCount) -> Int) -> Double {
      model.groups.reduce(0) { $0 + Double($1.count) * Double(part(model.weights(of: $1.layer))) }
    }
    // Last norm, learned positions and the like have the bits of vectors.
    let tables = Double(model.vocabularyParameterCount)
    let others = Double(model.tableParameterCount) - tables
    return format.bytes(
      layers: sum(\.total) + others, vectors: sum(\.vectors) + others, experts: sum(\.experts),
      tables: tables)
  }
}

/// A format that is not known.
public struct UnknownFormat: Error, Equatable, CustomStringConvertible {
  public let name: String
  public let known: [String]

  public var description: String {
    let what =
      Int(name) == nil ? "There is no format '\(name)'" : "There is no format of \(name) bits"
    return "\(what). Choose "
      + "\(known.dropLast().joined(separator: ", ")) or \(known.last ?? "")."
  }
}
