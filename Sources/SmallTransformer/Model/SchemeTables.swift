import Autograd
import Calculator
import TensorCore

/// The tables by position of a model's position scheme and attention patterns, computed once for
/// all its passes.
final class SchemeTables {
  /// One ALiBi slope per head.
  let slopes: [Float]?
  private let rotations: GrowingTable<RotationTable?>
  private let addedVectors: GrowingTable<Tensor?>
  private let learnedVectors: Parameter?
  /// One per layer; layers of one pattern share theirs.
  private let blockLists: [GrowingTable<BlockList?>]

  /// A learned scheme's vectors are one more weight, `positions`.
  init(
    _ configuration: TransformerConfiguration, on backend: any Backend,
    in parameters: ParameterSet
  ) {
    let (scheme, width) = (configuration.positions, configuration.modelDim)
    let headDim = configuration.headDim
    slopes = scheme.scoreSlopes(headCount: configuration.headCount)
    rotations = GrowingTable { length in
      scheme.rotation(length: length, headDim: headDim).map { angles in
        RotationTable(
          cosines: backend.tensor(angles.cosines, [length, headDim / 2], .workspace),
          sines: backend.tensor(angles.sines, [length, headDim / 2], .workspace),
          pairing: angles.pairing)
      }
    }
    addedVectors = GrowingTable { length in
      scheme.addedTable(length: length, modelDim: width).map {
        backend.tensor($0, [length, width], .workspace)
      }
    }
    learnedVectors = scheme.learnedPositionCount.map {
      parameters.normal("positions", [$0, width], std: initStd)
    }
    blockLists = Self.blockLists(configuration)
  }

  private static func blockLists(
    _ configuration: TransformerConfiguration
  ) -> [GrowingTable<BlockList?>] {
    var made: [String: GrowingTable<BlockList?>] = [:]
    return (0..<configuration.layerCount).map { layer in
      let pattern = configuration.pattern.layer(layer).pattern
      let table = made[pattern.identity] ?? GrowingTable { pattern.blocks(length: $0) }
      made[pattern.identity] = table
      return table
    }
  }

  /// Cosines and sines for at least `length` positions; nil for a scheme that does not rotate.
  func rotation(length: Int) -> RotationTable? { rotations(length) }

  /// For each layer the blocks of at least `length` positions; nil if a pattern needs no list.
  func blocks(length: Int) -> [BlockList?] { blockLists.map { $0(length) } }

  /// The vectors that are added to the embedding at these positions, `[at least count, modelDim]`;
  /// nil for a scheme that adds none.
  ///
  /// - Precondition: a learned scheme has a vector for each of them.
  func addedVectors(at positions: Range<Int>) -> Variable? {
    guard let learnedVectors else {
      return addedVectors(positions.upperBound).map { Variable($0.slice(positions)) }
    }
    precondition(
      positions.upperBound <= learnedVectors.shape[0],
      """
      learned positions: \(positions.upperBound) tokens, but only \(learnedVectors.shape[0]) \
      vectors; use a shorter text or another position scheme
      """)
    // From position 0 on, return the parameter itself, so that it gets its gradient. Later
    // positions occur only with a cache, without training.
    return positions.lowerBound == 0
      ? learnedVectors : Variable(learnedVectors.value.slice(positions))
  }
}

/// A table by position, computed for the longest length so far and used for every shorter one.
///
/// Decoding needs one more position at a time, so lengths are rounded up to
/// `Accounting.tableLength(for:)`: a power of two, at least 64.
private final class GrowingTable<Table> {
  private let make: (_ length: Int) -> Table
  private var made: (length: Int, table: Table)?

  init(_ make: @escaping (_ length: Int) -> Table) { self.make = make }

  func callAsFunction(_ length: Int) -> Table {
    if let made, made.length >= length { return made.table }
    let rows = Accounting.tableLength(for: length)
    let table = make(rows)
    made = (rows, table)
    return table
  }
}
