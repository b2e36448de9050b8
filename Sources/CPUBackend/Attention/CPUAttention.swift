import TensorCore

extension CPUBackend {
  public func attention(
    queries: HeadView, keys: HeadView, values: HeadView, output: HeadView, logSumExp: Tensor,
    _ problem: AttentionProblem
  ) {
    let work = ForwardAttention(
      queries: queries, keys: keys, values: values, output: output, logSumExp: logSumExp, problem,
      threadCount: threadCount)
    let tiles = empty([threadCount, work.workspaceCount], .workspace)
    parallel(tasks: work.taskCount) { task, worker in
      work.run(task: task, workspace: tiles.hostPointer + worker * work.workspaceCount)
    }
  }
}
