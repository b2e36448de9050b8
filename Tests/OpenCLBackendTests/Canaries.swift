import TensorCore
import TestSupport

/// Puts a guarded stretch of numbers before and behind every tensor that a test makes.
///
/// A kernel that writes beyond its tensor changes them; one that reads beyond takes a NaN into its
/// result. Two poisons are needed: a sum that is written back leaves a NaN a NaN, and a number would
/// be read unseen.
///
/// The stretches are of odd lengths, so that a tensor begins at no place that suits a vector.
final class Canaries {
  @TaskLocal static var current: Canaries?

  static let poisons: [Float] = [.nan, 24_681.5]
  private static let (before, behind) = (67, 131)

  private let poison: Float
  private var guarded: [(whole: Tensor, count: Int, name: String)] = []

  init(poison: Float) { self.poison = poison }

  func tensor(_ numbers: [Float], _ shape: Shape, _ name: String, on backend: any Backend) -> Tensor
  {
    let margins = [Self.before, Self.behind].map { [Float](repeating: poison, count: $0) }
    let all = margins[0] + numbers + margins[1]
    let whole = backend.tensor(all, [all.count], .workspace)
    guarded.append((whole, numbers.count, name))
    return whole.slice(Self.before..<Self.before + numbers.count).reshaped(shape)
  }

  /// The places that something was written to that belongs to nobody, in words, three a tensor
  /// at most; empty where all are as they were.
  func damage(on backend: any Backend) -> [String] {
    guarded.flatMap { whole, count, name -> [String] in
      let numbers = backend.read(whole)
      let places = Array(0..<Self.before) + Array(Self.before + count..<numbers.count)
      return places.filter { numbers[$0].bitPattern != poison.bitPattern }.prefix(3).map {
        "'\(name)' of \(count) numbers, at \($0 - Self.before): \(numbers[$0])"
      }
    }
  }

  /// What a body computes between canaries of each kind, and then, where those are whole, in the
  /// open: a kernel that writes beyond its tensors would there write into the test's own memory.
  static func results<Value>(
    on backend: any Backend, _ body: () throws -> Value
  ) rethrows -> [(value: Value, name: String, damage: [String])] {
    let guarded = try poisons.map { poison in
      let canaries = Canaries(poison: poison)
      let value = try $current.withValue(canaries) { try body() }
      return (
        value: value, name: "between canaries of \(poison)", damage: canaries.damage(on: backend)
      )
    }
    guard guarded.allSatisfy(\.damage.isEmpty) else { return guarded }
    return guarded + [(value: try body(), name: "in the open", damage: [])]
  }
}
