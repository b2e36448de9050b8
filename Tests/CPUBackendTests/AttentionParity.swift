import CPUBackend
import TensorCore
import Testing

/// Records an issue with the largest difference and its index; the bound is relative to the largest
/// expected magnitude.
func expectClose(
  _ found: [Float], _ expected: [Double], _ tolerance: Double, _ name: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard found.count == expected.count else {
    Issue.record(
      "\(name): \(found.count) values, not \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  let scale = expected.reduce(1) { $1.isFinite ? max($0, abs($1)) : $0 }
  var (worst, index) = (0.0, 0)
  for i in found.indices where worst < .infinity {
    let difference =
      Double(found[i]) == expected[i] ? 0 : abs(Double(found[i]) - expected[i]) / scale
    if !(difference <= worst) { (worst, index) = (difference.isNaN ? .infinity : difference, i) }
  }
  if worst > tolerance {
    Issue.record(
      "\(name): off by \(worst) at \(index): \(found[index]), not \(expected[index])",
      sourceLocation: sourceLocation)
  }
}

/// Runs a case on `threadCount` threads and compares everything that it writes with the reference.
func expectParity(
  _ problem: AttentionProblem, layout: HeadLayout = .headMajor, threadCount: Int = 2,
  sourceLocation at: SourceLocation = #_sourceLocation
) {
  let test = AttentionCase(problem, layout: layout)
  let result = test.run(threadCount: threadCount)
  let (map, logSumExp) = ReferenceAttention.probabilities(
    queries: test.queries, keys: test.keys, problem)
  let output = ReferenceAttention.output(map: map, values: test.values, problem)
  let gradients = ReferenceAttention.gradients(
    outputGradient: test.outputGradient, queries: test.queries, keys: test.keys,
    values: test.values, problem)
  let name = "\(problem), \(layout), \(threadCount) threads"
  expectClose(result.output, output, 2e-6, "output of \(name)", sourceLocation: at)
  expectClose(result.logSumExp, logSumExp, 2e-6, "log-sum-exp of \(name)", sourceLocation: at)
  expectClose(result.queryGradient, gradients.queries, 5e-6, "dQ of \(name)", sourceLocation: at)
  expectClose(result.keyGradient, gradients.keys, 5e-6, "dK of \(name)", sourceLocation: at)
  expectClose(result.valueGradient, gradients.values, 5e-6, "dV of \(name)", sourceLocation: at)
  expectClose(test.map(threadCount: threadCount), map, 2e-6, "map of \(name)", sourceLocation: at)
}
