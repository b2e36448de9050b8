import Foundation

/// Several heat maps side by side in one PNG, with one color bar for all: one map per head, per
/// scheme, per mask.
///
/// Equal colors mean equal numbers in all of them, so all must have the same `colors`; the bar
/// takes its label from the first. Each map's own title stands above it.
public struct HeatMapSheet: Figure, Equatable {
  public var title: String
  /// The maps, in reading order.
  public var maps: [HeatMap]
  /// How many stand side by side; `nil` makes the sheet a little wider than high.
  public var across: Int?

  public init(title: String, maps: [HeatMap], across: Int? = nil) {
    self.title = title
    self.maps = maps
    self.across = across
  }
}
