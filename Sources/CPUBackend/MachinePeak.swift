import Dispatch
import TensorCore

// The machine's peak, measured in the same process and on the same threads as the kernels that are
// compared with it.
//
// Multiply-adds: twelve registers of eight elements, each a dependency chain. A fused multiply-add
// takes four or five cycles, and two start in each cycle: eight chains are just enough; twelve
// leave some margin. Bandwidth: windows of an array that is far larger than any cache, so that no
// read hits a cache.
//
// The result is the fastest of many short bursts. A burst takes about a millisecond, less than a
// scheduler's time slice, so that a few of them run without interruption by other programs.

extension CPUBackend {
  /// The multiply-add peak of all threads together, in FLOP/s; a multiply-add counts as two FLOPs.
  public func measureMultiplyAddPeak(burstCount: Int = 400) -> Double {
    let stepCount = 400_000
    let flops = Double(threadCount * stepCount * multiplyAddsPerStep * 2)
    let sums = empty([threadCount, 16], .workspace)
    let seconds = withExtendedLifetime(sums) {
      let base = sums.hostPointer
      return best(of: burstCount) { _ in
        parallel(tasks: threadCount) { task, _ in
          base[task * 16] = multiplyAddChains(stepCount, factor: 0.999, addend: 0.001)
        }
      }
    }
    return flops / seconds
  }

  /// Read bandwidth of all threads together, in bytes per second.
  /// - Complexity: memory: `byteCount`, which should be several times the largest cache.
  public func measureReadBandwidth(byteCount: Int = 512 << 20, passCount: Int = 8) -> Double {
    let windowCount = max(1, byteCount / bandwidthWindowBytes)
    let values = full(1, [windowCount, bandwidthWindowBytes / 4], .workspace)
    let sums = empty([threadCount, 16], .workspace)
    let seconds = withExtendedLifetime((values, sums)) {
      let (base, sum) = (values.hostPointer, sums.hostPointer)
      return best(of: windowCount * passCount) { burst in
        let window = base + burst % windowCount * values.shape[1]
        parallel(tasks: threadCount) { task, _ in
          let range = share(task, of: values.shape[1])
          sum[task * 16] = sumOfElements(window + range.lowerBound, range.count)
        }
      }
    }
    return Double(bandwidthWindowBytes) / seconds
  }

  /// Copy bandwidth of all threads together, in bytes per second; bytes read and bytes written both
  /// count.
  /// - Complexity: memory: `byteCount`, half of it read and half written.
  public func measureCopyBandwidth(byteCount: Int = 512 << 20, passCount: Int = 8) -> Double {
    let windowCount = max(1, byteCount / 2 / bandwidthWindowBytes)
    let source = full(1, [windowCount, bandwidthWindowBytes / 4], .workspace)
    let target = full(0, source.shape, .workspace)
    let seconds = withExtendedLifetime((source, target)) {
      let (from, to) = (source.hostPointer, target.hostPointer)
      return best(of: windowCount * passCount) { burst in
        let window = burst % windowCount * source.shape[1]
        parallel(tasks: threadCount) { task, _ in
          let range = share(task, of: source.shape[1])
          (to + window + range.lowerBound).update(
            from: from + window + range.lowerBound, count: range.count)
        }
      }
    }
    return Double(2 * bandwidthWindowBytes) / seconds
  }

  /// One thread's part of `count` elements, in whole steps of `sumOfElements`.
  private func share(_ task: Int, of count: Int) -> Range<Int> {
    let steps = count / 32
    return task * steps / threadCount * 32..<(task + 1) * steps / threadCount * 32
  }
}

/// Seconds of the fastest of `count` bursts, after one warm-up.
private func best(of count: Int, _ burst: (Int) -> Void) -> Double {
  burst(0)
  var best = Double.infinity
  for number in 1...max(1, count) {
    let start = DispatchTime.now().uptimeNanoseconds
    burst(number)
    best = min(best, Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9)
  }
  return best
}

private let bandwidthWindowBytes = 32 << 20

private let multiplyAddsPerStep = 12 * 8

/// `c = c · factor + addend` on twelve registers; returns the sum of all, so that the compiler
/// keeps them.
@inline(never)
private func multiplyAddChains(_ stepCount: Int, factor: Float, addend: Float) -> Float {
  let (x, y) = (Float8(repeating: factor), Float8(repeating: addend))
  var c0 = y, c1 = y + 1, c2 = y + 2, c3 = y + 3, c4 = y + 4, c5 = y + 5
  var c6 = y + 6, c7 = y + 7, c8 = y + 8, c9 = y + 9, c10 = y + 10, c11 = y + 11
  for _ in 0..<stepCount {
    c0 = y.addingProduct(c0, x)
    c1 = y.addingProduct(c1, x)
    c2 = y.addingProduct(c2, x)
    c3 = y.addingProduct(c3, x)
    c4 = y.addingProduct(c4, x)
    c5 = y.addingProduct(c5, x)
    c6 = y.addingProduct(c6, x)
    c7 = y.addingProduct(c7, x)
    c8 = y.addingProduct(c8, x)
    c9 = y.addingProduct(c9, x)
    c10 = y.addingProduct(c10, x)
    c11 = y.addingProduct(c11, x)
  }
  let low = (c0 + c1) + (c2 + c3) + (c4 + c5)
  return sumOfLanes(low + (c6 + c7) + (c8 + c9) + (c10 + c11))
}

/// The sum of `count` elements, a multiple of 32.
@inline(never)
private func sumOfElements(_ values: UnsafePointer<Float>, _ count: Int) -> Float {
  var (a, b, c, d) = (Float8.zero, Float8.zero, Float8.zero, Float8.zero)
  var i = 0
  while i < count {
    a += load8(values + i)
    b += load8(values + i + 8)
    c += load8(values + i + 16)
    d += load8(values + i + 24)
    i += 32
  }
  return sumOfLanes((a + b) + (c + d))
}
