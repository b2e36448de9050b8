func windowMask(queryCount: Int, keyCount: Int, window: Int, sinkCount: Int) -> [[Bool]] {
  (keyCount - queryCount..<keyCount).map { query in
    (0..<keyCount).map { key in
      key <= query && (query - key < window || key < sinkCount)
    }
  }
}
