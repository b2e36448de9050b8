import Foundation

extension HeatMap {
  public func write(to url: URL) throws {
    throw PlottingError.nothingToDraw(title: title)
  }
}

extension HeatMapSheet {
  public func write(to url: URL) throws {
    throw PlottingError.nothingToDraw(title: title)
  }
}
