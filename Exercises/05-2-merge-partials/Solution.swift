import Foundation

struct Part {
  var output: [Float]
  var logSumExp: Float
}

func merged(_ a: Part, _ b: Part) -> Part {
  let top = max(a.logSumExp, b.logSumExp)
  guard top > -.infinity else { return a }
  let (first, second) = (exp(a.logSumExp - top), exp(b.logSumExp - top))
  let sum = first + second
  return Part(
    output: zip(a.output, b.output).map { (first * $0 + second * $1) / sum },
    logSumExp: top + log(sum))
}
