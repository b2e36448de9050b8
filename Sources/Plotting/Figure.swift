import Foundation

/// A picture that can be written as a PNG.
///
/// A figure holds numbers and words only; nothing is drawn, checked or started before `write`.
/// Curves, steps and bars are drawn by gnuplot, heat maps pixel by pixel with libpng.
public protocol Figure: Sendable {
  /// The heading drawn above the data. It wraps where it is too long for one line.
  var title: String { get }

  /// What the drawing did to the data and the reader must know, such as pooling; `nil` if nothing.
  /// A caption repeats it.
  var note: String? { get }

  /// Draws the figure and writes it as a PNG, whole or not at all.
  ///
  /// The picture is first written beside `url`, in the same folder, and renamed when it is whole:
  /// an older file at `url` stays as it was until then, and stays for good if something fails.
  ///
  /// - Parameter url: A file in a folder that exists.
  /// - Throws: `PlottingError`, whose description says what is wrong and what to do about it.
  func write(to url: URL) throws
}

extension Figure {
  /// Most figures show every number they were given.
  public var note: String? { nil }
}
