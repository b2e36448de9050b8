import LessonKit

/// The measurements of both methods at every length.
package struct Timings: Codable {
  private(set) var measurements: [Measurement] = []
  private(set) var refusals: [Refusal] = []
  /// Points that were timed again.
  private(set) var repeats: [Point] = []
  private let headDim: Int

  package init(_ measurements: [Measurement], headDim: Int) {
    (self.measurements, self.headDim) = (measurements, headDim)
  }

  init(_ experiment: Experiment, notebook: Notebook) {
    headDim = experiment.timedHeadDim
    func timing(_ point: Point) -> MethodTiming {
      let numbers = HeadNumbers(
        length: point.length, headDim: experiment.timedHeadDim, seed: notebook.seed)
      return MethodTiming(
        Method.allCases, HeadTensors(notebook.backend, numbers, isCausal: point.isCausal),
        on: notebook.backend, rounds: experiment.rounds(length: point.length),
        budgetBytes: experiment.budgetBytes)
    }
    for (index, length) in experiment.timedLengths.enumerated() {
      for isCausal in length > experiment.longestSquare ? [true] : [false, true] {
        let timing = timing(Point(length: length, isCausal: isCausal))
        measurements += timing.measurements
        for refusal in timing.refusals where !refusals.contains(refusal) {
          refusals.append(refusal)
        }
      }
      notebook.progress(
        done: index + 1, total: experiment.timedLengths.count,
        detail: "\(Quantity.count.text(length)) tokens")
    }
    repeats = outliers
    for point in repeats { merge(timing(point).measurements) }
  }

  /// One length, with or without the causal mask.
  package struct Point: Codable, Equatable {
    package let length: Int
    package let isCausal: Bool
  }

  /// Points that are slower, per score, than both of their neighbors by more than 30 %; the longest
  /// one has one neighbor. Probably something else was running.
  package var outliers: [Point] {
    var found: [Point] = []
    for method in Method.allCases {
      for isCausal in [false, true] {
        let runs = of(method, isCausal: isCausal)
        let cost = runs.map { $0.bothSeconds / Double($0.length) / Double($0.length) }
        for index in runs.indices.dropFirst() {
          let neighbors = [index - 1, index + 1].filter(runs.indices.contains).map { cost[$0] }
          let point = Point(length: runs[index].length, isCausal: isCausal)
          if neighbors.allSatisfy({ cost[index] > 1.3 * $0 }), !found.contains(point) {
            found.append(point)
          }
        }
      }
    }
    return found
  }

  /// Takes the shorter time of each method at one point.
  package mutating func merge(_ again: [Measurement]) {
    for new in again {
      guard
        let index = measurements.firstIndex(where: {
          $0.method == new.method && $0.length == new.length && $0.isCausal == new.isCausal
        })
      else { continue }
      let old = measurements[index]
      measurements[index] = Measurement(
        method: new.method, length: new.length, isCausal: new.isCausal,
        forwardSeconds: min(old.forwardSeconds, new.forwardSeconds),
        bothSeconds: min(old.bothSeconds, new.bothSeconds), forwardBytes: new.forwardBytes,
        bothBytes: new.bothBytes)
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
