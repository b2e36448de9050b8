import Autograd
import TensorCore

/// The weights of a model by name, in the order of their creation; PyTorch's `state_dict`.
public final class ParameterSet {
  /// All weights.
  public private(set) var all: [Parameter] = []
  private let backend: any Backend
  /// The seed of initial values; nil if the weights are written after they are created.
  private let seed: UInt64?
  private let shared: [String: Parameter]

  /// A set of new weights; without a seed their values are undefined.
  init(on backend: any Backend, seed: UInt64?) {
    self.backend = backend
    self.seed = seed
    shared = [:]
  }

  /// A set that returns the weights of another by name, instead of new ones.
  init(sharing other: ParameterSet) {
    backend = other.backend
    seed = other.seed
    shared = Dictionary(uniqueKeysWithValues: other.all.map { ($0.name, $0) })
  }

  /// Creates a weight with normally distributed initial values. Its random stream is named after
  /// the weight, so that adding a weight does not change the others.
  public func normal(_ name: String, _ shape: Shape, std: Float) -> Parameter {
    add(name, shape) { seed in
      var generator = SeededGenerator(seed: seed, stream: name)
      return (0..<shape.count).map { _ in generator.normal() * std }
    }
  }

  /// Creates a weight whose initial values are all equal.
  public func constant(_ name: String, _ shape: Shape, _ value: Float) -> Parameter {
    add(name, shape) { _ in [Float](repeating: value, count: shape.count) }
  }

  private func add(
    _ name: String, _ shape: Shape, _ values: (_ seed: UInt64) -> [Float]
  ) -> Parameter {
    let parameter =
      shared[name]
      ?? Parameter(
        name: name,
        seed.map { backend.tensor(values($0), shape, .parameters) }
          ?? backend.empty(shape, .parameters))
    precondition(
      parameter.shape == shape, "weights: \(name) is \(parameter.shape), expected \(shape)")
    all.append(parameter)
    return parameter
  }

  /// The weight with this name; nil if there is none.
  /// - Complexity: O(number of weights).
  public subscript(name: String) -> Parameter? { all.first { $0.name == name } }

  /// The number of elements of all weights.
  public var count: Int { all.reduce(0) { $0 + $1.value.count } }

  /// Removes all gradients, as PyTorch's `zero_grad`, and keeps their memory for the next step.
  public func resetGradients() {
    for parameter in all { parameter.resetGradient() }
  }

  /// Frees the memory of all gradients.
  public func releaseGradients() {
    for parameter in all { parameter.releaseGradient() }
  }
}
