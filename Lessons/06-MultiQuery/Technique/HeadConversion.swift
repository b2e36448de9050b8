import SmallTransformer
import TensorCore

/// How one head of keys and values is made from a group's.
package enum HeadChoice: String, CaseIterable {
  /// The mean of the group's projections (Ainslie et al., 2023, section 2.1).
  case mean
  /// The group's first.
  case first
  /// Fresh weights.
  case random
}

extension Transformer {
  /// A model with fewer key/value heads, made from this one: its key and value projections by
  /// `choice` for each group, everything else copied.
  ///
  /// - Precondition: this model's key/value heads are a multiple of the other's; all else is equal.
  /// - Complexity: one pass over the weights.
  package func converted(
    to configuration: TransformerConfiguration, by choice: HeadChoice, seed: UInt64
  ) -> Transformer {
    let result = Transformer(configuration, on: backend, seed: seed)
    let (old, new) = (self.configuration.kvHeadCount, configuration.kvHeadCount)
    precondition(
      old % new == 0 && self.configuration.headCount == configuration.headCount,
      "conversion: \(old) key/value heads cannot become \(new)")
    for parameter in result.parameters.all {
      guard let source = parameters[parameter.name] else { continue }
      let numbers = backend.read(source.value)
      guard parameter.name.contains(".attention.qkv.") else {
        backend.write(numbers, to: parameter.value)
        continue
      }
      let groups = HeadGroups(self.configuration, kvHeads: new)
      backend.write(
        groups.pooled(numbers, fresh: backend.read(parameter.value), choice), to: parameter.value)
    }
    return result
  }
}

/// The columns of a packed projection: all heads of queries, then of keys, then of values.
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

  /// Row by row: queries as they are, then one head a group.
  func pooled(_ numbers: [Float], fresh: [Float], _ choice: HeadChoice) -> [Float] {
    let oldWidth = (headCount + 2 * kvHeadCount) * headDim
    let newWidth = (headCount + 2 * newCount) * headDim
    let size = kvHeadCount / newCount
    var result = fresh
    for row in 0..<numbers.count / oldWidth {
      for column in 0..<newWidth {
        let head = column / headDim
        let target = row * newWidth + column
        guard head >= headCount else {
          result[target] = numbers[row * oldWidth + column]
          continue
        }
        // Keys first, values behind them; each block has its own count of heads in old and new.
        let shared = head - headCount
        let block = shared / newCount
        let firstOld = headCount + block * kvHeadCount + shared % newCount * size
        let place = column % headDim
        let members = (0..<size).map {
          numbers[row * oldWidth + (firstOld + $0) * headDim + place]
        }
        switch choice {
        case .mean: result[target] = members.reduce(0, +) / Float(size)
        case .first: result[target] = members[0]
        case .random: break
        }
      }
    }
    return result
  }
}
