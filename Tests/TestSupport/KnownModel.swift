import Foundation
import SmallTransformer
import TensorCore

/// A model whose logits are known: after a token t they are `logits[group(t)]`, whatever came before
/// it and at whatever position.
///
/// The embedding is the one-hot vector of the token's group, both branches of the only block add
/// nothing, every head sees all keys equally, and the rows of the head are the logits.
///
/// - Parameters:
///   - logits: One row per group, `[groups, classes]`.
///   - vocabularyCount: The number of tokens.
///   - backend: The device.
///   - group: The row of a token.
/// - Returns: the model.
public func knownModel(
  _ logits: [[Float]], vocabularyCount: Int, on backend: any Backend, group: @escaping (Int) -> Int
) -> Transformer {
  let width = logits.count
  var configuration = TransformerConfiguration.gpt(
    vocabularyCount: vocabularyCount, modelDim: width, layerCount: 1, headCount: 1,
    positions: NoPositions())
  configuration.norm = .rmsNorm
  configuration.normEpsilon = 1e-20
  configuration.hasBiases = false
  configuration.classCount = logits[0].count
  configuration.fixedEmbedding = FixedEmbedding(identity: "one-hot") { token in
    (0..<width).map { $0 == group(token) ? 1 : 0 }
  }
  let model = Transformer(configuration, on: backend, seed: 1)
  // A one-hot vector of this width, divided by its root mean square, is √width.
  let root = Float(width).squareRoot()
  for parameter in model.parameters.all where parameter.value.shape.rank == 2 {
    let values =
      parameter.name == "head.weight"
      ? logits.joined().map { $0 / root } : [Float](repeating: 0, count: parameter.value.count)
    backend.write(values, to: parameter.value)
  }
  return model
}

/// A model of bigrams: after token t, token u has the probability `probabilities[t][u]`.
public func bigramModel(_ probabilities: [[Float]], on backend: any Backend) -> Transformer {
  knownModel(
    probabilities.map { $0.map { log($0) } }, vocabularyCount: probabilities.count,
    on: backend
  ) { $0 }
}
