import Dispatch
import TensorCore

// The device's peak, measured in the same process as the kernels that are compared with it.

extension ProgramText {
  fileprivate static let bandwidth = ProgramText(
    name: "Bandwidth.cl", text: PackageResources.Bandwidth_cl)
}

extension OpenCLBackend {
  /// The multiply-add peak of the device, in FLOP/s; a multiply-add counts as two FLOPs.
  public func measureMultiplyAddPeak(burstCount: Int = 40) -> Double {
    let (groups, items, steps) = (device.computeUnitCount * 32, 128, 4096)
    let sums = empty([groups * items], .workspace)
    let seconds = best(of: burstCount) { _ in
      run(
        "multiplyAddChains", of: [.reduction, .bandwidth], groups: groups, items: items,
        [.tensor(sums), .integer(steps)])
    }
    return Double(groups * items * steps * 16 * 2) / seconds
  }

  /// Read bandwidth of the device's memory, in bytes per second.
  public func measureReadBandwidth(byteCount: Int = 512 << 20, passCount: Int = 8) -> Double {
    let windowBytes = min(largestWindowBytes, max(4096, byteCount))
    let windowCount = max(1, byteCount / windowBytes)
    let values = full(1, [windowCount, windowBytes / 4], .workspace)
    let groups = device.computeUnitCount * 16
    let sums = empty([groups], .workspace)
    let seconds = best(of: windowCount * passCount) { burst in
      run(
        "sumWindow", of: [.reduction, .bandwidth], groups: groups, items: 128,
        [
          .tensor(values.slice(burst % windowCount..<burst % windowCount + 1)), .tensor(sums),
          .integer(windowBytes / 16),
        ])
    }
    return Double(windowBytes) / seconds
  }

  /// Copy bandwidth, in bytes per second; bytes read and bytes written both count.
  public func measureCopyBandwidth(byteCount: Int = 512 << 20, passCount: Int = 8) -> Double {
    let windowBytes = min(largestWindowBytes, max(4096, byteCount / 2))
    let source = full(1, [windowBytes / 4], .workspace)
    let target = full(0, source.shape, .workspace)
    let seconds = best(of: max(1, byteCount / windowBytes / 2) * passCount) { _ in
      run(
        "copyWindow", of: [.reduction, .bandwidth], groups: device.computeUnitCount * 16,
        items: 128,
        [.tensor(source), .tensor(target), .integer(windowBytes / 16)])
    }
    return Double(2 * windowBytes) / seconds
  }

  /// Seconds of the fastest of `count` bursts, after one warm-up.
  private func best(of count: Int, _ burst: (Int) -> Void) -> Double {
    burst(0)
    synchronize()
    var best = Double.infinity
    for number in 1...max(1, count) {
      let start = DispatchTime.now().uptimeNanoseconds
      burst(number)
      synchronize()
      best = min(best, Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9)
    }
    return best
  }
}

/// Several times the largest cache of a GPU.
private let largestWindowBytes = 128 << 20
