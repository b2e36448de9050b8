import OpenCLBackend
import TensorCore
import TestSupport
import Testing

extension OpenCLTests {
  /// Every kernel but attention, compared with the CPU's, on tiny, odd, ragged and large sizes.
  @Suite struct Kernels {
    static let sizes = [(1, 1), (3, 5), (7, 8), (13, 33), (64, 128), (517, 96), (2, 1000)]

    @Test(arguments: sizes)
    func elementwise(size: (Int, Int)) throws {
      let (rows, width) = size
      try expectSame("elementwise", .kernel) { device in
        let (x, z) = (device.random("x", [rows, width]), device.random("z", [rows, width]))
        let (filled, product) = (
          device.unwritten([rows, width]), device.unwritten([rows, width])
        )
        let copied = device.copy(x, .workspace)
        device.fill(filled, with: 2.5)
        device.add(x, to: filled)
        device.multiplyElements(x, z, into: product)
        device.scale(copied, by: -0.25)
        return [filled, product, copied]
      }
    }

    @Test(arguments: sizes)
    func rowsAndColumns(size: (Int, Int)) throws {
      let (rows, width) = size
      try expectSame("rows", .sums) { device in
        let (x, bias) = (device.random("x", [rows, width]), device.random("b", [width]))
        let (plain, both) = (device.unwritten([rows, width]), device.unwritten([rows, width]))
        device.fillRows(plain, residual: nil, bias: bias)
        device.fillRows(both, residual: x, bias: bias)
        let (fresh, added) = (device.unwritten([width]), device.copy(bias, .workspace))
        device.sumRows(x, into: fresh, accumulate: false)
        device.sumRows(x, into: added, accumulate: true)
        let squares = [device.sumOfSquares(x), device.sumOfSquares([x, bias, plain])]
        return [
          plain, both, fresh, added, device.tensor(squares.map { Float($0) }, [2], .workspace),
        ]
      }
    }

    @Test(arguments: sizes)
    func activations(size: (Int, Int)) throws {
      let (rows, width) = size
      try expectSame("activations", .kernel) { device in
        let (x, bias) = (device.random("x", [rows, width], scale: 4), device.random("b", [width]))
        let (pair, dy) = (
          device.random("pair", [rows, 2 * width], scale: 4), device.random("dy", [rows, width])
        )
        let (plain, y, slope) = (
          device.unwritten([rows, width]), device.unwritten([rows, width]),
          device.unwritten([rows, width])
        )
        device.gelu(x, bias: nil, into: plain, derivative: nil)
        device.gelu(x, bias: bias, into: y, derivative: slope)
        let (gated, dPair) = (
          device.unwritten([rows, width]), device.unwritten([rows, 2 * width])
        )
        device.swiGLU(pair, into: gated)
        device.swiGLUBackward(dy, gateUp: pair, into: dPair)
        return [plain, y, slope, gated, dPair]
      }
    }

    @Test(arguments: sizes)
    func layerNorm(size: (Int, Int)) throws {
      let (rows, width) = size
      // A row of one element has variance 0: ε dominates and magnifies rounding errors.
      try expectSame("layer norm", width == 1 ? Tolerance(relative: 1e-3) : .sums) { device in
        let (x, w, b) = (
          device.random("x", [rows, width]), device.random("w", [width]),
          device.random("b", [width])
        )
        let (y, dx) = (device.unwritten([rows, width]), device.random("start", [rows, width]))
        let (mean, rstd) = (device.unwritten([rows]), device.unwritten([rows]))
        device.layerNorm(
          x, weight: w, bias: b, epsilon: 1e-5, into: y, mean: mean,
          rstd: rstd)
        let (dw, db) = (device.unwritten([width]), device.random("db", [width]))
        device.layerNormBackward(
          device.random("dy", [rows, width]), x: x, weight: w, mean: mean,
          rstd: rstd, dx: dx, accumulate: true, dWeight: dw,
          accumulateWeight: false, dBias: db, accumulateBias: true)
        return [y, mean, rstd, dw, db] + (width == 1 ? [] : [dx])
      }
    }

    @Test(arguments: sizes)
    func rmsNorm(size: (Int, Int)) throws {
      let (rows, width) = size
      try expectSame("rms norm", .sums) { device in
        let (x, w) = (device.random("x", [rows, width]), device.random("w", [width]))
        let (y, dx) = (device.unwritten([rows, width]), device.unwritten([rows, width]))
        let (rstd, dw) = (device.unwritten([rows]), device.random("dw", [width]))
        device.rmsNorm(x, weight: w, epsilon: 1e-5, into: y, rstd: rstd)
        device.rmsNormBackward(
          device.random("dy", [rows, width]), x: x, weight: w, rstd: rstd,
          dx: dx, accumulate: false, dWeight: dw, accumulateWeight: true)
        return [y, rstd, dx, dw]
      }
    }

    @Test(arguments: sizes, [false, true])
    func softmax(size: (Int, Int), isCausal: Bool) throws {
      let (rows, width) = size
      try expectSame("softmax", .kernel) { device in
        let x = device.random("x", [2, rows, width], scale: 5)
        let dy = device.random("dy", [2, rows, width])
        device.softmaxRows(x, scale: 0.7, isCausal: isCausal)
        device.softmaxRowsBackward(dy, y: x, scale: 0.7)
        return [x, dy]
      }
    }

    @Test(arguments: sizes)
    func tokens(size: (Int, Int)) throws {
      let (rows, width) = size
      // Entries that occur often, once and never.
      let tokens = (0..<rows).map { (row: Int) -> Int32 in row % 3 == 0 ? 1 : Int32(row * 7 % 40) }
      try expectSame("tokens", .sums) { device in
        let table = device.random("table", [40, width])
        let (plain, placed) = (device.unwritten([rows, width]), device.unwritten([rows, width]))
        device.embed(tokens, table: table, positions: nil, into: plain)
        device.embed(
          tokens, table: table, positions: device.random("p", [3, width]), into: placed)
        let gradient = device.random("start", [40, width])
        device.scatterAddRows(device.random("dy", [rows, width]), rows: tokens, into: gradient)
        return [plain, placed, gradient]
      }
    }

    @Test(arguments: sizes)
    func pickedRows(size: (Int, Int)) throws {
      let (rows, width) = size
      let picked = (0..<rows).map { Int32($0 % 3 == 0 ? 0 : $0 * 7 % rows) }
      try expectSame("rows", .sums) { device in
        let (x, z) = (device.random("x", [rows, width]), device.random("z", [rows, width]))
        let (gathered, scaled) = (
          device.unwritten([rows, width]), device.unwritten([rows, width])
        )
        let (sums, dots) = (device.random("start", [rows, width]), device.unwritten([rows, 1]))
        device.gatherRows(x, rows: picked, into: gathered)
        device.scatterAddRows(x, rows: picked, into: sums)
        device.scaleRows(x, by: device.random("factors", [rows, 1]), into: scaled)
        device.rowDots(x, z, into: dots)
        return [gathered, sums, scaled, dots]
      }
    }

    @Test(arguments: sizes)
    func crossEntropy(size: (Int, Int)) throws {
      let (rows, width) = size
      let targets = (0..<rows).map { (row: Int) -> Int32 in row % 5 == 3 ? -1 : Int32(row % width) }
      try expectSame("cross entropy", .sums) { device in
        let (logits, losses) = (
          device.random("l", [rows, width], scale: 5), device.unwritten([rows])
        )
        let only = device.unwritten([rows])
        device.crossEntropy(logits, targets: targets, losses: only, gradientScale: nil)
        device.crossEntropy(logits, targets: targets, losses: losses, gradientScale: 0.125)
        return [only, losses, logits]
      }
    }

    /// Every tile, aligned and not, with and without a split of the sum over depth.
    @Test(arguments: [
      ([1, 1, 1], tile: 32, ranges: 1), ([3, 5, 7], 32, 1), ([64, 32, 16], 32, 1),
      ([130, 70, 33], 32, 1), ([512, 64, 128], 32, 1), ([8, 1600, 12], 32, 3),
      ([3, 1100, 5], 32, 2), ([960, 12, 900], 64, 1), ([601, 2600, 702], 64, 2),
      ([1990, 9, 1801], 128, 1), ([640, 4096, 640], 128, 8),
    ])
    func products(size: [Int], tile: Int, ranges: Int) throws {
      let (m, k, n) = (size[0], size[1], size[2])
      let tiling = ProductTiling(rows: m, columns: n, depth: k, on: try #require(TestDevice.found))
      #expect(tiling?.tileSize.rows == tile && tiling?.rangeCount == ranges)
      for (aTransposed, bTransposed) in [
        (false, false), (true, false), (false, true), (true, true),
      ] {
        try expectSame("product", .sums) { device in
          let a = device.random("a", aTransposed ? [k, m] : [m, k])
          let b = device.random("b", bTransposed ? [n, k] : [k, n])
          let (written, added) = (device.unwritten([m, n]), device.random("c", [m, n]))
          device.multiply(
            a, transposed: aTransposed, b, transposed: bTransposed, into: written, accumulate: false
          )
          device.multiply(
            a, transposed: aTransposed, b, transposed: bTransposed, into: added, accumulate: true)
          return [written, added]
        }
      }
    }

    @Test(arguments: [RotaryPairing.interleaved, .halves], [false, true])
    func rotary(pairing: RotaryPairing, inverse: Bool) throws {
      // Heads 1 and 2 of 4 are rotated; the rest is copied, or stays.
      try expectSame("rotary", .kernel) { device in
        let (x, y) = (device.random("x", [2, 5, 24]), device.unwritten([2, 5, 24]))
        let (cosines, sines) = (device.random("c", [9, 3]), device.random("s", [9, 3]))
        let inPlace = device.copy(x, .workspace)
        for target in [y, inPlace] {
          device.rotate(
            target.storage === inPlace.storage ? inPlace : x, into: target, cosines: cosines,
            sines: sines, firstPosition: 4, firstHead: 1, headCount: 2, headDim: 6,
            pairing: pairing, inverse: inverse)
        }
        return [y, inPlace]
      }
    }

    @Test func headsAreCopiedToTheirPlacesInACache() throws {
      // Three tokens of two heads, from rows of queries, keys and values to tokens 4 ..< 7 of 9.
      try expectSame("heads", .kernel) { device in
        let packed = device.random("packed", [2, 3, 24])
        let cache = device.random("cache", [2, 2, 9, 4])
        device.copyHeads(
          HeadView(packed: packed, firstHead: 2, headDim: 4),
          into: HeadView(headMajor: cache), at: 4, 2, 3, 2, 4)
        return [cache]
      }
    }

    @Test(arguments: [1, 100, 100_003])
    func dropoutMasksAreBitwiseEqualToTheProcessors(count: Int) throws {
      let mask = DropoutMask(rate: 0.3, seed: 9, step: 4, site: 2)
      let (cpu, device) = (try TestDevice.processor(), try TestDevice.backend())
      func dropped(_ backend: any Backend) -> [Float] {
        let x = backend.random("x", [count])
        let y = backend.unwritten([count])
        backend.dropout(x, mask, residual: nil, into: y)
        backend.dropout(x, mask, residual: y, into: x)
        return backend.read(y) + backend.read(x)
      }
      let isSame = dropped(cpu) == dropped(device)
      #expect(isSame)
    }

    @Test(arguments: [1, 7])
    func adamW(step: Int) throws {
      let constants = AdamWStep(
        learningRate: 0.01, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1,
        gradientScale: 0.5, step: step)
      try expectSame("adamw", .kernel) { device in
        let (w, g) = (device.random("w", [333]), device.random("g", [333]))
        let (m, v) = (device.random("m", [333]), device.full(0.3, [333], .optimizer))
        device.adamW(weight: w, gradient: g, firstMoment: m, secondMoment: v, constants)
        return [w, m, v]
      }
    }

    @Test func slicesAreWrittenInPlace() throws {
      try expectSame("slices", .kernel) { device in
        let whole = device.random("x", [6, 5])
        device.scale(whole.slice(1..<3), by: 2)
        device.add(whole.slice(3..<5), to: whole.slice(0..<2))
        device.write([1, 2, 3, 4, 5], to: whole.slice(5..<6))
        device.softmaxRows(whole.slice(2..<4), scale: 1, isCausal: false)
        return [whole, whole.slice(2..<6)]
      }
    }
  }
}
