import TensorCore

extension CPUBackend {
  public func rotate(
    _ source: Tensor, into target: Tensor, cosines: Tensor, sines: Tensor, firstPosition: Int,
    firstHead: Int, headCount: Int, headDim: Int, pairing: RotaryPairing, inverse: Bool
  ) {
    let (width, length) = (source.shape.lastExtent, source.shape[1])
    let (xs, ys, half) = (source.hostPointer, target.hostPointer, headDim / 2)
    let (cosine, sine) = (cosines.hostPointer, sines.hostPointer)
    let rotated = firstHead * headDim..<(firstHead + headCount) * headDim
    let sign: Float = inverse ? -1 : 1
    forRows(source.shape.rowCount, minimum: minimumRows(width: width)) { rows in
      for row in rows {
        let (x, y) = (xs + row * width, ys + row * width)
        if x != y {
          y.update(from: x, count: rotated.lowerBound)
          (y + rotated.upperBound).update(
            from: x + rotated.upperBound, count: width - rotated.upperBound)
        }
        let position = firstPosition + row % length
        let (c, s) = (cosine + position * half, sine + position * half)
        for head in 0..<headCount {
          let start = rotated.lowerBound + head * headDim
          switch pairing {
          case .halves: rotateHalves(x + start, y + start, c, s, half, sign)
          case .interleaved: rotatePairs(x + start, y + start, c, s, half, sign)
          }
        }
      }
    }
  }
}

/// (a, b) → (a·cos − b·sin, a·sin + b·cos) with a in the first half, b in the second.
@inline(__always)
private func rotateHalves(
  _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ cosine: UnsafePointer<Float>,
  _ sine: UnsafePointer<Float>, _ half: Int, _ sign: Float
) {
  forLanes(half) { i, lanes in
    let (a, b) = (load(x + i, lanes), load(x + half + i, lanes))
    let (c, s) = (load(cosine + i, lanes), load(sine + i, lanes) * sign)
    store(y + i, a * c - b * s, lanes)
    store(y + half + i, a * s + b * c, lanes)
  }
}

/// The same with a and b next to each other.
@inline(__always)
private func rotatePairs(
  _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ cosine: UnsafePointer<Float>,
  _ sine: UnsafePointer<Float>, _ half: Int, _ sign: Float
) {
  for i in 0..<half {
    let (a, b) = (x[2 * i], x[2 * i + 1])
    let (c, s) = (cosine[i], sine[i] * sign)
    y[2 * i] = a * c - b * s
    y[2 * i + 1] = a * s + b * c
  }
}
