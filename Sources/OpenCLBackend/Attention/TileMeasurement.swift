import Dispatch
import TensorCore

extension OpenCLBackend {
  /// Seconds of one kernel with one tile shape, on causal attention of a length that fills a device
  /// and that a CPU does in a moment; nil where the device refuses the shape, which is no failure of
  /// the run.
  func seconds(_ pass: AttentionPass, _ shape: TileShape, headDim: Int) -> Double? {
    let length = device.isGPU ? 2048 : 256
    let problem = AttentionProblem(
      batchCount: 1, queryLength: length, keyLength: length, headCount: device.isGPU ? 16 : 2,
      headDim: headDim)
    guard (try? programs.kernel(pass.kernel, of: pass.texts(shape, headDim: headDim))) != nil
    else { return nil }
    let place = full(0.01, [1, problem.headCount, length, headDim], .workspace)
    let (view, result) = (
      HeadView(headMajor: place), HeadView(headMajor: copy(place, .workspace))
    )
    let other = HeadView(headMajor: copy(place, .workspace))
    let rows = full(0, [1, problem.headCount, length], .workspace)
    let operands = BackwardOperands(
      outputGradient: view, queries: view, keys: view, values: view, logSumExp: rows, delta: rows)
    var best = Double.infinity
    for _ in 0..<3 {
      finish()
      let start = DispatchTime.now().uptimeNanoseconds
      switch pass {
      case .forward:
        forward(
          queries: view, keys: view, values: view, output: result,
          logSumExp: copy(rows, .workspace), problem, shape)
      case .queryGradient: queryGradient(operands, into: result, problem, shape)
      case .keyGradient: keyGradients(operands, into: result, other, problem, shape)
      }
      finish()
      best = min(best, Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9)
    }
    return failure == nil ? best : nil
  }
}
