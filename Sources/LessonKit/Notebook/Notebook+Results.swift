import Foundation
import Plotting

extension Notebook {
  /// Adds a table. Numbers are given as text, with their units.
  /// - Precondition: each row has as many entries as there are columns.
  public func table(_ name: String, columns: [String], rows: [[String]], caption: String) {
    for row in rows {
      precondition(
        row.count == columns.count,
        "table '\(name)': \(row.count) entries in a row of \(columns.count) columns: \(row)")
    }
    add(.table(Table(name: name, columns: columns, rows: rows, caption: caption)), named: name)
  }

  /// Draws a figure into the run's folder as `NN-slug-name.png`.
  ///
  /// The caption states the finding; it is also the alternative text. The figure's note follows it.
  /// - Throws: errors of the figure, `FigureError` if it did not write a PNG, or `FolderError` if
  ///   there is a file of this name that is no figure.
  public func figure(_ name: String, _ figure: any Figure, caption: String) throws {
    let file = FigureName(card, name)
    try folder.checkFigure(folder.figure(file))
    try figure.write(to: folder.figure(file))
    guard let size = (try? folder.picture(file)).flatMap(pngSize) else {
      throw FigureError(file: file.description)
    }
    let cell = FigureFile(
      name: name, file: file, title: figure.title,
      caption: [caption, figure.note].compactMap { $0 }.joined(separator: " "),
      pixelWidth: size.width, pixelHeight: size.height, text: figure.text)
    add(.figure(cell), named: name)
  }

  /// Adds a measured value without a bound.
  ///
  /// `id` names it within the lesson: small letters, digits and hyphens, each name once.
  public func measure(
    _ id: String, _ name: String, _ value: Double, _ quantity: Quantity = .plain
  ) {
    add(
      .metric(Metric(id: checked(id, for: name), name: name, value: value, quantity: quantity)),
      named: id)
  }

  /// Adds a claim: a sentence that holds if `value` is at most `limit`.
  ///
  /// - Parameters:
  ///   - id: Names the claim within the lesson, for the record and for other lessons: small
  ///     letters, digits and hyphens, each name once.
  ///   - text: The sentence that a reader sees, in Markdown. The value stands where it has `{}`, or
  ///     behind it.
  ///   - value: The measured value; nil if this run did not measure it. Then the claim fails,
  ///     unless the scale is below `minimumScale`.
  ///   - limit: The bound.
  ///   - minimumScale: The smallest scale at which the claim is checked.
  ///   - quantity: The unit and format of the value.
  ///   - kind: Whether another run can give another value.
  ///   - seeds: The value of each seed, if there are several.
  ///   - pilots: The values of earlier runs with several seeds, from which the bound was chosen.
  /// - Returns: whether it holds; nil if it is not checked.
  @discardableResult
  public func claim(
    _ id: String, _ text: String, _ value: Double?, atMost limit: Double,
    from minimumScale: Scale = .standard, as quantity: Quantity = .plain,
    kind: Claim.Kind = .measured, seeds: [Double] = [], pilots: [Double]? = nil
  ) -> Bool? {
    claim(id, text, value, .atMost(limit), minimumScale, quantity, kind, seeds, pilots)
  }

  /// Adds a claim that holds if `value` is at least `limit`.
  @discardableResult
  public func claim(
    _ id: String, _ text: String, _ value: Double?, atLeast limit: Double,
    from minimumScale: Scale = .standard, as quantity: Quantity = .plain,
    kind: Claim.Kind = .measured, seeds: [Double] = [], pilots: [Double]? = nil
  ) -> Bool? {
    claim(id, text, value, .atLeast(limit), minimumScale, quantity, kind, seeds, pilots)
  }

  /// Adds a claim that holds if `value` is in the range, both ends included.
  @discardableResult
  public func claim(
    _ id: String, _ text: String, _ value: Double?, within range: ClosedRange<Double>,
    from minimumScale: Scale = .standard, as quantity: Quantity = .plain,
    kind: Claim.Kind = .measured, seeds: [Double] = [], pilots: [Double]? = nil
  ) -> Bool? {
    claim(id, text, value, .within(range), minimumScale, quantity, kind, seeds, pilots)
  }

  /// Adds a claim that holds if `value` equals `wanted` exactly.
  @discardableResult
  public func claim(
    _ id: String, _ text: String, _ value: Double?, equals wanted: Double,
    from minimumScale: Scale = .standard, as quantity: Quantity = .plain,
    kind: Claim.Kind = .exact, seeds: [Double] = [], pilots: [Double]? = nil
  ) -> Bool? {
    claim(id, text, value, .equals(wanted), minimumScale, quantity, kind, seeds, pilots)
  }

  private func claim(
    _ id: String, _ text: String, _ value: Double?, _ bound: Bound, _ minimumScale: Scale,
    _ quantity: Quantity, _ kind: Claim.Kind, _ seeds: [Double], _ pilots: [Double]?
  ) -> Bool? {
    let claim = Claim(
      id: checked(id, for: text), text: text, kind: kind, value: value, seedValues: seeds,
      pilotValues: pilots, bound: bound, quantity: quantity, minimumScale: minimumScale,
      scale: scale)
    add(.claim(claim), named: id)
    return claim.holds
  }

  /// Checks the identifier of a step, claim or measurement, stores it, and returns it.
  /// - Precondition: it has only small letters, digits and hyphens, and is new in this run.
  func checked(_ id: String, for title: String) -> String {
    if let problem = identifierProblem(id, for: title, among: titlesByID) {
      preconditionFailure("notebook: \(problem)")
    }
    titlesByID[id] = title
    return id
  }
}

/// Why an identifier cannot be used for a step, claim or measurement with this title; nil if it
/// can.
package func identifierProblem(
  _ id: String, for title: String, among titles: [String: String]
) -> String? {
  if slug(id) != id {
    return "the identifier '\(id)' of '\(title)' is not made of small letters, digits and single "
      + "hyphens; '\(slug(id))' would be"
  }
  return titles[id].map {
    "the identifier '\(id)' is used for '\($0)' and for '\(title)'; give one of them another"
  }
}

/// A figure did not write a PNG.
public struct FigureError: Error, Equatable, CustomStringConvertible {
  public let file: String

  public var description: String {
    "The figure \(file) was not written as a PNG. 'lab doctor' checks what figures need."
  }
}
