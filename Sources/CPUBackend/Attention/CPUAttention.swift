import TensorCore

extension CPUBackend {
  public func attention(
    queries: HeadView, keys: HeadView, values: HeadView, output: HeadView, logSumExp: Tensor,
    _ problem: AttentionProblem
  ) {
    if DecodeAttention.suits(problem) {
      return decode(
        queries: queries, keys: keys, values: values, output: output, logSumExp: logSumExp, problem)
    }
    let work = ForwardAttention(
      queries: queries, keys: keys, values: values, output: output, logSumExp: logSumExp, problem,
      threadCount: threadCount)
    parallel(tasks: work.taskCount, workspaceCount: work.workspaceCount) { task, workspace in
      work.run(task: task, workspace: workspace)
    }
  }

  public func attentionBackward(
    outputGradient: HeadView, queries: HeadView, keys: HeadView, values: HeadView,
    output: HeadView, logSumExp: Tensor, queryGradient: HeadView, keyGradient: HeadView,
    valueGradient: HeadView, _ problem: AttentionProblem
  ) {
    let delta = empty(
      [problem.batchCount, problem.headCount, problem.queryLength], .workspace)
    withExtendedLifetime(delta) {
      let work = BackwardAttention(
        outputGradient: outputGradient, queries: queries, keys: keys, values: values,
        output: output, logSumExp: logSumExp, delta: delta, queryGradient: queryGradient,
        keyGradient: keyGradient, valueGradient: valueGradient, problem)
      parallel(tasks: work.prepareTaskCount) { task, _ in work.prepare(task: task) }
      parallel(tasks: work.taskCount, workspaceCount: work.workspaceCount) { task, workspace in
        work.run(task: task, workspace: workspace)
      }
    }
  }

  public func attentionMap(
    queries: HeadView, keys: HeadView, into map: Tensor, _ problem: AttentionProblem
  ) {
    let work = AttentionMap(queries: queries, keys: keys, map: map, problem)
    parallel(tasks: work.taskCount, workspaceCount: work.workspaceCount) { task, workspace in
      work.run(task: task, workspace: workspace)
    }
  }

  private func decode(
    queries: HeadView, keys: HeadView, values: HeadView, output: HeadView, logSumExp: Tensor,
    _ problem: AttentionProblem
  ) {
    let work = DecodeAttention(
      queries: queries, keys: keys, values: values, output: output, logSumExp: logSumExp, problem)
    let partials = empty([work.partialCount], .workspace)
    withExtendedLifetime(partials) {
      let unfinished = partials.hostPointer
      parallel(tasks: work.taskCount, workspaceCount: work.workspaceCount) { task, workspace in
        work.run(task: task, partials: unfinished, workspace: workspace)
      }
      parallel(tasks: problem.batchCount * problem.headCount) { task, _ in
        work.merge(task: task, partials: unfinished)
      }
    }
  }

  /// Runs tasks in ascending order, each with its thread's workspace.
  ///
  /// The workspace is kept alive by hand: a pointer does not keep its tensor, and the compiler may
  /// free a tensor after its last use by name.
  private func parallel(
    tasks: Int, workspaceCount: Int, _ body: (Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    let workspace = empty([threadCount, workspaceCount], .workspace)
    withExtendedLifetime(workspace) {
      let base = workspace.hostPointer
      parallel(tasks: tasks) { task, worker in body(task, base + worker * workspaceCount) }
    }
  }
}

extension CPUBackend {
  public func attentionTileBytes(headDim: Int, isBackward: Bool) -> Int {
    let perThread =
      isBackward
      ? BackwardTiles.floatCount(headDim: headDim)
      : ForwardAttention.workspaceCount(headDim: headDim)
    return threadCount * perThread * MemoryLayout<Float>.stride
  }
}
/// Bytes of one thread's tiles in the forward pass, whatever the lengths.
public func attentionTileSetBytes(headDim: Int) -> Int {
  ForwardAttention.workspaceCount(headDim: headDim) * MemoryLayout<Float>.stride
}
