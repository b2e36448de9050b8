import CPUBackend
import Foundation
import TensorCore
import TestSupport
import Testing

/// Backward kernels, the optimizer and the embedding compared with their definitions in Double, on
/// tiny, odd, ragged and large sizes. From about 500 rows on, three threads share them.
/// `SoftmaxParityTests` and `AttentionParityTests` do the same for softmax and attention.
@Suite struct BackwardParityTests {
  static let sizes = [(1, 1), (3, 5), (13, 33), (64, 128), (517, 96), (1031, 67)]
  static let threads = [1, 2, 3]

  @Test(arguments: sizes, threads)
  func layerNorm(size: (Int, Int), threadCount: Int) throws {
    let test = try NormCase(size, threadCount)
    let backend = test.backend
    let expected = NormReference(test, hasMean: true)
    let (mean, rstd) = (test.empty([size.0]), test.empty([size.0]))
    backend.layerNorm(
      test.tensor(test.x), weight: test.vector(test.w), bias: test.vector(test.b), epsilon: 1e-5,
      into: test.empty([size.0, size.1]), mean: mean, rstd: rstd)
    expectClose(mean, expected.mean, .sums, "mean", backend)
    expectClose(rstd, expected.rstd, .sums, "rstd", backend)
    for accumulate in [false, true] {
      let (dx, dw, db) = (test.tensor(test.y), test.vector(test.w), test.vector(test.b))
      backend.layerNormBackward(
        test.tensor(test.dy), x: test.tensor(test.x), weight: test.vector(test.w), mean: mean,
        rstd: rstd, dx: dx, accumulate: accumulate, dWeight: dw, accumulateWeight: accumulate,
        dBias: db, accumulateBias: accumulate)
      func from(_ start: [Float]) -> [Float]? { accumulate ? start : nil }
      expectClose(dx, expected.dx, plus: from(test.y), .rowGradient, "dx", backend)
      expectClose(dw, expected.dWeight, plus: from(test.w), .sums, "dWeight", backend)
      expectClose(db, expected.dBias, plus: from(test.b), .sums, "dBias", backend)
    }
  }

  @Test(arguments: sizes, threads)
  func rmsNorm(size: (Int, Int), threadCount: Int) throws {
    let test = try NormCase(size, threadCount)
    let backend = test.backend
    let expected = NormReference(test, hasMean: false)
    let rstd = test.empty([size.0])
    backend.rmsNorm(
      test.tensor(test.x), weight: test.vector(test.w), epsilon: 1e-5,
      into: test.empty([size.0, size.1]), rstd: rstd)
    expectClose(rstd, expected.rstd, .kernel, "rstd", backend)
    for accumulate in [false, true] {
      let (dx, dw) = (test.tensor(test.y), test.vector(test.w))
      backend.rmsNormBackward(
        test.tensor(test.dy), x: test.tensor(test.x), weight: test.vector(test.w), rstd: rstd,
        dx: dx, accumulate: accumulate, dWeight: dw, accumulateWeight: accumulate)
      func from(_ start: [Float]) -> [Float]? { accumulate ? start : nil }
      expectClose(dx, expected.dx, plus: from(test.y), .rowGradient, "dx", backend)
      expectClose(dw, expected.dWeight, plus: from(test.w), .sums, "dWeight", backend)
    }
  }

  /// The slope that `gelu` writes for its backward pass.
  @Test(arguments: sizes, threads)
  func geluDerivative(size: (Int, Int), threadCount: Int) throws {
    let backend = try CPUBackend(threadCount: threadCount)
    let (rows, width) = size
    let (x, b) = (testValues(rows * width, "x", scale: 3), testValues(width, "b"))
    let derivative = backend.empty([rows, width], .workspace)
    backend.gelu(
      backend.tensor(x, [rows, width], .workspace), bias: backend.tensor(b, [width], .workspace),
      into: backend.empty([rows, width], .workspace), derivative: derivative)
    let expected = x.indices.map { index -> Double in
      // 0.5·x·(1 + tanh u): the product rule.
      let v = Double(x[index] + b[index % width])
      let root = (2 / Double.pi).squareRoot()
      let t = tanh(root * (v + 0.044715 * v * v * v))
      return 0.5 * (1 + t) + 0.5 * v * (1 - t * t) * root * (1 + 3 * 0.044715 * v * v)
    }
    expectClose(derivative, expected, .kernel, "gelu′", backend)
  }

  @Test(arguments: sizes, threads)
  func swiGLU(size: (Int, Int), threadCount: Int) throws {
    let backend = try CPUBackend(threadCount: threadCount)
    let (rows, width) = size
    let pair = testValues(rows * 2 * width, "pair", scale: 3)
    let dy = testValues(rows * width, "dy")
    let gradient = backend.tensor(
      [Float](repeating: .nan, count: pair.count), [rows, 2 * width], .workspace)
    backend.swiGLUBackward(
      backend.tensor(dy, [rows, width], .workspace),
      gateUp: backend.tensor(pair, [rows, 2 * width], .workspace), into: gradient)
    var expected = [Double](repeating: 0, count: pair.count)
    for index in dy.indices {
      let gate = index / width * 2 * width + index % width
      let (g, u) = (Double(pair[gate]), Double(pair[gate + width]))
      let s = 1 / (1 + exp(-g))
      expected[gate] = Double(dy[index]) * u * (s + g * s * (1 - s))
      expected[gate + width] = Double(dy[index]) * g * s
    }
    expectClose(gradient, expected, .kernel, "dGateUp", backend)
  }

  @Test(arguments: sizes + [(131, 1003), (40, 5000)], threads)
  func crossEntropy(size: (Int, Int), threadCount: Int) throws {
    let backend = try CPUBackend(threadCount: threadCount)
    let (rows, width) = size
    let values = testValues(rows * width, "logits", scale: 5)
    let targets = (0..<rows).map { Int32($0 % 5 == 3 ? -1 : $0 * 37 % width) }
    let logits = backend.tensor(values, [rows, width], .workspace)
    let losses = backend.empty([rows], .workspace)
    backend.crossEntropy(logits, targets: targets, losses: losses, gradientScale: 0.7)
    let expected = targets.enumerated().flatMap { row, target -> [Double] in
      let r = values[row * width..<(row + 1) * width].map(Double.init)
      let sum = r.reduce(0) { $0 + exp($1) }
      return r.enumerated().map { column, value in
        target < 0
          ? 0 : Double(Float(0.7)) * (exp(value) / sum - (column == Int(target) ? 1 : 0))
      }
    }
    expectClose(logits, expected, .kernel, "gradient", backend)
    let wanted = KernelReference.crossEntropy(values, width: width, targets: targets)
    expectClose(losses, wanted.map(Double.init), .kernel, "losses", backend)
  }

  /// Token and position vectors, and the gradient of the table. Columns are shared by the threads
  /// where there are many rows.
  @Test(arguments: [(1, 1, 1), (6, 3, 5), (44, 11, 33), (600, 300, 96), (9000, 90, 67)], threads)
  func embedding(size: (Int, Int, Int), threadCount: Int) throws {
    let backend = try CPUBackend(threadCount: threadCount)
    let (count, length, width) = size
    let vocabulary = 41
    let tokens = (0..<count).map { Int32($0 * $0 * 7 % vocabulary) }
    let (table, positions) = (
      testValues(vocabulary * width, "table"), testValues(length * width, "positions")
    )
    let y = backend.empty([count, width], .workspace)
    backend.embed(
      tokens, table: backend.tensor(table, [vocabulary, width], .workspace),
      positions: backend.tensor(positions, [length, width], .workspace), into: y)
    let expected = (0..<count * width).map { index -> Double in
      let (row, column) = (index / width, index % width)
      return Double(table[Int(tokens[row]) * width + column])
        + Double(positions[row % length * width + column])
    }
    expectClose(y, expected, .kernel, "embedding", backend)

    let dy = testValues(count * width, "dy")
    let gradient = backend.full(0, [vocabulary, width], .workspace)
    backend.scatterAddRows(
      backend.tensor(dy, [count, width], .workspace), rows: tokens, into: gradient)
    var sums = [Double](repeating: 0, count: vocabulary * width)
    for (index, value) in dy.enumerated() {
      sums[Int(tokens[index / width]) * width + index % width] += Double(value)
    }
    expectClose(gradient, sums, .sums, "gradient of the table", backend)
  }

  @Test(arguments: [1, 7, 33, 50_003], threads)
  func adamW(count: Int, threadCount: Int) throws {
    let backend = try CPUBackend(threadCount: threadCount)
    func tensor(_ values: [Float]) -> Tensor { backend.tensor(values, [count], .workspace) }
    let start = testValues(count, "weight")
    let (weight, m, v) = (
      tensor(start), backend.full(0, [count], .workspace), backend.full(0, [count], .workspace)
    )
    var (w, first, second) = (
      start.map(Double.init), [Double](repeating: 0, count: count),
      [Double](repeating: 0, count: count)
    )
    for t in 1...4 {
      let gradient = testValues(count, "gradient \(t)")
      backend.adamW(
        weight: weight, gradient: tensor(gradient), firstMoment: m, secondMoment: v,
        AdamWStep(
          learningRate: 0.01, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1,
          gradientScale: 0.5, step: t))
      for i in 0..<count {
        let g = 0.5 * Double(gradient[i])
        first[i] = 0.9 * first[i] + 0.1 * g
        second[i] = 0.95 * second[i] + 0.05 * g * g
        let corrected = (
          first[i] / (1 - pow(0.9, Double(t))), second[i] / (1 - pow(0.95, Double(t)))
        )
        w[i] -= 0.01 * (corrected.0 / (corrected.1.squareRoot() + 1e-8) + 0.1 * w[i])
      }
    }
    expectClose(weight, w, .kernel, "weight", backend)
    expectClose(m, first, .kernel, "first moment", backend)
    expectClose(v, second, .kernel, "second moment", backend)
  }

  /// Some heads of a packed row rotated forward, and back, which is the gradient.
  @Test(arguments: [RotaryPairing.halves, .interleaved], threads)
  func rotation(pairing: RotaryPairing, threadCount: Int) throws {
    let backend = try CPUBackend(threadCount: threadCount)
    for (batch, length, headDim) in [(1, 1, 2), (2, 5, 6), (3, 37, 34), (2, 300, 16)] {
      let (width, half, first) = (4 * headDim, headDim / 2, 3)
      let shape: Shape = [batch, length, width]
      let x = testValues(shape.count, "x")
      let angles = testValues((first + length) * half, "angles", scale: 3)
      let table = { (function: (Double) -> Double) -> Tensor in
        backend.tensor(
          angles.map { Float(function(Double($0))) }, [first + length, half], .workspace)
      }
      for inverse in [false, true] {
        let y = backend.full(.nan, shape, .workspace)
        backend.rotate(
          backend.tensor(x, shape, .workspace), into: y, cosines: table(cos), sines: table(sin),
          firstPosition: first, firstHead: 1, headCount: 2, headDim: headDim, pairing: pairing,
          inverse: inverse)
        var expected = x.map(Double.init)
        for row in 0..<batch * length {
          for head in 1...2 {
            for pair in 0..<half {
              let start = row * width + head * headDim
              let a = start + (pairing == .halves ? pair : 2 * pair)
              let b = pairing == .halves ? a + half : a + 1
              let angle = Double(angles[(first + row % length) * half + pair]) * (inverse ? -1 : 1)
              expected[a] = Double(x[a]) * cos(angle) - Double(x[b]) * sin(angle)
              expected[b] = Double(x[a]) * sin(angle) + Double(x[b]) * cos(angle)
            }
          }
        }
        expectClose(y, expected, .kernel, "\(shape), inverse \(inverse)", backend)
      }
    }
  }

  private func expectClose(
    _ tensor: Tensor, _ expected: [Double], plus start: [Float]? = nil, _ tolerance: Tolerance,
    _ name: String, _ backend: CPUBackend, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let wanted = expected.indices.map { Float(expected[$0] + Double(start?[$0] ?? 0)) }
    let found = difference(backend.read(tensor), wanted, tolerance)
    #expect(found.isWithin, "\(name): \(found)", sourceLocation: sourceLocation)
  }
}

extension Tolerance {
  /// In a row of one element the terms of the gradient cancel; what is left is a rounding of them.
  fileprivate static let rowGradient = Tolerance(relative: sums.relative, floor: 0.01)
}

/// Inputs of a normalization and of its backward pass.
private struct NormCase {
  let backend: CPUBackend
  let shape: Shape
  let x, y, dy, w, b: [Float]

  init(_ size: (Int, Int), _ threadCount: Int) throws {
    backend = try CPUBackend(threadCount: threadCount)
    shape = [size.0, size.1]
    // A mean that is not zero; the spread keeps ε from deciding.
    x = testValues(shape.count, "x", scale: 2).map { $0 + 1.5 }
    (y, dy) = (testValues(shape.count, "y"), testValues(shape.count, "dy"))
    (w, b) = (testValues(size.1, "w"), testValues(size.1, "b"))
  }

  func tensor(_ values: [Float]) -> Tensor { backend.tensor(values, shape, .workspace) }
  func vector(_ values: [Float]) -> Tensor { backend.tensor(values, [shape[1]], .workspace) }
  func empty(_ shape: Shape) -> Tensor { backend.full(.nan, shape, .workspace) }
}

/// The gradients of LayerNorm or RMSNorm, with the whole Jacobian of each row:
/// `∂nᵢ/∂xⱼ = rstd · (δᵢⱼ − 1/W − nᵢnⱼ/W)`, for RMSNorm without `1/W`.
private struct NormReference {
  var (mean, rstd): ([Double], [Double]) = ([], [])
  var dx: [Double] = []
  var dWeight: [Double]
  var dBias: [Double]

  init(_ test: NormCase, hasMean: Bool) {
    let width = test.shape[1]
    dWeight = [Double](repeating: 0, count: width)
    dBias = dWeight
    for row in 0..<test.shape[0] {
      let range = row * width..<(row + 1) * width
      let (x, dy) = (test.x[range].map(Double.init), test.dy[range].map(Double.init))
      let mu = hasMean ? x.reduce(0, +) / Double(width) : 0
      let variance = x.reduce(0) { $0 + ($1 - mu) * ($1 - mu) } / Double(width)
      let r = 1 / (variance + 1e-5).squareRoot()
      let n = x.map { ($0 - mu) * r }
      for i in 0..<width {
        dWeight[i] += dy[i] * n[i]
        dBias[i] += dy[i]
      }
      dx += (0..<width).map { j in
        (0..<width).reduce(0) { sum, i in
          let all = ((hasMean ? 1 : 0) + n[i] * n[j]) / Double(width)
          return sum + dy[i] * Double(test.w[i]) * r * ((i == j ? 1 : 0) - all)
        }
      }
      mean.append(mu)
      rstd.append(r)
    }
  }
}
