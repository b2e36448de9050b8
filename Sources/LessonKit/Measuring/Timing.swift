/// Seconds of wall time since a moment.
public func seconds(since start: ContinuousClock.Instant) -> Double {
  (ContinuousClock.now - start).seconds
}

extension Duration {
  /// The duration as a number of seconds.
  public var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}

/// The middle value, or the mean of the middle two; NaN for an empty array.
public func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  guard let last = sorted.indices.last else { return .nan }
  return (sorted[last / 2] + sorted[(last + 1) / 2]) / 2
}

/// Measures several items in interleaved rounds. Each round measures every item once, so a change
/// in the speed of the machine affects all items.
///
/// - Parameters:
///   - items: What is measured, for instance kernels or lengths.
///   - rounds: Rounds whose samples are kept.
///   - warmUpRounds: Earlier rounds, whose samples are dropped.
///   - progress: Called after each measurement with the number of measurements done and the total.
///   - measure: Runs one item and returns its sample.
/// - Returns: the samples of each item, in the order of the rounds: `[item][round]`.
public func interleaved<Item, Sample>(
  _ items: [Item], rounds: Int, warmUpRounds: Int = 1,
  progress: (_ done: Int, _ total: Int) -> Void = { _, _ in },
  measure: (Item) throws -> Sample
) rethrows -> [[Sample]] {
  var samples = [[Sample]](repeating: [], count: items.count)
  let total = (warmUpRounds + rounds) * items.count
  for round in 0..<warmUpRounds + rounds {
    for (index, item) in items.enumerated() {
      let sample = try measure(item)
      if round >= warmUpRounds { samples[index].append(sample) }
      progress(round * items.count + index + 1, total)
    }
  }
  return samples
}
