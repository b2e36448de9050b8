import Dispatch
import TensorCore

extension OpenCLBackend {
  /// Seconds of one kernel with one tile shape, on full attention of a length that fills a device; nil
  /// if the device rejects the shape, which is not a failure of the run.
  ///
  /// A causal mask leaves more of a large tile unused, so its best shape can be a smaller one; see the
  /// README for what that costs.
  func seconds(_ pass: AttentionPass, _ shape: TileShape, headDim: Int) -> Double? {
    let length = device.isGPU ? 4096 : 256
    let problem = AttentionProblem(
      batchCount: 1, queryLength: length, keyLength: length, headCount: device.isGPU ? 16 : 2,
      headDim: headDim, isCausal: false)
    let texts = pass.texts(shape, headDim: headDim, isAligned: headDim % 4 == 0)
    guard (try? programs.kernel(pass.kernel, of: texts)) != nil else { return nil }
    func heads() -> HeadView {
      HeadView(headMajor: full(0.01, [1, problem.headCount, length, headDim], .workspace))
    }
    let (input, rows) = (heads(), full(0, [1, problem.headCount, length], .workspace))
    let operands = AttentionOperands(
      queries: input, keys: input, values: input, output: heads(),
      logSumExp: copy(rows, .workspace))
    let gradients = AttentionGradients(
      output: input, queries: heads(), keys: heads(), values: heads())
    let backward = BackwardOperands(operands, gradients, delta: rows)
    var best = Double.infinity
    for _ in 0..<3 {
      synchronize()
      let start = DispatchTime.now().uptimeNanoseconds
      switch pass {
      case .forward: forward(operands, problem, shape)
      case .queryGradient: queryGradient(backward, problem, shape)
      case .keyGradient: keyGradients(backward, problem, shape)
      }
      synchronize()
      best = min(best, Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9)
    }
    return failure == nil ? best : nil
  }
}
