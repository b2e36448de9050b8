import TensorCore

extension CPUBackend {
  public func attention(_ operands: AttentionOperands, _ problem: AttentionProblem) {
    if DecodeAttention.suits(problem) { return decode(operands, problem) }
    let work = ForwardAttention(operands, problem, threadCount: threadCount)
    parallel(tasks: work.taskCount, workspaceCount: work.workspaceCount) { task, workspace in
      work.run(task: task, workspace: workspace)
    }
  }

  public func attentionBackward(
    _ operands: AttentionOperands, _ gradients: AttentionGradients, _ problem: AttentionProblem
  ) {
    let delta = empty(
      [problem.batchCount, problem.headCount, problem.queryLength], .workspace)
    withExtendedLifetime(delta) {
      let work = BackwardAttention(operands, gradients, delta: delta, problem)
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

  private func decode(_ operands: AttentionOperands, _ problem: AttentionProblem) {
    let work = DecodeAttention(operands, problem)
    let store = empty([work.partialCount], .workspace)
    withExtendedLifetime(store) {
      let partials = store.hostPointer
      parallel(tasks: work.taskCount, workspaceCount: work.workspaceCount) { task, workspace in
        work.run(task: task, partials: partials, workspace: workspace)
      }
      parallel(tasks: problem.batchCount * problem.headCount) { task, _ in
        work.merge(task: task, partials: partials)
      }
    }
  }

  /// Runs tasks in ascending order, each with its thread's workspace.
  ///
  /// The workspace needs `withExtendedLifetime`: a pointer does not keep its tensor alive, and the
  /// compiler may free a tensor after its last use by name.
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
