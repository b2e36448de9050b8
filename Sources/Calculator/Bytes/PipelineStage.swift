extension ModelShape {
  /// Layers of each kind on the device of a pipeline that needs the most memory, in the order of
  /// `groups`. `costs` are the bytes of a layer of each kind.
  ///
  /// The largest of `count` stages has `layerCount / count` layers, rounded up. If the order of the
  /// layers is known, these are the most expensive ones in a row; else the most expensive ones.
  func largestStage(of count: Int, _ costs: [Double]) -> [Int] {
    let length = (layerCount + count - 1) / count
    var stage = [Int](repeating: 0, count: groups.count)
    guard let kinds else {
      var room = length
      for index in groups.indices.sorted(by: { costs[$0] > costs[$1] }) {
        stage[index] = min(room, groups[index].count)
        room -= stage[index]
      }
      return stage
    }
    var sum = kinds.prefix(length).reduce(0) { $0 + costs[$1] }
    var (most, start) = (sum, 0)
    for next in length..<kinds.count {
      sum += costs[kinds[next]] - costs[kinds[next - length]]
      if sum > most { (most, start) = (sum, next - length + 1) }
    }
    for kind in kinds[start..<start + length] { stage[kind] += 1 }
    return stage
  }

  /// For a sentence: how many layers the largest stage has, and which.
  func stageText(of count: Int) -> String {
    let length = (layerCount + count - 1) / count
    let which =
      groups.count == 1
      ? ""
      : kinds == nil
        ? ", the largest ones, because their order is not known" : ", the largest ones in a row"
    return "The device of the pipeline that needs most counts: it has \(length) of \(layerCount) "
      + "layers\(which)."
  }
}
