import SmallTransformer
import TensorCore

/// How one key/value head is made from the heads of a group.
package enum HeadPooling: String, CaseIterable, Sendable {
  /// The mean of the group's projections (Ainslie et al., 2023, section 2.1).
  case mean
  /// The group's first head.
  case first
  /// Random weights.
  case random
}

extension Transformer {
  /// A copy of this model with fewer key/value heads. The key and value projections of each group are
  /// pooled; all other weights are copied.
  ///
  /// - Precondition: the old number of key/value heads is a multiple of the new one. Everything else
  ///   in the configurations is equal.
  /// - Complexity: one pass over the weights.
  package func converted(
    to configuration: TransformerConfiguration, by pooling: HeadPooling, seed: UInt64
  ) -> Transformer {
    let result = Transformer(configuration, on: backend, seed: seed)
    let (old, new) = (self.configuration.kvHeadCount, configuration.kvHeadCount)
    precondition(
      old % new == 0 && self.configuration.headCount == configuration.headCount,
      "conversion: \(old) key/value heads cannot become \(new)")
    for parameter in result.parameters.all {
      guard let source = parameters[parameter.name] else { continue }
      let values = backend.read(source.value)
      guard parameter.name.contains(".attention.qkv.") else {
        backend.write(values, to: parameter.value)
        continue
      }
      let groups = HeadGroups(self.configuration, kvHeads: new)
      backend.write(
        groups.pooled(values, random: backend.read(parameter.value), pooling), to: parameter.value)
    }
    return result
  }
}

/// The columns of a packed projection: all query heads, then the key heads, then the value heads.
struct HeadGroups {
  let headCount: Int
  let kvHeadCount: Int
  let headDim: Int
  let newCount: Int

  init(_ configuration: TransformerConfiguration, kvHeads: Int) {
    headCount = configuration.headCount
    kvHeadCount = configuration.kvHeadCount
    headDim = configuration.headDim
    newCount = kvHeads
  }

  /// Copies the query columns of each row, and pools the key and value columns to one head per group.
  func pooled(_ weights: [Float], random: [Float], _ pooling: HeadPooling) -> [Float] {
    let oldWidth = (headCount + 2 * kvHeadCount) * headDim
    let newWidth = (headCount + 2 * newCount) * headDim
    let size = kvHeadCount / newCount
    var result = random
    for row in 0..<weights.count / oldWidth {
      for column in 0..<newWidth {
        let head = column / headDim
        let target = row * newWidth + column
        guard head >= headCount else {
          result[target] = weights[row * oldWidth + column]
          continue
        }
        // Block 0 has the key heads, block 1 the value heads.
        let shared = head - headCount
        let block = shared / newCount
        let firstOld = headCount + block * kvHeadCount + shared % newCount * size
        let offset = column % headDim
        let members = (0..<size).map {
          weights[row * oldWidth + (firstOld + $0) * headDim + offset]
        }
        switch pooling {
        case .mean: result[target] = members.reduce(0, +) / Float(size)
        case .first: result[target] = members[0]
        case .random: break
        }
      }
    }
    return result
  }
}
