import Foundation
import Plotting

extension Notebook {
  /// A table; numbers are given as the reader shall see them.
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
  /// The caption states the finding; it is what a reader who cannot see the picture gets. The
  /// figure's own note follows it.
  /// - Throws: what the figure throws, or `FigureError` where it wrote no readable PNG.
  public func figure(_ name: String, _ figure: any Figure, caption: String) throws {
    let file = "\(card.fileStem)-\(slug(name)).png"
    try figure.write(to: folder.file(file))
    guard let size = pngSize(at: folder.file(file)) else { throw FigureError(file: file) }
    let cell = FigureFile(
      name: name, file: file, title: figure.title,
      caption: [caption, figure.note].compactMap { $0 }.joined(separator: " "),
      pixelWidth: size.width, pixelHeight: size.height)
    add(.figure(cell), named: name)
  }

  /// A measured number, without a bound.
  ///
  /// `id` names it within the lesson: small letters, digits and hyphens, each name once.
  public func measure(
    _ id: String, _ name: String, _ value: Double, _ quantity: Quantity = .plain
  ) {
    add(
      .metric(Metric(id: checked(id), name: name, value: value, quantity: quantity)), named: id)
  }

  /// A sentence that holds where `value` is at most this.
  ///
  /// - Parameters:
  ///   - id: Names the claim within the lesson, for the record and for other lessons: small letters,
  ///     digits and hyphens, each name once.
  ///   - text: The sentence that a reader sees.
  ///   - value: What was measured. Nil says that this run did not measure it; at a scale that must,
  ///     the claim fails.
  ///   - minimumScale: The smallest scale whose numbers can bear the claim; below it the claim is not
  ///     checked and the result is nil.
  @discardableResult
  public func claim(
    _ id: String, _ text: String, _ value: Double?, atMost limit: Double,
    from minimumScale: Scale = .standard, as quantity: Quantity = .plain
  ) -> Bool? {
    claim(id, text, value, .atMost(limit), minimumScale, quantity)
  }

  /// A sentence that holds where `value` is at least this.
  @discardableResult
  public func claim(
    _ id: String, _ text: String, _ value: Double?, atLeast limit: Double,
    from minimumScale: Scale = .standard, as quantity: Quantity = .plain
  ) -> Bool? {
    claim(id, text, value, .atLeast(limit), minimumScale, quantity)
  }

  /// A sentence that holds where `value` lies in the range, its ends included.
  @discardableResult
  public func claim(
    _ id: String, _ text: String, _ value: Double?, within range: ClosedRange<Double>,
    from minimumScale: Scale = .standard, as quantity: Quantity = .plain
  ) -> Bool? {
    claim(id, text, value, .within(range), minimumScale, quantity)
  }

  /// A sentence that holds where `value` is exactly this.
  @discardableResult
  public func claim(
    _ id: String, _ text: String, _ value: Double?, equals wanted: Double,
    from minimumScale: Scale = .standard, as quantity: Quantity = .plain
  ) -> Bool? {
    claim(id, text, value, .equals(wanted), minimumScale, quantity)
  }

  private func claim(
    _ id: String, _ text: String, _ value: Double?, _ bound: Bound, _ minimumScale: Scale,
    _ quantity: Quantity
  ) -> Bool? {
    let claim = Claim(
      id: checked(id), text: text, value: value, bound: bound, quantity: quantity,
      minimumScale: minimumScale, scale: scale)
    add(.claim(claim), named: id)
    return claim.holds
  }

  /// The name of a step, claim or measurement.
  /// - Precondition: it is made of small letters, digits and hyphens, and new in this run.
  func checked(_ id: String) -> String {
    precondition(
      slug(id) == id, "'\(id)' is no identifier; use small letters, digits and hyphens")
    precondition(usedIDs.insert(id).inserted, "the identifier '\(id)' is used twice")
    return id
  }
}

// Before every lesson names its claims: an identifier made of the sentence.
extension Notebook {
  public func measure(_ name: String, _ value: Double, _ quantity: Quantity = .plain) {
    measure(slug(name), name, value, quantity)
  }
  @discardableResult
  public func claim(
    _ text: String, _ value: Double?, atMost limit: Double, from minimumScale: Scale = .standard,
    as quantity: Quantity = .plain
  ) -> Bool? { claim(slug(text), text, value, atMost: limit, from: minimumScale, as: quantity) }
  @discardableResult
  public func claim(
    _ text: String, _ value: Double?, atLeast limit: Double, from minimumScale: Scale = .standard,
    as quantity: Quantity = .plain
  ) -> Bool? { claim(slug(text), text, value, atLeast: limit, from: minimumScale, as: quantity) }
  @discardableResult
  public func claim(
    _ text: String, _ value: Double?, within range: ClosedRange<Double>,
    from minimumScale: Scale = .standard, as quantity: Quantity = .plain
  ) -> Bool? { claim(slug(text), text, value, within: range, from: minimumScale, as: quantity) }
  @discardableResult
  public func claim(
    _ text: String, _ value: Double?, equals wanted: Double,
    from minimumScale: Scale = .standard, as quantity: Quantity = .plain
  ) -> Bool? { claim(slug(text), text, value, equals: wanted, from: minimumScale, as: quantity) }
  @discardableResult
  public func step<Result>(
    _ title: String, filePath: String = #filePath, line: Int = #line,
    _ body: () throws -> Result
  ) rethrows -> Result {
    try step(slug(title), title, filePath: filePath, line: line, body)
  }
}

/// A figure that wrote no PNG.
public struct FigureError: Error, Equatable, CustomStringConvertible {
  public let file: String

  public var description: String {
    "The figure \(file) was not written as a PNG. 'lab doctor' checks what figures need."
  }
}

/// Width and height from the head of a PNG (its IHDR chunk); nil where the file is none.
func pngSize(at url: URL) -> (width: Int, height: Int)? {
  guard let data = FileManager.default.contents(atPath: url.path) else { return nil }
  let bytes = [UInt8](data.prefix(24))
  guard bytes.count == 24, Array(bytes[0..<8]) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  else { return nil }
  func number(_ start: Int) -> Int { bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
  return (number(16), number(20))
}
