func segments(layerCount: Int) -> [Range<Int>] {
  let size = Int(Double(layerCount).squareRoot().rounded(.up))
  return stride(from: 0, to: layerCount, by: size).map { start in
    start..<min(start + size, layerCount)
  }
}
