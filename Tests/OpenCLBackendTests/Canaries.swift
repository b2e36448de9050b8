import TensorCore
import TestSupport

/// Puts a guarded stretch of numbers before and behind every tensor that a test makes.
///
/// A kernel that writes beyond its tensor changes them; one that reads beyond takes a NaN into its
/// result. Two poisons are needed: a sum that is written back leaves a NaN a NaN, and a number would
/// be read unseen.
///
/// The stretch before a tensor is of a length that suits no vector, or of one that does: kernels read
/// rows that begin at a multiple of four numbers in another way.
final class Canaries {
  @TaskLocal static var current: Canaries?

  private static let kinds: [(poison: Float, before: Int)] = [
    (.nan, 67), (.nan, 68), (24_681.5, 68),
  ]
  private static let behind = 131

  private let poison: Float
  private let before: Int
  private var guarded: [(whole: Tensor, count: Int, name: String)] = []

  init(poison: Float, before: Int) { (self.poison, self.before) = (poison, before) }

  func tensor(_ numbers: [Float], _ shape: Shape, _ name: String, on backend: any Backend) -> Tensor
  {
    let margins = [before, Self.behind].map { [Float](repeating: poison, count: $0) }
    let all = margins[0] + numbers + margins[1]
    let whole = backend.tensor(all, [all.count], .workspace)
    guarded.append((whole, numbers.count, name))
    return whole.slice(before..<before + numbers.count).reshaped(shape)
  }

  /// The places that something was written to that belongs to nobody, in words, three a tensor
  /// at most; empty where all are as they were.
  func damage(on backend: any Backend) -> [String] {
    guarded.flatMap { whole, count, name -> [String] in
      let numbers = backend.read(whole)
      let places = Array(0..<before) + Array(before + count..<numbers.count)
      return places.filter { numbers[$0].bitPattern != poison.bitPattern }.prefix(3).map {
        "'\(name)' of \(count) numbers, at \($0 - before): \(numbers[$0])"
      }
    }
  }

  /// What a body computes between canaries of each kind, and then, where those are whole, in the
  /// open: a kernel that writes beyond its tensors would there write into the test's own memory.
  static func results<Value>(
    on backend: any Backend, _ body: () throws -> Value
  ) rethrows -> [(value: Value, name: String, damage: [String])] {
    let guarded = try kinds.map { poison, before in
      let canaries = Canaries(poison: poison, before: before)
      let value = try $current.withValue(canaries) { try body() }
      return (
        value: value, name: "between canaries of \(poison), \(before) before",
        damage: canaries.damage(on: backend)
      )
    }
    guard guarded.allSatisfy(\.damage.isEmpty) else { return guarded }
    return guarded + [(value: try body(), name: "in the open", damage: [])]
  }
}
