// One query against rows of keys and values: for decoding, where no second query can share a
// register tile, and for maps.
//
// Scores are computed for 8 keys at once, each in its own register. At the end 8 sums of 8 lanes
// become one register of 8 sums; a horizontal sum for each key would take three times the shuffles.

/// `q · k` for 8 keys.
@inline(__always)
private func dot8(
  _ q: UnsafePointer<Float>, _ k: UnsafePointer<Float>, stride: Int, width: Int
) -> Float8 {
  var (s0, s1, s2, s3) = (Float8.zero, Float8.zero, Float8.zero, Float8.zero)
  var (s4, s5, s6, s7) = (Float8.zero, Float8.zero, Float8.zero, Float8.zero)
  var d = 0
  while d + 8 <= width {
    let x = load8(q + d)
    s0.addProduct(x, load8(k + d))
    s1.addProduct(x, load8(k + d + stride))
    s2.addProduct(x, load8(k + d + 2 * stride))
    s3.addProduct(x, load8(k + d + 3 * stride))
    s4.addProduct(x, load8(k + d + 4 * stride))
    s5.addProduct(x, load8(k + d + 5 * stride))
    s6.addProduct(x, load8(k + d + 6 * stride))
    s7.addProduct(x, load8(k + d + 7 * stride))
    d += 8
  }
  var sums = addedLanes(s0, s1, s2, s3, s4, s5, s6, s7)
  while d < width {
    for key in 0..<8 { sums[key] += q[d] * k[key * stride + d] }
    d += 1
  }
  return sums
}

/// `a · b` over `width` elements: eight at a time, then the rest one by one.
@inline(__always)
func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, width: Int) -> Float {
  var sums = Float8.zero
  var d = 0
  while d + 8 <= width {
    sums.addProduct(load8(a + d), load8(b + d))
    d += 8
  }
  var sum = sumOfLanes(sums)
  while d < width {
    sum += a[d] * b[d]
    d += 1
  }
  return sum
}

/// `scores[j] = q · k_j` for `count` rows of keys.
@inline(__always)
func scoreRow(
  query q: UnsafePointer<Float>, keys: UnsafePointer<Float>, stride: Int, count: Int, width: Int,
  into scores: UnsafeMutablePointer<Float>
) {
  var key = 0
  while key + 8 <= count {
    store8(dot8(q, keys + key * stride, stride: stride, width: width), to: scores + key)
    key += 8
  }
  while key < count {
    scores[key] = dot(q, keys + key * stride, width: width)
    key += 1
  }
}

/// Reads one element of each cache line of `count` rows, in memory order.
///
/// Reads in order run at the memory's bandwidth. Reads of 8 rows side by side, as in `scoreRow`, or
/// of a part of each row, as in `addWeightedRows`, defeat the processor's prefetcher. The sum is
/// returned only so that the compiler keeps the reads.
@inline(__always)
func prefetchRows(_ rows: UnsafePointer<Float>, stride: Int, count: Int, width: Int) -> Float8 {
  var sum = Float8.zero
  for row in 0..<count {
    var d = 0
    while d + 8 <= width {
      sum += load8(rows + row * stride + d)
      d += 16
    }
  }
  return sum
}

/// `output = output · factor + Σ_j weights[j] · v_j` for `count` rows of values.
@inline(__always)
func addWeightedRows(
  _ weights: UnsafePointer<Float>, values: UnsafePointer<Float>, stride: Int, count: Int,
  width: Int, factor: Float, output: UnsafeMutablePointer<Float>
) {
  var d = 0
  while d + 64 <= width {
    addWeightedColumns64(weights, values + d, stride, count, factor, output + d)
    d += 64
  }
  while d + 32 <= width {
    addWeightedColumns32(weights, values + d, stride, count, factor, output + d)
    d += 32
  }
  while d + 8 <= width {
    var sum = load8(output + d) * factor
    for j in 0..<count {
      sum.addProduct(Float8(repeating: weights[j]), load8(values + j * stride + d))
    }
    store8(sum, to: output + d)
    d += 8
  }
  while d < width {
    var sum = output[d] * factor
    for j in 0..<count { sum += weights[j] * values[j * stride + d] }
    output[d] = sum
    d += 1
  }
}

@inline(__always)
private func addWeightedColumns64(
  _ weights: UnsafePointer<Float>, _ values: UnsafePointer<Float>, _ stride: Int, _ count: Int,
  _ factor: Float, _ output: UnsafeMutablePointer<Float>
) {
  var (s0, s1) = (load8(output) * factor, load8(output + 8) * factor)
  var (s2, s3) = (load8(output + 16) * factor, load8(output + 24) * factor)
  var (s4, s5) = (load8(output + 32) * factor, load8(output + 40) * factor)
  var (s6, s7) = (load8(output + 48) * factor, load8(output + 56) * factor)
  var v = values
  for j in 0..<count {
    let x = Float8(repeating: weights[j])
    s0.addProduct(x, load8(v))
    s1.addProduct(x, load8(v + 8))
    s2.addProduct(x, load8(v + 16))
    s3.addProduct(x, load8(v + 24))
    s4.addProduct(x, load8(v + 32))
    s5.addProduct(x, load8(v + 40))
    s6.addProduct(x, load8(v + 48))
    s7.addProduct(x, load8(v + 56))
    v += stride
  }
  store8(s0, to: output)
  store8(s1, to: output + 8)
  store8(s2, to: output + 16)
  store8(s3, to: output + 24)
  store8(s4, to: output + 32)
  store8(s5, to: output + 40)
  store8(s6, to: output + 48)
  store8(s7, to: output + 56)
}

@inline(__always)
private func addWeightedColumns32(
  _ weights: UnsafePointer<Float>, _ values: UnsafePointer<Float>, _ stride: Int, _ count: Int,
  _ factor: Float, _ output: UnsafeMutablePointer<Float>
) {
  var (s0, s1) = (load8(output) * factor, load8(output + 8) * factor)
  var (s2, s3) = (load8(output + 16) * factor, load8(output + 24) * factor)
  var v = values
  for j in 0..<count {
    let x = Float8(repeating: weights[j])
    s0.addProduct(x, load8(v))
    s1.addProduct(x, load8(v + 8))
    s2.addProduct(x, load8(v + 16))
    s3.addProduct(x, load8(v + 24))
    v += stride
  }
  store8(s0, to: output)
  store8(s1, to: output + 8)
  store8(s2, to: output + 16)
  store8(s3, to: output + 24)
}
