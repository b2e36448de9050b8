import TensorCore

extension OpenCLBackend {
  public func attention(
    queries: HeadView, keys: HeadView, values: HeadView, output: HeadView, logSumExp: Tensor,
    _ problem: AttentionProblem
  ) {
    if DecodeShape.suits(problem) {
      return decode(
        queries: queries, keys: keys, values: values, output: output, logSumExp: logSumExp, problem)
    }
    guard let shape = tileShape(.forward, headDim: problem.headDim) else { return }
    forward(
      queries: queries, keys: keys, values: values, output: output, logSumExp: logSumExp, problem,
      shape)
  }

  public func attentionBackward(
    outputGradient: HeadView, queries: HeadView, keys: HeadView, values: HeadView,
    output: HeadView, logSumExp: Tensor, queryGradient: HeadView, keyGradient: HeadView,
    valueGradient: HeadView, _ problem: AttentionProblem
  ) {
    guard let rows = tileShape(.queryGradient, headDim: problem.headDim),
      let columns = tileShape(.keyGradient, headDim: problem.headDim)
    else { return }
    let delta = empty([problem.batchCount, problem.headCount, problem.queryLength], .workspace)
    let operands = BackwardOperands(
      outputGradient: outputGradient, queries: queries, keys: keys, values: values,
      logSumExp: logSumExp, delta: delta)
    self.delta(outputGradient, output, into: delta, problem, rows)
    self.queryGradient(operands, into: queryGradient, problem, rows)
    keyGradients(operands, into: keyGradient, valueGradient, problem, columns)
  }

  /// The shape that a kernel takes on this device; nil, and a failure, where none fits.
  private func tileShape(_ pass: AttentionPass, headDim: Int) -> TileShape? {
    guard failure == nil else { return nil }
    do throws(DeviceError) {
      return try tileChoices.shape(pass, headDim: headDim) { shape in
        // Elsewhere on the same device: neither its memory nor its refusals are this run's.
        let scratch = try? OpenCLBackend(device, cacheFolder: cacheFolder)
        return scratch?.seconds(pass, shape, headDim: headDim)
      }
    } catch {
      fail(error)
      return nil
    }
  }
}
