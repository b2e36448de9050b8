func longestFit(memoryBytes: Int, bytes: (Int) -> Int) -> Int {
  var fits = 0
  var tooLong = 1
  while bytes(tooLong) <= memoryBytes {
    fits = tooLong
    tooLong *= 2
  }
  while tooLong - fits > 1 {
    let middle = fits + (tooLong - fits) / 2
    if bytes(middle) <= memoryBytes {
      fits = middle
    } else {
      tooLong = middle
    }
  }
  return fits
}
