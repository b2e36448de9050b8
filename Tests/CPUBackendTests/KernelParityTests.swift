import CPUBackend
import TensorCore
import TestSupport
import Testing

/// Forward kernels compared with the reference, on tiny, odd, ragged and large sizes and 1 to 3
/// threads. `BackwardParityTests` does the same for their gradients.
@Suite struct KernelParityTests {
  static let sizes = [(1, 1), (3, 5), (7, 8), (13, 33), (64, 128), (517, 96)]
  static let threads = [1, 2, 3]

  @Test(arguments: sizes, threads)
  func layerNorm(size: (Int, Int), threadCount: Int) throws {
    let backend = try CPUBackend(threadCount: threadCount)
    let (rows, width) = size
    let (x, w, b) = (values(rows * width, "x"), values(width, "w"), values(width, "b"))
    let y = backend.empty([rows, width], .workspace)
    backend.layerNorm(
      backend.tensor(x, [rows, width], .workspace), weight: backend.tensor(w, [width], .workspace),
      bias: backend.tensor(b, [width], .workspace), epsilon: 1e-5, into: y,
      mean: backend.empty([rows], .workspace),
      rstd: backend.empty([rows], .workspace))
    // A row of one element has variance 0: ε dominates and magnifies rounding errors.
    let found = difference(
      backend.read(y), KernelReference.layerNorm(x, w, b, epsilon: 1e-5), .sums)
    #expect(found.isWithin, "\(found)")
  }

  @Test(arguments: sizes, threads)
  func rmsNorm(size: (Int, Int), threadCount: Int) throws {
    let backend = try CPUBackend(threadCount: threadCount)
    let (rows, width) = size
    let (x, w) = (values(rows * width, "x"), values(width, "w"))
    let y = backend.empty([rows, width], .workspace)
    backend.rmsNorm(
      backend.tensor(x, [rows, width], .workspace), weight: backend.tensor(w, [width], .workspace),
      epsilon: 1e-5, into: y, rstd: backend.empty([rows], .workspace))
    let found = difference(
      backend.read(y), KernelReference.rmsNorm(x, w, epsilon: 1e-5), .kernel)
    #expect(found.isWithin, "\(found)")
  }

  @Test(arguments: sizes, threads)
  func activations(size: (Int, Int), threadCount: Int) throws {
    let backend = try CPUBackend(threadCount: threadCount)
    let (rows, width) = size
    let (x, b) = (values(rows * width, "x", scale: 4), values(width, "b"))
    let (input, y) = (
      backend.tensor(x, [rows, width], .workspace), backend.empty([rows, width], .workspace)
    )
    backend.gelu(
      input, bias: backend.tensor(b, [width], .workspace), into: y, derivative: nil)
    let gelu = difference(
      backend.read(y),
      x.enumerated().map { Float(KernelReference.gelu(Double($1 + b[$0 % width]))) }, .kernel)
    #expect(gelu.isWithin, "gelu: \(gelu)")

    let pair = values(rows * 2 * width, "pair", scale: 4)
    backend.swiGLU(backend.tensor(pair, [rows, 2 * width], .workspace), into: y)
    let expected = (0..<rows * width).map { index in
      let start = index / width * 2 * width + index % width
      return Float(KernelReference.silu(Double(pair[start])) * Double(pair[start + width]))
    }
    let swiGLU = difference(backend.read(y), expected, .kernel)
    #expect(swiGLU.isWithin, "swiGLU: \(swiGLU)")
  }

  @Test(arguments: sizes, threads)
  func rows(size: (Int, Int), threadCount: Int) throws {
    let backend = try CPUBackend(threadCount: threadCount)
    let (rows, width) = size
    func tensor(_ values: [Float], _ shape: Shape) -> Tensor {
      backend.tensor(values, shape, .workspace)
    }
    // Rows that are picked several times, once and never.
    let picked = (0..<rows).map { Int32($0 % 3 == 0 ? 0 : $0 * 7 % rows) }
    let (x, y) = (values(rows * width, "x"), values(rows * width, "y"))
    let factors = values(rows, "factors")
    let gathered = backend.empty([rows, width], .workspace)
    backend.gatherRows(tensor(x, [rows, width]), rows: picked, into: gathered)
    #expect(backend.read(gathered) == KernelReference.gatherRows(x, picked, width: width))

    let sums = tensor(y, [rows, width])
    backend.scatterAddRows(tensor(x, [rows, width]), rows: picked, into: sums)
    let scattered = difference(
      backend.read(sums), KernelReference.scatterAddRows(x, picked, to: y, width: width), .sums)
    #expect(scattered.isWithin, "scatterAddRows: \(scattered)")

    let scaled = tensor(x, [rows, width])
    backend.scaleRows(scaled, by: tensor(factors, [rows, 1]), into: scaled)
    #expect(backend.read(scaled) == KernelReference.scaleRows(x, factors, width: width))

    let dots = backend.empty([rows], .workspace)
    backend.rowDots(tensor(x, [rows, width]), tensor(y, [rows, width]), into: dots)
    let dotted = difference(
      backend.read(dots), KernelReference.rowDots(x, y, width: width), .sums)
    #expect(dotted.isWithin, "rowDots: \(dotted)")
  }

  @Test(arguments: sizes, threads)
  func crossEntropy(size: (Int, Int), threadCount: Int) throws {
    let backend = try CPUBackend(threadCount: threadCount)
    let (rows, width) = size
    let logits = values(rows * width, "logits", scale: 5)
    let targets = (0..<rows).map { Int32($0 % 5 == 3 ? -1 : $0 % width) }
    let losses = backend.empty([rows], .workspace)
    backend.crossEntropy(
      backend.tensor(logits, [rows, width], .workspace), targets: targets, losses: losses,
      gradientScale: nil)
    let found = difference(
      backend.read(losses),
      KernelReference.crossEntropy(logits, width: width, targets: targets), .kernel)
    #expect(found.isWithin, "\(found)")
  }

  /// Vectors and thin matrices (by the library, and one row times a large matrix); ragged rows, columns and blocks of depth; a depth that
  /// is added in pieces; several groups of columns and of packed rows.
  @Test(
    arguments: [
      (1, 1, 1), (3, 5, 7), (1, 9, 40), (40, 1, 9), (33, 20, 1), (40, 9, 20), (64, 32, 16),
      (130, 70, 33), (512, 64, 128), (26, 257, 17),
      (47, 1100, 300), (290, 600, 31),
      (1, 130, 77), (1, 3, 2000), (1, 4097, 8), (1, 1024, 40),
    ], threads)
  func products(size: (Int, Int, Int), threadCount: Int) throws {
    let backend = try CPUBackend(threadCount: threadCount)
    let (m, k, n) = size
    for (aTransposed, bTransposed) in [(false, false), (true, false), (false, true), (true, true)] {
      let (a, b) = (values(m * k, "a"), values(k * n, "b"))
      let start = values(m * n, "c")
      let c = backend.tensor(start, [m, n], .workspace)
      let left = backend.tensor(a, aTransposed ? [k, m] : [m, k], .workspace)
      let right = backend.tensor(b, bTransposed ? [n, k] : [k, n], .workspace)
      let product = KernelReference.multiply(
        a, b, m: m, k: k, n: n, aTransposed: aTransposed, bTransposed: bTransposed)
      backend.multiply(
        left, transposed: aTransposed, right, transposed: bTransposed, into: c, accumulate: true)
      let added = difference(backend.read(c), zip(product, start).map(+), .sums)
      #expect(added.isWithin, "accumulated: \(added)")
      backend.multiply(
        left, transposed: aTransposed, right, transposed: bTransposed, into: c, accumulate: false)
      let written = difference(backend.read(c), product, .sums)
      #expect(written.isWithin, "written: \(written)")
    }
  }

  /// A product with one block of depth, or with pieces of depth, is rounded as if it were computed
  /// alone and then added. Its terms added to a C that is large would each be rounded to the last digit
  /// of C.
  @Test(
    arguments: [
      ((130, 64, 48), false), ((130, 64, 48), true), ((31, 250, 20), false),
      ((31, 250, 20), true), ((40, 2100, 48), true), ((1, 300, 50), false),
    ])
  func anAddedProductIsRoundedOnce(size: (Int, Int, Int), aTransposed: Bool) throws {
    let backend = try CPUBackend(threadCount: 2)
    let (m, k, n) = size
    let start = values(m * n, "c", scale: 1000)
    let a = backend.tensor(
      values(m * k, "a"), aTransposed ? [k, m] : [m, k], .workspace)
    let b = backend.tensor(values(k * n, "b"), [k, n], .workspace)
    let c = backend.tensor(start, [m, n], .workspace)
    let product = backend.empty([m, n], .workspace)
    backend.multiply(a, transposed: aTransposed, b, transposed: false, into: c, accumulate: true)
    backend.multiply(
      a, transposed: aTransposed, b, transposed: false, into: product, accumulate: false)
    #expect(backend.read(c) == zip(start, backend.read(product)).map(+))
  }

  @Test(arguments: [
    (97, 600, 130), (40, 2100, 272), (5000, 64, 8), (8, 64, 5000), (3001, 64, 1), (1, 500, 301),
  ])
  func productsAreTheSameForEveryThreadCount(size: (Int, Int, Int)) throws {
    let (m, k, n) = size
    let (a, b) = (values(m * k, "a"), values(k * n, "b"))
    for aTransposed in [false, true] {
      let results = try [1, 2, 3, 8].map { threadCount -> [Float] in
        let backend = try CPUBackend(threadCount: threadCount)
        let c = backend.empty([m, n], .workspace)
        backend.multiply(
          backend.tensor(a, aTransposed ? [k, m] : [m, k], .workspace), transposed: aTransposed,
          backend.tensor(b, [k, n], .workspace), transposed: false, into: c, accumulate: false)
        return backend.read(c)
      }
      for result in results { #expect(result == results[0]) }
    }
  }

  @Test(arguments: threads)
  func sumsOverRowsAreTheSameForEveryThreadCount(threadCount: Int) throws {
    let (rows, width) = (1000, 67)
    let x = values(rows * width, "x")
    func sums(_ threads: Int) throws -> [Float] {
      let backend = try CPUBackend(threadCount: threads)
      let result = backend.empty([width], .workspace)
      backend.sumRows(
        backend.tensor(x, [rows, width], .workspace), into: result, accumulate: false)
      return backend.read(result)
    }
    #expect(try sums(threadCount) == sums(1))
    let expected = (0..<width).map { column in
      Float((0..<rows).reduce(0.0) { $0 + Double(x[$1 * width + column]) })
    }
    let found = difference(try sums(threadCount), expected, .sums)
    #expect(found.isWithin, "\(found)")
  }

  @Test func processorWithoutTheInstructionsIsAnError() {
    #if arch(x86_64)
      #expect(throws: DeviceError.missingInstructions(["AVX2", "FMA"])) {
        try CPUBackend.requireInstructions(.init(avx2: false, fma: false))
      }
      let sentence = DeviceError.missingInstructions(["AVX2"]).description
      #expect(sentence.contains("AVX2") && sentence.contains("another machine"))
    #endif
  }

  private func values(_ count: Int, _ label: String, scale: Float = 1) -> [Float] {
    testValues(count, label, scale: scale)
  }
}
