import LessonKit

/// All measurements of both methods.
struct Timings: Codable {
  private(set) var measurements: [Measurement] = []
  private(set) var refusals: [Refusal] = []
  private let headDim: Int

  init(_ experiment: Experiment, notebook: Notebook) {
    headDim = experiment.timedHeadDim
    for (index, length) in experiment.timedLengths.enumerated() {
      let numbers = HeadNumbers(length: length, headDim: headDim, seed: notebook.seed)
      for isCausal in length > experiment.longestSquare ? [true] : [false, true] {
        let head = HeadTensors(notebook.backend, numbers, isCausal: isCausal)
        let sitting = Sitting(
          [NaiveMethod(), TiledMethod()], head, on: notebook.backend,
          rounds: experiment.rounds(length: length), budgetBytes: experiment.budgetBytes)
        measurements += sitting.measurements
        for refusal in sitting.refusals where !refusals.contains(refusal) {
          refusals.append(refusal)
        }
      }
      notebook.progress(
        done: index + 1, total: experiment.timedLengths.count, detail: "\(length) tokens")
    }
  }

  func of(_ method: String, isCausal: Bool) -> [Measurement] {
    measurements.filter { $0.method == method && $0.isCausal == isCausal }
  }

  /// Plain's time over tiled's, at the length from `first` on where it is least.
  func leastSpeedUp(
    isCausal: Bool, from first: Int, _ seconds: (Measurement) -> Double
  ) -> Double? {
    let tiled = of("tiled", isCausal: isCausal)
    return of("plain", isCausal: isCausal).filter { $0.length >= first }.compactMap { plain in
      tiled.first { $0.length == plain.length }.map { seconds(plain) / seconds($0) }
    }.min()
  }

  func bytesExponent(_ method: String) -> Double? {
    let runs = of(method, isCausal: true)
    return PowerLaw(runs.map { Double($0.length) }, runs.map { Double($0.bothBytes) })?.exponent
  }

  func timeExponent(_ method: String) -> Double? {
    let runs = of(method, isCausal: true).suffix(4)
    return PowerLaw(runs.map { Double($0.length) }, runs.map(\.bothSeconds))?.exponent
  }

  /// Of plain's peak to two matrices.
  var plainFormulaDifference: Double? {
    of("plain", isCausal: true).map { run in
      let predicted = NaiveMethod().predictedBytes(length: run.length, withBackward: true)
      return abs(Double(run.bothBytes) / Double(predicted) - 1)
    }.max()
  }

  func rows(isCausal: Bool) -> [[String]] {
    of("tiled", isCausal: isCausal).map { tiled in
      let plain = of("plain", isCausal: isCausal).first { $0.length == tiled.length }
      let seconds = { (value: Double?) in
        value.map { Quantity.seconds.text($0, digits: 3) } ?? "refused"
      }
      let rate = { (value: Double) in Quantity.plain.text(value / 1e9, digits: 3) }
      return [
        Quantity.count.text(Double(tiled.length)),
        seconds(plain?.forwardSeconds), seconds(tiled.forwardSeconds),
        rate(tiled.forwardRate(headDim: headDim)),
        seconds(plain?.bothSeconds), seconds(tiled.bothSeconds),
        rate(tiled.bothRate(headDim: headDim)),
      ]
    }
  }

  var byteRows: [[String]] {
    of("tiled", isCausal: true).map { tiled in
      let plain = of("plain", isCausal: true).first { $0.length == tiled.length }
      let predicted = NaiveMethod().predictedBytes(length: tiled.length, withBackward: true)
      return [
        Quantity.count.text(Double(tiled.length)), Quantity.bytes.text(Double(predicted)),
        plain.map { Quantity.bytes.text(Double($0.bothBytes)) } ?? "refused",
        Quantity.bytes.text(Double(tiled.bothBytes)),
      ]
    }
  }
}
