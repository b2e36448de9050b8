import Foundation

/// Several heat maps in one PNG with one color bar, such as one map per head, scheme or mask.
///
/// Equal colors mean equal values in all maps, so all must have the same `colors` and `valueRange`.
/// The label of the bar is that of the first map. Each map has its own title above it.
public struct HeatMapSheet: Figure, Equatable {
  public var title: String
  /// The maps, in reading order.
  public var maps: [HeatMap]
  /// The number of maps in a row; nil for a sheet that is a little wider than high.
  public var across: Int?

  public init(title: String, maps: [HeatMap], across: Int? = nil) {
    self.title = title
    self.maps = maps
    self.across = across
  }
}
