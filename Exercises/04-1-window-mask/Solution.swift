func windowMask(length: Int, window: Int) -> [[Bool]] {
  (0..<length).map { query in
    (0..<length).map { key in key <= query && query - key < window }
  }
}
