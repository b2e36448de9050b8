import TensorCore

/// 1 / (1 + e^−x)
@inline(__always)
private func sigmoid(_ x: Float8) -> Float8 {
  Float8(repeating: 1) / (Float8(repeating: 1) + vexp(-x))
}

/// The argument 2√(2/π)·(x + 0.044715x³) of the sigmoid in gelu(x) = x·sigmoid(argument): the tanh
/// form, since ½(1 + tanh u) is sigmoid(2u).
private let geluSlope: Float = 1.595_769_12
private let geluCube: Float = 0.044715

extension CPUBackend {
  public func gelu(_ x: Tensor, bias: Tensor?, into y: Tensor, derivative: Tensor?) {
    let width = x.shape.lastExtent
    let (xs, ys, b) = (x.hostPointer, y.hostPointer, bias?.hostPointer)
    let slopes = derivative?.hostPointer
    forRows(x.shape.rowCount, minimum: minimumRows(width: width)) { rows in
      for row in rows {
        let (r, out) = (xs + row * width, ys + row * width)
        let slope = slopes.map { $0 + row * width }
        forLanes(width) { i, lanes in
          var v = load(r + i, lanes)
          if let b { v += load(b + i, lanes) }
          let square = v * v
          let s = sigmoid(v * (geluSlope + geluSlope * geluCube * square))
          store(out + i, v * s, lanes)
          if let slope {
            // gelu′ = s + x·s·(1 − s)·(argument)′
            let inner = geluSlope + 3 * geluSlope * geluCube * square
            store(slope + i, s + v * s * (1 - s) * inner, lanes)
          }
        }
      }
    }
  }

  public func swiGLU(_ gateUp: Tensor, into y: Tensor) {
    let width = y.shape.lastExtent
    let (xs, ys) = (gateUp.hostPointer, y.hostPointer)
    forRows(y.shape.rowCount, minimum: minimumRows(width: width)) { rows in
      for row in rows {
        let (gate, up, out) = (xs + row * 2 * width, xs + row * 2 * width + width, ys + row * width)
        forLanes(width) { i, lanes in
          let v = load(gate + i, lanes)
          store(out + i, v * sigmoid(v) * load(up + i, lanes), lanes)
        }
      }
    }
  }

  public func swiGLUBackward(_ dy: Tensor, gateUp: Tensor, into dGateUp: Tensor) {
    let width = dy.shape.lastExtent
    let (dys, xs, dxs) = (dy.hostPointer, gateUp.hostPointer, dGateUp.hostPointer)
    forRows(dy.shape.rowCount, minimum: minimumRows(width: width)) { rows in
      for row in rows {
        let (gate, dGate) = (xs + row * 2 * width, dxs + row * 2 * width)
        let (up, dUp) = (gate + width, dGate + width)
        let g = dys + row * width
        forLanes(width) { i, lanes in
          let (v, u, d) = (load(gate + i, lanes), load(up + i, lanes), load(g + i, lanes))
          let s = sigmoid(v)
          store(dGate + i, d * u * s * (1 + v * (1 - s)), lanes)
          store(dUp + i, d * v * s, lanes)
        }
      }
    }
  }
}
