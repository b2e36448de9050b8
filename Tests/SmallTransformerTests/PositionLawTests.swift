import Autograd
import CPUBackend
import Foundation
import SmallTransformer
import TensorCore
import TestSupport
import Testing

/// The laws of each position scheme.
@Suite struct PositionLawTests {
  @Test func sinusoidsMatchTheFormula() throws {
    let table = try #require(Sinusoidal().addedTable(length: 50, modelDim: 6))
    // PE(p, 2i) = sin(p / 10000^(2i/6)), PE(p, 2i + 1) = cos(the same).
    for (position, dimension, expected) in [
      (0, 0, 0.0), (0, 1, 1.0), (7, 0, sin(7.0)), (7, 1, cos(7.0)),
      (49, 2, sin(49 / pow(10_000, 2.0 / 6))), (49, 5, cos(49 / pow(10_000, 4.0 / 6))),
    ] {
      #expect(abs(Double(table[position * 6 + dimension]) - expected) < 1e-6)
    }
  }

  /// The score of a rotated query and a rotated key depends only on their offset.
  @Test(arguments: [RotaryPairing.halves, .interleaved])
  func rotaryScoresDependOnTheOffsetOnly(pairing: RotaryPairing) throws {
    let backend = try CPUBackend(threadCount: 1)
    let (dim, length) = (16, 1200)
    let angles = try #require(Rotary(pairing: pairing).rotation(length: length, headDim: dim))
    let table = RotationTable(
      cosines: backend.tensor(angles.cosines, [length, dim / 2], .workspace),
      sines: backend.tensor(angles.sines, [length, dim / 2], .workspace), pairing: pairing)
    func rotated(_ vector: [Float], _ position: Int) -> [Float] {
      let x = Variable(backend.tensor(vector, [1, 1, dim], .workspace))
      let tape = Tape(backend, isRecording: false)
      return backend.read(
        tape.rotate(x, by: table, rotatedHeads: 1, headDim: dim, firstPosition: position).value)
    }
    let (query, key) = (testValues(dim, "query"), testValues(dim, "key"))
    func score(_ m: Int, _ n: Int) -> Float {
      zip(rotated(query, m), rotated(key, n)).reduce(0) { $0 + $1.0 * $1.1 }
    }
    for offset in [0, 1, 5, 100] {
      let scores = [0, 3, 50, 1000].map { score($0 + offset, $0) }
      #expect(scores.allSatisfy { abs($0 - scores[0]) < 2e-4 }, "offset \(offset): \(scores)")
    }
    #expect(abs(score(5, 0) - score(6, 0)) > 1e-2)
    #expect(abs(score(5, 0) - score(0, 5)) > 1e-2, "the sign of the offset matters")
  }

  /// Interleaved pairs are half-split pairs of a head with permuted dimensions.
  @Test func pairingsDifferOnlyByAPermutation() throws {
    let backend = try CPUBackend(threadCount: 1)
    let dim = 8
    let vector = testValues(dim, "vector")
    let permuted = (0..<dim).map { vector[$0 < dim / 2 ? 2 * $0 : 2 * ($0 - dim / 2) + 1] }
    func rotated(_ vector: [Float], _ pairing: RotaryPairing) throws -> [Float] {
      let angles = try #require(Rotary(pairing: pairing).rotation(length: 64, headDim: dim))
      let table = RotationTable(
        cosines: backend.tensor(angles.cosines, [64, dim / 2], .workspace),
        sines: backend.tensor(angles.sines, [64, dim / 2], .workspace), pairing: pairing)
      let x = Variable(backend.tensor(vector, [1, 1, dim], .workspace))
      let y = Tape(backend, isRecording: false).rotate(
        x, by: table, rotatedHeads: 1, headDim: dim, firstPosition: 37)
      return backend.read(y.value)
    }
    let interleaved = try rotated(vector, .interleaved)
    let halves = try rotated(permuted, .halves)
    let expected = (0..<dim).map { interleaved[$0 < dim / 2 ? 2 * $0 : 2 * ($0 - dim / 2) + 1] }
    #expect(difference(halves, expected, .kernel).isWithin)
  }

  @Test func alibiSlopesForPowersOfTwo() {
    let eight = ALiBi.slopes(headCount: 8)
    #expect(eight == (1...8).map { 1 / Float(1 << $0) })
    let sixteen = ALiBi.slopes(headCount: 16)
    #expect(difference(sixteen, (1...16).map { Float(pow(2, -Double($0) / 2)) }, .kernel).isWithin)
  }

  @Test func alibiSlopesForTwelveHeadsMatchTheAuthorsCode() {
    let twelve = ALiBi.slopes(headCount: 12)
    let expected: [Float] = [
      0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625, 0.70710678, 0.35355339,
      0.17677669, 0.08838835,
    ]
    #expect(difference(twelve, expected, .kernel).isWithin)
    #expect(ALiBi.slopes(headCount: 1) == [1 / 256])
  }

  @Test func onlyLearnedPositionsAreParameters() throws {
    let backend = try CPUBackend(threadCount: 1)
    func names(_ scheme: any PositionScheme) -> [String] {
      Transformer(
        .gpt(modelDim: 16, layerCount: 1, headCount: 2, positions: scheme), on: backend, seed: 1
      ).parameters.all.map(\.name)
    }
    #expect(names(Learned(positionCount: 9)).contains("positions"))
    for scheme in [Sinusoidal(), Rotary(), ALiBi(), NoPositions()] as [any PositionScheme] {
      #expect(!names(scheme).contains("positions"))
    }
  }
}
