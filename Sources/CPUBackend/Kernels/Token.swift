import Foundation
import TensorCore

extension CPUBackend {
  public func embed(_ tokens: [Int32], table: Tensor, positions: Tensor?, into y: Tensor) {
    guard let positions else { return gatherRows(table, rows: tokens, into: y) }
    let (width, length) = (table.shape.lastExtent, positions.shape.rowCount)
    let (entries, places, ys) = (table.hostPointer, positions.hostPointer, y.hostPointer)
    forRows(tokens.count, minimum: minimumRows(width: width)) { rows in
      for row in rows {
        let (entry, place) = (entries + Int(tokens[row]) * width, places + row % length * width)
        let out = ys + row * width
        forLanes(width) { i, lanes in
          store(out + i, load(entry + i, lanes) + load(place + i, lanes), lanes)
        }
      }
    }
  }

  public func crossEntropy(
    _ logits: Tensor, targets: [Int32], losses: Tensor, gradientScale: Float?
  ) {
    let width = logits.shape.lastExtent
    let (xs, out) = (logits.hostPointer, losses.hostPointer)
    forRows(logits.shape.rowCount, minimum: minimumRows(width: width)) { rows in
      for row in rows {
        let r = xs + row * width
        let target = Int(targets[row])
        guard target >= 0 else {
          out[row] = 0
          if gradientScale != nil { r.update(repeating: 0, count: width) }
          continue
        }
        var high = Float8(repeating: -.infinity)
        forLanes(width) { i, lanes in high = maximum(high, load(r + i, lanes, filler: -.infinity)) }
        let top = largestLane(high)
        let targetLogit = r[target]
        var sum = Float8.zero
        forLanes(width) { i, lanes in
          let e = vexp(load(r + i, lanes, filler: -.infinity) - top)
          sum += e
          if gradientScale != nil { store(r + i, e, lanes) }
        }
        let total = sumOfLanes(sum)
        out[row] = log(total) + top - targetLogit
        if let gradientScale {
          let factor = gradientScale / total
          forLanes(width) { i, lanes in store(r + i, load(r + i, lanes) * factor, lanes) }
          r[target] -= gradientScale
        }
      }
    }
  }
}
