import Foundation

/// A picture that can be written as a PNG.
///
/// A figure only holds its numbers and texts; they are checked and drawn by `write`.
public protocol Figure: Sendable {
  /// The heading above the data. A long one is wrapped.
  var title: String { get }

  /// What drawing changes in the data, such as pooling; nil for nothing. A caption repeats it.
  var note: String? { get }

  /// Draws the figure and writes it as a PNG, completely or not at all: if something fails, an
  /// older file at `url` is unchanged.
  ///
  /// - Parameter url: A file in a folder that exists.
  /// - Throws: `PlottingError`, whose description says what is wrong and what to do about it.
  func write(to url: URL) throws
}

extension Figure {
  /// Most figures show all their numbers.
  public var note: String? { nil }
}
