import ModelFiles
import SmallTransformer
import TensorCore

/// Where the weights of the engine's model are in a published file.
///
/// A file stores a matrix as rows of outputs, `[out, in]`, and each projection for itself. The engine
/// stores `[in, out]`, and the projections of one input as one matrix: a weight is the transpose of
/// some of the file's matrices, one below another.
struct LlamaWeights {
  /// The names of a file's tensors.
  struct Names: Sendable {
    let embedding, finalNorm, output: String
    /// The prefix of a layer.
    let layer: @Sendable (Int) -> String
    let attentionNorm, queries, keys, values, attentionOutput: String
    let feedForwardNorm, gate, up, down: String
    /// Tensors that contain nothing that the configuration does not say.
    let ignoredSuffix: String?

    static let gguf = Names(
      embedding: "token_embd.weight", finalNorm: "output_norm.weight", output: "output.weight",
      layer: { "blk.\($0)." }, attentionNorm: "attn_norm.weight", queries: "attn_q.weight",
      keys: "attn_k.weight", values: "attn_v.weight", attentionOutput: "attn_output.weight",
      feedForwardNorm: "ffn_norm.weight", gate: "ffn_gate.weight", up: "ffn_up.weight",
      down: "ffn_down.weight", ignoredSuffix: nil)

    static let huggingFace = Names(
      embedding: "model.embed_tokens.weight", finalNorm: "model.norm.weight",
      output: "lm_head.weight", layer: { "model.layers.\($0)." },
      attentionNorm: "input_layernorm.weight", queries: "self_attn.q_proj.weight",
      keys: "self_attn.k_proj.weight", values: "self_attn.v_proj.weight",
      attentionOutput: "self_attn.o_proj.weight",
      feedForwardNorm: "post_attention_layernorm.weight", gate: "mlp.gate_proj.weight",
      up: "mlp.up_proj.weight", down: "mlp.down_proj.weight", ignoredSuffix: "rotary_emb.inv_freq")
  }

  /// A tensor of the file: its name, and the shape that it must have.
  private typealias Source = (name: String, shape: [Int])

  private let file: any WeightFile
  /// By the engine's name.
  private var sources: [String: [Source]] = [:]

  /// Checks that the file has every weight in its shape, and nothing else.
  /// - Throws: `ModelFileError`.
  init(
    _ file: any WeightFile, _ names: Names, _ model: LlamaConfiguration
  ) throws(ModelFileError) {
    self.file = file
    let (width, hidden) = (model.modelDim, model.feedForwardDim)
    let (queryDim, kvDim) = (width, model.kvHeadCount * model.headDim)
    sources["embedding"] = [(names.embedding, [model.vocabularyCount, width])]
    sources["finalNorm.weight"] = [(names.finalNorm, [width])]
    if !model.tiesEmbedding {
      sources["head.weight"] = [(names.output, [model.vocabularyCount, width])]
    }
    for layer in 0..<model.layerCount {
      let (own, theirs) = ("blocks.\(layer).", names.layer(layer))
      sources[own + "attentionNorm.weight"] = [(theirs + names.attentionNorm, [width])]
      sources[own + "attention.qkv.weight"] = [
        (theirs + names.queries, [queryDim, width]), (theirs + names.keys, [kvDim, width]),
        (theirs + names.values, [kvDim, width]),
      ]
      sources[own + "attention.output.weight"] = [
        (theirs + names.attentionOutput, [width, queryDim])
      ]
      sources[own + "feedForwardNorm.weight"] = [(theirs + names.feedForwardNorm, [width])]
      sources[own + "feedForward.gateUp.weight"] = [
        (theirs + names.gate, [hidden, width]), (theirs + names.up, [hidden, width]),
      ]
      sources[own + "feedForward.down.weight"] = [(theirs + names.down, [width, hidden])]
    }
    try check(names, tiesEmbedding: model.tiesEmbedding)
  }

  private func check(_ names: Names, tiesEmbedding: Bool) throws(ModelFileError) {
    func failure(_ reason: String) -> ModelFileError {
      ModelFileError(path: file.path, reason: reason)
    }
    var used: Set<String> = []
    for (name, shape) in sources.values.joined().sorted(by: { $0.name < $1.name }) {
      guard let found = file.shapes[name] else { throw failure("it has no tensor '\(name)'") }
      guard found == shape else {
        throw failure(
          "its tensor '\(name)' has the shape \(found), and its sizes and its vocabulary give "
            + "\(shape)")
      }
      used.insert(name)
    }
    // A tied head is stored a second time in some files.
    if tiesEmbedding { used.insert(names.output) }
    let others = file.shapes.keys.filter { name in
      !used.contains(name) && !(names.ignoredSuffix.map { name.hasSuffix($0) } ?? false)
    }
    if let other = others.min() {
      throw failure(
        "its tensor '\(other.prefix(100))' belongs to no part of a LLaMA block as it is built here")
    }
  }

  /// Writes the values of one of the engine's weights, row-major.
  ///
  /// - Parameters:
  ///   - name: the engine's name.
  ///   - shape: its shape.
  ///   - target: memory for its values.
  ///   - scratch: memory that is kept between calls, because fresh memory costs more than the rest.
  /// - Complexity: O(n) time; memory for one tensor of the file, except the table of tokens.
  /// - Throws: the file's error if it cannot be read.
  /// - Precondition: the engine's model has the same configuration.
  func read(
    _ name: String, _ shape: Shape, into target: UnsafeMutableBufferPointer<Float>,
    scratch: inout [Float]
  ) throws {
    guard let parts = sources[name] else { preconditionFailure("weights: no '\(name)' in a LLaMA") }
    // Vectors and the table of tokens are stored as they are.
    if shape.rank == 1 || name == "embedding" { return try file.read(parts[0].name, into: target) }
    var first = 0
    for (name, shape) in parts {
      let count = shape[0] * shape[1]
      if scratch.count < count { scratch = [Float](repeating: 0, count: count) }
      try scratch.withUnsafeMutableBufferPointer { scratch in
        let values = UnsafeMutableBufferPointer(rebasing: scratch.prefix(count))
        try file.read(name, into: values)
        Self.transpose(
          UnsafeBufferPointer(values), rows: shape[0], shape[1], into: target,
          target.count / shape[1], first)
      }
      first += shape[0]
    }
  }

  /// `target[c, first + r] = source[r, c]`, in squares that fit in the cache.
  private static func transpose(
    _ source: UnsafeBufferPointer<Float>, rows: Int, _ columns: Int,
    into target: UnsafeMutableBufferPointer<Float>, _ targetWidth: Int, _ first: Int
  ) {
    let side = 32
    for rowStart in stride(from: 0, to: rows, by: side) {
      for columnStart in stride(from: 0, to: columns, by: side) {
        for column in columnStart..<min(columns, columnStart + side) {
          for row in rowStart..<min(rows, rowStart + side) {
            target[column * targetWidth + first + row] = source[row * columns + column]
          }
        }
      }
    }
  }
}
