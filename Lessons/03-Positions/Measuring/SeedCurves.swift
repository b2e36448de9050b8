import LessonKit

/// The curves of one scheme, one for each seed.
package struct SeedCurves: Codable {
  /// In the order of the seeds.
  let curves: [Curve]

  package init(_ curves: [Curve]) { self.curves = curves }

  var name: String { curves.first?.name ?? "" }

  /// Perplexity in windows of a multiple of T: e to the mean loss of the seeds.
  package func perplexity(at multiple: Int) -> Double? {
    geometricMean(of: curves.map { $0.perplexity(at: multiple) })
  }

  /// For each seed, perplexity at a multiple of T divided by the perplexity at T.
  package func ratios(at multiple: Int) -> [Double] {
    curves.compactMap { $0.ratio(at: multiple) }
  }

  /// The mean ratio of the seeds, as a ratio of mean perplexities.
  package func ratio(at multiple: Int) -> Double? {
    geometricMean(of: curves.map { $0.ratio(at: multiple) })
  }

  /// "sinusoidal × 6.2": perplexity in the longest windows divided by perplexity at T.
  package var growth: String {
    let factor = curves.first?.points.last.flatMap { ratio(at: $0.multiple) } ?? .nan
    return "\(name) × \(Quantity.plain.text(factor, digits: 3))"
  }

  /// Perplexities at each multiple: the mean, the least and the largest of the seeds.
  var perplexities: [(mean: Double, least: Double, largest: Double)] {
    (curves.first?.points ?? []).map { point in
      let found = curves.compactMap { $0.perplexity(at: point.multiple) }
      return (
        perplexity(at: point.multiple) ?? .nan, found.min() ?? .nan, found.max() ?? .nan
      )
    }
  }

  /// The loss at each position of windows of a multiple of T, the mean of the seeds, over `width`
  /// positions each.
  func losses(at multiple: Int, width: Int) -> [(position: Double, loss: Double)] {
    let each = curves.compactMap { curve in
      curve.points.first { $0.multiple == multiple }?.loss.smoothed(width: width)
    }
    return (each.first ?? []).indices.map { index in
      (each[0][index].position, each.reduce(0) { $0 + $1[index].loss } / Double(each.count))
    }
  }
}
