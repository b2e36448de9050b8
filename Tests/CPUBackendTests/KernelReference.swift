import Foundation

/// Short versions in Double, row by row, that the kernels are compared with.
enum KernelReference {
  static func layerNorm(
    _ x: [Float], _ w: [Float], _ b: [Float], epsilon: Double
  ) -> [Float] {
    rows(x, w.count) { row in
      let mean = row.reduce(0, +) / Double(row.count)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
      return row.enumerated().map { i, v in
        (v - mean) / (variance + epsilon).squareRoot() * Double(w[i]) + Double(b[i])
      }
    }
  }

  static func rmsNorm(_ x: [Float], _ w: [Float], epsilon: Double) -> [Float] {
    rows(x, w.count) { row in
      let square = row.reduce(0) { $0 + $1 * $1 } / Double(row.count)
      return row.enumerated().map { i, v in v / (square + epsilon).squareRoot() * Double(w[i]) }
    }
  }

  static func gelu(_ x: Double) -> Double {
    0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
  }

  static func silu(_ x: Double) -> Double { x / (1 + exp(-x)) }

  static func crossEntropy(_ logits: [Float], width: Int, targets: [Int32]) -> [Float] {
    targets.enumerated().map { row, target in
      guard target >= 0 else { return 0 }
      let r = logits[row * width..<(row + 1) * width].map(Double.init)
      let top = r.max() ?? 0
      return Float(log(r.reduce(0) { $0 + exp($1 - top) }) + top - r[Int(target)])
    }
  }

  static func multiply(
    _ a: [Float], _ b: [Float], m: Int, k: Int, n: Int, aTransposed: Bool, bTransposed: Bool
  ) -> [Float] {
    (0..<m * n).map { index in
      let (row, column) = (index / n, index % n)
      return Float(
        (0..<k).reduce(0.0) { sum, p in
          sum + Double(a[aTransposed ? p * m + row : row * k + p])
            * Double(b[bTransposed ? column * k + p : p * n + column])
        })
    }
  }

  static func gatherRows(_ x: [Float], _ rows: [Int32], width: Int) -> [Float] {
    rows.flatMap { x[Int($0) * width..<(Int($0) + 1) * width] }
  }

  static func scatterAddRows(
    _ x: [Float], _ rows: [Int32], to y: [Float], width: Int
  ) -> [Float] {
    var sums = y.map(Double.init)
    for (i, row) in rows.enumerated() {
      for column in 0..<width { sums[Int(row) * width + column] += Double(x[i * width + column]) }
    }
    return sums.map { Float($0) }
  }

  static func scaleRows(_ x: [Float], _ factors: [Float], width: Int) -> [Float] {
    x.enumerated().map { $1 * factors[$0 / width] }
  }

  static func rowDots(_ a: [Float], _ b: [Float], width: Int) -> [Float] {
    stride(from: 0, to: a.count, by: width).map { start in
      Float((start..<start + width).reduce(0.0) { $0 + Double(a[$1]) * Double(b[$1]) })
    }
  }

  private static func rows(
    _ x: [Float], _ width: Int, _ body: ([Double]) -> [Double]
  ) -> [Float] {
    stride(from: 0, to: x.count, by: width).flatMap { start in
      body(x[start..<start + width].map(Double.init)).map { Float($0) }
    }
  }
}
