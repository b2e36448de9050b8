import Foundation

/// A picture that can be written as a PNG.
///
/// A figure only stores its values and texts; `write` checks and draws them.
public protocol Figure: Sendable {
  /// The heading above the data. A long one is wrapped.
  var title: String { get }

  /// How drawing changes the data, for example by pooling; nil if it does not. Captions repeat this
  /// note.
  var note: String? { get }

  /// The figure in letters, for a terminal and for readers without pictures; nil if there is none.
  ///
  /// At most `FigureText.columns` columns and `FigureText.rows` lines, without codes for a
  /// terminal.
  var text: String? { get }

  /// Draws the figure and writes it as a PNG, completely or not at all: if something fails, an
  /// older file at `url` is unchanged.
  ///
  /// - Parameter url: A file in a folder that exists.
  /// - Throws: `PlottingError`, whose description says what is wrong and what to do about it.
  func write(to url: URL) throws
}

extension Figure {
  /// Most figures show all their values.
  public var note: String? { nil }

  public var text: String? { nil }
}

/// The size of a figure in letters.
public enum FigureText {
  /// The widest line, in columns of a terminal.
  public static let columns = 58
  /// The largest number of lines.
  public static let rows = 16
  /// The largest number of lines of curves, bars and maps: a screen of 24 has room for a short text
  /// above them.
  static let plotRows = 14
}
