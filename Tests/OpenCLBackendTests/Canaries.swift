import TensorCore
import TestSupport

/// Guard elements (canaries) before and after every tensor that a test makes.
///
/// A kernel that writes outside its tensor changes them; a kernel that reads outside gets a NaN
/// into its result. Two kinds are needed: adding to a NaN leaves a NaN, so such a write would not
/// be seen, and reading a finite value would not be seen.
///
/// The number of elements before a tensor is odd or a multiple of four: kernels read rows that
/// begin at a multiple of four elements with other instructions.
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

  func tensor(_ scalars: [Float], _ shape: Shape, _ name: String, on backend: any Backend) -> Tensor
  {
    let margins = [before, Self.behind].map { [Float](repeating: poison, count: $0) }
    let all = margins[0] + scalars + margins[1]
    let whole = backend.tensor(all, [all.count], .workspace)
    guarded.append((whole, scalars.count, name))
    return whole.slice(before..<before + scalars.count).reshaped(shape)
  }

  /// Descriptions of changed guard elements, at most three per tensor; empty where none changed.
  func damage(on backend: any Backend) -> [String] {
    guarded.flatMap { whole, count, name -> [String] in
      let scalars = backend.read(whole)
      let places = Array(0..<before) + Array(before + count..<scalars.count)
      return places.filter { scalars[$0].bitPattern != poison.bitPattern }.prefix(3).map {
        "'\(name)' of \(count) elements, at \($0 - before): \(scalars[$0])"
      }
    }
  }

  /// The results of `body` with canaries of each kind and then, if those are intact, without
  /// canaries: a kernel that writes outside its tensors would then write into the test's own
  /// memory.
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
    return guarded + [(value: try body(), name: "without canaries", damage: [])]
  }
}
