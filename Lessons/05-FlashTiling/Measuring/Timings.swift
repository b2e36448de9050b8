import LessonKit

/// The measurements of both methods at every length.
package struct Timings: Codable {
  private(set) var measurements: [Measurement] = []
  private(set) var refusals: [Refusal] = []
  private let headDim: Int

  package init(_ measurements: [Measurement], headDim: Int) {
    (self.measurements, self.headDim) = (measurements, headDim)
  }

  init(_ experiment: Experiment, notebook: Notebook) {
    headDim = experiment.timedHeadDim
    for (index, length) in experiment.timedLengths.enumerated() {
      let numbers = HeadNumbers(length: length, headDim: headDim, seed: notebook.seed)
      for isCausal in length > experiment.longestSquare ? [true] : [false, true] {
        let head = HeadTensors(notebook.backend, numbers, isCausal: isCausal)
        let timing = MethodTiming(
          Method.allCases, head, on: notebook.backend,
          rounds: experiment.rounds(length: length), budgetBytes: experiment.budgetBytes)
        measurements += timing.measurements
        for refusal in timing.refusals where !refusals.contains(refusal) {
          refusals.append(refusal)
        }
      }
      notebook.progress(
        done: index + 1, total: experiment.timedLengths.count, detail: "\(length) tokens")
    }
  }

  /// By ascending length.
  package func of(_ method: Method, isCausal: Bool) -> [Measurement] {
    measurements.filter { $0.method == method && $0.isCausal == isCausal }
      .sorted { $0.length < $1.length }
  }

  /// The smallest ratio of naive to tiled time over all lengths from `first` tokens on.
  package func leastSpeedUp(
    isCausal: Bool, from first: Int, _ seconds: (Measurement) -> Double
  ) -> Double? {
    let tiled = of(.tiled, isCausal: isCausal)
    return of(.naive, isCausal: isCausal).filter { $0.length >= first }.compactMap { naive in
      tiled.first { $0.length == naive.length }.map { seconds(naive) / seconds($0) }
    }.min()
  }

  package func bytesExponent(_ method: Method) -> Double? {
    let runs = of(method, isCausal: true)
    return PowerLaw(runs.map { Double($0.length) }, runs.map { Double($0.bothBytes) })?.exponent
  }

  package func timeExponent(_ method: Method) -> Double? {
    let runs = of(method, isCausal: true).suffix(4)
    return PowerLaw(runs.map { Double($0.length) }, runs.map(\.bothSeconds))?.exponent
  }

  /// The largest relative difference between the peak of naive attention and two matrices.
  var naiveFormulaDifference: Double? {
    of(.naive, isCausal: true).map { run in
      let predicted = NaiveMethod().predictedBytes(length: run.length, withBackward: true)
      return abs(Double(run.bothBytes) / Double(predicted) - 1)
    }.max()
  }

  func rows(isCausal: Bool) -> [[String]] {
    of(.tiled, isCausal: isCausal).map { tiled in
      let naive = of(.naive, isCausal: isCausal).first { $0.length == tiled.length }
      let seconds = { (value: Double?) in
        value.map { Quantity.seconds.text($0, digits: 3) } ?? "refused"
      }
      let rate = { (value: Double) in Quantity.plain.text(value / 1e9, digits: 3) }
      return [
        Quantity.count.text(Double(tiled.length)),
        seconds(naive?.forwardSeconds), seconds(tiled.forwardSeconds),
        rate(tiled.forwardRate(headDim: headDim)),
        seconds(naive?.bothSeconds), seconds(tiled.bothSeconds),
        rate(tiled.bothRate(headDim: headDim)),
      ]
    }
  }

  var byteRows: [[String]] {
    of(.tiled, isCausal: true).map { tiled in
      let naive = of(.naive, isCausal: true).first { $0.length == tiled.length }
      let predicted = NaiveMethod().predictedBytes(length: tiled.length, withBackward: true)
      return [
        Quantity.count.text(Double(tiled.length)), Quantity.bytes.text(Double(predicted)),
        naive.map { Quantity.bytes.text(Double($0.bothBytes)) } ?? "refused",
        Quantity.bytes.text(Double(tiled.bothBytes)),
      ]
    }
  }
}
