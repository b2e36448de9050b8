import Autograd
import Foundation
import ModelFiles
import TensorCore

extension Transformer {
  /// Writes the weights as a safetensors file, with the model's identity as metadata.
  ///
  /// - Throws: `SafetensorsError` if the file cannot be written. No partial file is left.
  public func saveWeights(
    to url: URL, metadata: [String: String] = [:]
  ) throws(SafetensorsError) {
    let tensors = parameters.all.map { parameter in
      (
        name: parameter.name, shape: parameter.shape.extents,
        values: backend.read(parameter.value)
      )
    }
    let allMetadata = metadata.merging(["configuration": configuration.identity]) { own, _ in own }
    try SafetensorsFile(tensors: tensors, metadata: allMetadata).write(to: url)
  }

  /// Loads weights from a file of `saveWeights`, or from any safetensors file with the same names
  /// and shapes.
  ///
  /// - Throws: `SafetensorsError` for a damaged file, `WeightsError` for the file of another model.
  ///   In both cases no weight is changed.
  /// - Returns: the file's metadata.
  @discardableResult
  public func loadWeights(from url: URL) throws -> [String: String] {
    let file = try SafetensorsFile(reading: url)
    try loadWeights(of: file, named: url.lastPathComponent)
    return file.metadata
  }

  /// Loads weights from a file that was already read; `name` is for the errors.
  /// - Throws: `WeightsError` for the file of another model. Then no weight is changed.
  public func loadWeights(of file: SafetensorsFile, named name: String) throws(WeightsError) {
    let found = Dictionary(file.tensors.map { ($0.name, $0) }) { first, _ in first }
    for parameter in parameters.all {
      guard let tensor = found[parameter.name] else {
        throw .missing(name: parameter.name, file: name)
      }
      guard tensor.shape == parameter.shape.extents else {
        throw .otherShape(
          name: parameter.name, found: Shape(tensor.shape), expected: parameter.shape)
      }
    }
    for parameter in parameters.all {
      if let tensor = found[parameter.name] { backend.write(tensor.values, to: parameter.value) }
    }
  }
}

/// An error: the file has the weights of another model.
public enum WeightsError: Error, Equatable, CustomStringConvertible {
  case missing(name: String, file: String)
  case otherShape(name: String, found: Shape, expected: Shape)

  public var description: String {
    switch self {
    case .missing(let name, let file):
      "\(file) has no weight '\(name)': it belongs to another model. Load the file of this model."
    case .otherShape(let name, let found, let expected):
      "The weight '\(name)' has shape \(found) in the file, but \(expected) in this model. "
        + "Load the file of this model."
    }
  }
}

extension Transformer {
  /// Copies the weights of another model with the same names and shapes. Fine-tuning starts here.
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
