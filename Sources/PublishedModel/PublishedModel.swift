import Foundation
import ModelFiles
import SmallTransformer
import SystemSupport
import TensorCore
import Tokenizer

/// A published model in a file or a folder: what it is, its tokenizer, and its weights, which `load`
/// reads.
public final class PublishedModel {
  /// The file's own words about the model.
  public struct About: Equatable, Sendable {
    public var name: String
    /// Who published it; nil if the file does not say.
    public var organization: String?
    /// As the file names it, such as "apache-2.0"; nil if it does not say.
    public var license: String?
    /// "GGUF" or "Hugging Face".
    public var format: String
  }

  public let path: String
  public let about: About
  public let configuration: LlamaConfiguration
  public let encoding: BytePairEncoding
  /// How a conversation is written; nil if the file has no template that is known here.
  public let chat: ChatTemplate?
  /// Tokens that end an answer.
  public let endTokens: Set<Int32>
  /// The file's tensors.
  public let weights: any WeightFile
  private let sources: LlamaWeights

  /// Opens a GGUF file, or a folder with `config.json`, `tokenizer.json` and `*.safetensors`. All is
  /// checked here, and no weight is read.
  ///
  /// - Throws: an error in a sentence: `ModelFileError`, `TokenizerError` or `SafetensorsError`.
  public convenience init(at url: URL) throws {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue
    {
      try self.init(folder: url)
    } else {
      try self.init(gguf: url)
    }
  }

  private init(
    path: String, about: About, _ configuration: LlamaConfiguration, _ encoding: BytePairEncoding,
    chatTemplate: String?, endTokens: Set<Int32>, _ weights: any WeightFile,
    _ names: LlamaWeights.Names
  ) throws {
    guard encoding.count <= configuration.vocabularyCount else {
      throw ModelFileError(
        path: path,
        reason: "its tokenizer has \(encoding.count) tokens, and its vocabulary "
          + "\(configuration.vocabularyCount)")
    }
    (self.path, self.about, self.configuration) = (path, about, configuration)
    (self.encoding, self.weights) = (encoding, weights)
    chat = chatTemplate.flatMap { ChatTemplate(jinja: $0, encoding) }
    self.endTokens = endTokens.union(
      ["<|im_end|>", "<|endoftext|>", "</s>"].compactMap { encoding.id(named: $0) })
    sources = try LlamaWeights(weights, names, configuration)
  }

  /// Bytes of the weights in memory, as Float32.
  public var weightBytes: Int { 4 * configuration.weightCount }

  /// Reads the weights and puts the engine's model together.
  ///
  /// - Parameters:
  ///   - backend: the device.
  ///   - report: gets the fraction that is done.
  /// - Returns: the model.
  /// - Complexity: O(weights) time; memory for the weights as Float32 and for the largest matrix of a layer.
  /// - Throws: an error in a sentence if the file cannot be read.
  public func load(
    on backend: any Backend, report: (Double) -> Void = { _ in }
  ) throws -> Transformer {
    var (done, scratch): (Int, [Float]) = (0, [])
    return try Transformer(configuration.transformer, on: backend) { name, shape, values in
      try sources.read(name, shape, into: values, scratch: &scratch)
      done += shape.count
      report(Double(done) / Double(configuration.weightCount))
    }
  }
}

extension PublishedModel {
  private convenience init(gguf url: URL) throws {
    let (tokens, types, merges) = (
      "tokenizer.ggml.tokens", "tokenizer.ggml.token_type", "tokenizer.ggml.merges"
    )
    let weights = try GGUFWeights(at: url.path, keeping: [tokens, types, merges])
    let metadata = GGUFMetadata(file: weights.file)
    let configuration = try LlamaConfiguration(
      gguf: weights.file, hasOutput: weights.shapes[LlamaWeights.Names.gguf.output] != nil)
    let encoding = try BytePairEncoding(gguf: metadata, tokens, types, merges)
    let end = metadata.number("tokenizer.ggml.eos_token_id").flatMap { Int32(exactly: $0) }
    try self.init(
      path: url.path,
      about: About(
        name: metadata.text("general.name") ?? url.deletingPathExtension().lastPathComponent,
        organization: metadata.text("general.organization"),
        license: metadata.text("general.license"), format: "GGUF"), configuration, encoding,
      chatTemplate: metadata.text("tokenizer.chat_template"),
      endTokens: Set([end].compactMap { $0 }),
      weights, .gguf)
  }

  private convenience init(folder: URL) throws {
    let config = folder.appendingPathComponent("config.json")
    let template = try Self.chatTemplate(in: folder)
    try self.init(
      path: folder.path,
      about: About(name: folder.lastPathComponent, format: "Hugging Face"),
      try LlamaConfiguration(json: try Self.read(config), path: config.path),
      try BytePairEncoding(jsonAt: folder.appendingPathComponent("tokenizer.json")),
      chatTemplate: template, endTokens: [], try SafetensorsWeights(folder: folder), .huggingFace)
  }

  private static func read(_ url: URL) throws(ModelFileError) -> Data {
    do throws(SystemError) {
      return try RegularFile.read(url, byteLimit: 16 << 20, links: .followed)
    } catch {
      throw ModelFileError(path: url.path, error)
    }
  }

  /// The template of `chat_template.jinja` or of `tokenizer_config.json`; nil if there is none.
  private static func chatTemplate(in folder: URL) throws(ModelFileError) -> String? {
    let (plain, json) = (
      folder.appendingPathComponent("chat_template.jinja"),
      folder.appendingPathComponent("tokenizer_config.json")
    )
    if FileManager.default.fileExists(atPath: plain.path) {
      return String(decoding: try read(plain), as: UTF8.self)
    }
    guard FileManager.default.fileExists(atPath: json.path) else { return nil }
    let fields = (try? JSONSerialization.jsonObject(with: try read(json))) as? [String: Any]
    return fields?["chat_template"] as? String
  }
}

extension BytePairEncoding {
  /// The tokenizer of a GGUF file.
  /// - Throws: `ModelFileError` for a tokenizer of another kind, `TokenizerError` for a damaged one.
  fileprivate init(
    gguf metadata: GGUFMetadata, _ tokensKey: String, _ typesKey: String, _ mergesKey: String
  ) throws {
    let model = metadata.text("tokenizer.ggml.model") ?? "none"
    guard model == "gpt2" else {
      throw metadata.failure(
        "its tokenizer is '\(model.prefix(40))'; only byte-level BPE ('gpt2') is read")
    }
    let name = metadata.text("tokenizer.ggml.pre") ?? "none"
    guard let preTokenizer = PreTokenizer(rawValue: name) else {
      let known = PreTokenizer.allCases.map { "'\($0.rawValue)'" }.joined(separator: " and ")
      throw metadata.failure("its pre-tokenizer is '\(name.prefix(40))'; only \(known) are read")
    }
    guard let tokens = metadata.texts(tokensKey), let pairs = metadata.texts(mergesKey) else {
      throw metadata.failure("it has no '\(tokensKey)' or no '\(mergesKey)'")
    }
    var merges: [(left: String, right: String)] = []
    for (index, pair) in pairs.enumerated() {
      let parts = pair.split(separator: " ", omittingEmptySubsequences: false)
      guard parts.count == 2 else { throw metadata.failure("its merge \(index + 1) is not a pair") }
      merges.append((String(parts[0]), String(parts[1])))
    }
    var vocabulary = Vocabulary(
      tokens: tokens, merges: merges, special: [], preTokenizer: preTokenizer)
    // ggml's `llama_token_type`: 3 is control, 4 user-defined.
    for (index, type) in (metadata.numbers(typesKey) ?? []).enumerated().prefix(tokens.count) {
      if type == 3 { vocabulary.special.insert(Int32(index)) }
      if type == 4 { vocabulary.userDefined.insert(Int32(index)) }
    }
    try self.init(vocabulary, path: metadata.file.path)
  }
}
