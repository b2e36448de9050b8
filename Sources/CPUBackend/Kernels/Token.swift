import Foundation
import TensorCore

extension CPUBackend {
  public func embed(_ tokens: [Int32], table: Tensor, positions: Tensor?, into y: Tensor) {
    let width = table.shape.lastExtent
    let (t, ys) = (table.hostPointer, y.hostPointer)
    let p = positions.map { (pointer: $0.hostPointer, length: $0.shape.rowCount) }
    forRows(tokens.count, minimum: minimumRows(width: width)) { rows in
      for row in rows {
        let (entry, out) = (t + Int(tokens[row]) * width, ys + row * width)
        if let p {
          let position = p.pointer + row % p.length * width
          forLanes(width) { i, lanes in
            store(out + i, load(entry + i, lanes) + load(position + i, lanes), lanes)
          }
        } else {
          out.update(from: entry, count: width)
        }
      }
    }
  }

  public func embedBackward(_ dy: Tensor, tokens: [Int32], into dTable: Tensor) {
    // Threads share columns, not rows: two rows may add to the same entry.
    let width = dTable.shape.lastExtent
    let (dys, dt) = (dy.hostPointer, dTable.hostPointer)
    forRows((width + 15) / 16, minimum: max(1, 262_144 / max(1, tokens.count * 16))) { blocks in
      let columns = blocks.lowerBound * 16..<min(width, blocks.upperBound * 16)
      for (row, token) in tokens.enumerated() {
        let source = dys + row * width + columns.lowerBound
        let target = dt + Int(token) * width + columns.lowerBound
        forLanes(columns.count) { i, lanes in
          store(target + i, load(target + i, lanes) + load(source + i, lanes), lanes)
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
