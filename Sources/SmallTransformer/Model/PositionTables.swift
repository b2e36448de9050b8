import Autograd
import TensorCore

/// The tables of a position scheme on the device, made for the longest length asked for so far.
final class PositionTables {
  private let configuration: TransformerConfiguration
  private let backend: any Backend
  private var madeRotation: RotationTable?
  private var madeTable: Tensor?

  init(_ configuration: TransformerConfiguration, _ backend: any Backend) {
    self.configuration = configuration
    self.backend = backend
  }

  /// Cosines and sines for at least `length` positions.
  func rotation(length: Int) -> RotationTable? {
    if let madeRotation, madeRotation.cosines.shape[0] >= length { return madeRotation }
    let (rows, pairs) = (roundedUp(length), configuration.headDim / 2)
    guard
      let angles = configuration.positions.rotation(length: rows, headDim: configuration.headDim)
    else { return nil }
    let made = RotationTable(
      cosines: backend.tensor(angles.cosines, [rows, pairs], .workspace),
      sines: backend.tensor(angles.sines, [rows, pairs], .workspace), pairing: angles.pairing)
    madeRotation = made
    return made
  }

  /// Vectors added to the embedding, `[at least length, modelDim]`.
  func added(length: Int) -> Tensor? {
    if let madeTable, madeTable.shape[0] >= length { return madeTable }
    let (rows, width) = (roundedUp(length), configuration.modelDim)
    guard let table = configuration.positions.addedTable(length: rows, modelDim: width) else {
      return nil
    }
    let made = backend.tensor(table, [rows, width], .workspace)
    madeTable = made
    return made
  }

  /// Decoding asks for one more position at a time; the table grows by doubling.
  private func roundedUp(_ length: Int) -> Int {
    var rows = 64
    while rows < length { rows *= 2 }
    return rows
  }
}
