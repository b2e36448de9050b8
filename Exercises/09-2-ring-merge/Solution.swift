import Foundation

struct Part {
  var output: [Float]
  var logSumExp: Float
}

func ringAttention(count: Int, attend: (_ device: Int, _ part: Int) -> Part) -> [Part] {
  func merged(_ a: Part, _ b: Part) -> Part {
    let top = max(a.logSumExp, b.logSumExp)
    let (first, second) = (exp(a.logSumExp - top), exp(b.logSumExp - top))
    let sum = first + second
    return Part(
      output: zip(a.output, b.output).map { (first * $0 + second * $1) / sum },
      logSumExp: top + log(sum))
  }
  var results: [Part?] = Array(repeating: nil, count: count)
  for step in 0..<count {
    for device in 0..<count {
      let part = (device - step + count) % count
      if part > device { continue }
      let found = attend(device, part)
      results[device] = results[device].map { merged($0, found) } ?? found
    }
  }
  return results.compactMap { $0 }
}
