func stridedKeys(query: Int, stride: Int) -> [Int] {
  (0...query).filter { key in
    let distance = query - key
    return distance <= stride || distance % stride == 0
  }
}
