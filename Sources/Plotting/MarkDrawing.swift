extension [Mark] {
  /// Places and names of the vertical lines, from left to right.
  var verticals: [(place: Double, name: String)] {
    compactMap { mark -> (place: Double, name: String)? in
      if case .vertical(let place, let name) = mark { return (place, name) } else { return nil }
    }.sorted { $0.place < $1.place }
  }

  /// Places and names of the horizontal lines, as given.
  var horizontals: [(place: Double, name: String)] {
    compactMap { mark in
      if case .horizontal(let place, let name) = mark { return (place, name) } else { return nil }
    }
  }

  /// Parts of gnuplot's `plot` command, one a horizontal line.
  var horizontalLines: [String] {
    let dashes = ["(3,4)", "(10,5)", "(10,4,3,4)"]
    return horizontals.enumerated().map { index, mark in
      "\(mark.place) with lines lw 2.5 dt \(dashes[index % dashes.count]) "
        + "lc rgb \"\(Palette.mark.hex)\" " + PlotPage.legendEntry(mark.name)
    }
  }
}
