import TensorCore

/// A matrix product `C [m, n] = op(A) [m, k] • op(B) [k, n]`, where op may transpose.
public struct ProductWorkload: Workload {
  public var m: Int
  public var k: Int
  public var n: Int
  public var aTransposed = false
  public var bTransposed = false

  public init(m: Int, k: Int, n: Int, aTransposed: Bool = false, bTransposed: Bool = false) {
    self.m = m
    self.k = k
    self.n = n
    self.aTransposed = aTransposed
    self.bTransposed = bTransposed
  }

  public var flops: Double { 2 * Double(m) * Double(k) * Double(n) }

  public var peerRequest: [String: Int]? {
    [
      "product": 1, "m": m, "k": k, "n": n, "aTransposed": aTransposed ? 1 : 0,
      "bTransposed": bTransposed ? 1 : 0,
    ]
  }

  public func prepare(on backend: any Backend) -> PreparedWork {
    let a = backend.noise(aTransposed ? [k, m] : [m, k], stream: "a")
    let b = backend.noise(bTransposed ? [n, k] : [k, n], stream: "b")
    let c = backend.empty([m, n], .workspace)
    let (aTransposed, bTransposed) = (aTransposed, bTransposed)
    return PreparedWork {
      backend.multiply(
        a, transposed: aTransposed, b, transposed: bTransposed, into: c, accumulate: false)
      return nil
    }
  }
}
