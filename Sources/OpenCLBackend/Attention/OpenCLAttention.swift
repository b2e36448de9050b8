import TensorCore

extension OpenCLBackend {
  public func attention(_ operands: AttentionOperands, _ problem: AttentionProblem) {
    if DecodeShape.suits(problem) { return decode(operands, problem) }
    guard let shape = tileShape(.forward, headDim: problem.headDim) else { return }
    forward(operands, problem, shape)
  }

  public func attentionBackward(
    _ operands: AttentionOperands, _ gradients: AttentionGradients, _ problem: AttentionProblem
  ) {
    guard let rows = tileShape(.queryGradient, headDim: problem.headDim),
      let columns = tileShape(.keyGradient, headDim: problem.headDim)
    else { return }
    let delta = empty([problem.batchCount, problem.headCount, problem.queryLength], .workspace)
    let backward = BackwardOperands(operands, gradients, delta: delta)
    computeDelta(backward, problem, rows)
    queryGradient(backward, problem, rows)
    keyGradients(backward, problem, columns)
  }

  /// The tile shape of a kernel on this device; nil, and a failure, if none fits.
  private func tileShape(_ pass: AttentionPass, headDim: Int) -> TileShape? {
    guard failure == nil else { return nil }
    do throws(DeviceError) {
      return try tileChoices.shape(pass, headDim: headDim) { shape in
        // Measure in a second backend on the same device, so that its memory and failures do not
        // count here.
        let scratch = try? OpenCLBackend(device, cacheFolder: cacheFolder)
        return scratch?.seconds(pass, shape, headDim: headDim)
      }
    } catch {
      fail(error)
      return nil
    }
  }
}
