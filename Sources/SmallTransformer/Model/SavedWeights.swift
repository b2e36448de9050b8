import Autograd
import Foundation
import TensorCore

extension Transformer {
  /// Writes the weights as safetensors, with the model's identity; Python opens the file.
  ///
  /// - Throws: `SafetensorsError` where the file cannot be written; nothing half-written stays.
  public func saveWeights(
    to url: URL, metadata: [String: String] = [:]
  ) throws(SafetensorsError) {
    let tensors = parameters.all.map { parameter in
      (
        name: parameter.name, shape: parameter.shape.extents,
        values: backend.read(parameter.value)
      )
    }
    let facts = metadata.merging(["configuration": configuration.identity]) { own, _ in own }
    try SafetensorsFile(tensors: tensors, metadata: facts).write(to: url)
  }

  /// Reads weights that `saveWeights` wrote, or any file with the same names and shapes.
  ///
  /// - Throws: `SafetensorsError` for a damaged file, `WeightsError` for one of another model. The
  ///   weights are changed only once all of the file is known to fit.
  /// - Returns: the file's metadata.
  @discardableResult
  public func loadWeights(from url: URL) throws -> [String: String] {
    let file = try SafetensorsFile(reading: url)
    let found = Dictionary(file.tensors.map { ($0.name, $0) }) { first, _ in first }
    for parameter in parameters.all {
      guard let tensor = found[parameter.name] else {
        throw WeightsError.missing(name: parameter.name, file: url.lastPathComponent)
      }
      guard tensor.shape == parameter.shape.extents else {
        throw WeightsError.otherShape(
          name: parameter.name, found: Shape(tensor.shape), expected: parameter.shape)
      }
    }
    for parameter in parameters.all {
      if let tensor = found[parameter.name] { backend.write(tensor.values, to: parameter.value) }
    }
    return file.metadata
  }
}

/// A file of weights that belong to another model.
public enum WeightsError: Error, Equatable, CustomStringConvertible {
  case missing(name: String, file: String)
  case otherShape(name: String, found: Shape, expected: Shape)

  public var description: String {
    switch self {
    case .missing(let name, let file):
      "\(file) has no weight '\(name)': it belongs to another model."
    case .otherShape(let name, let found, let expected):
      "The weight '\(name)' is \(found) in the file, and \(expected) in this model."
    }
  }
}

extension Transformer {
  /// Takes the weights of another model of the same names and shapes: where fine-tuning begins.
  ///
  /// - Precondition: each weight of this model is in the other, in the same shape.
  public func copyWeights(from other: Transformer) {
    for parameter in parameters.all {
      guard let source = other.parameters[parameter.name], source.shape == parameter.shape else {
        preconditionFailure("copyWeights: the other model has no \(parameter.name) of this shape")
      }
      backend.copy(source.value, into: parameter.value)
    }
  }
}
