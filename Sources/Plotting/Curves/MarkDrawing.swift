extension [Mark] {
  /// Positions and names of the vertical lines, from left to right.
  var verticals: [(position: Double, name: String)] {
    compactMap { mark -> (position: Double, name: String)? in
      if case .vertical(let position, let name) = mark {
        return (position, name)
      } else {
        return nil
      }
    }.sorted { $0.position < $1.position }
  }

  /// Positions and names of the horizontal lines, as given.
  var horizontals: [(position: Double, name: String)] {
    compactMap { mark in
      if case .horizontal(let position, let name) = mark {
        return (position, name)
      } else {
        return nil
      }
    }
  }

  /// Parts of gnuplot's `plot` command, one per horizontal line.
  func horizontalLines(_ color: Palette.Color = Palette.mark) -> [String] {
    let dashes = ["(3,4)", "(10,5)", "(10,4,3,4)"]
    return horizontals.enumerated().map { index, mark in
      "\(mark.position) with lines lw 2.5 dt \(dashes[index % dashes.count]) "
        + "lc rgb \"\(color.hex)\" " + CurvePage.legendEntry(mark.name)
    }
  }
}
