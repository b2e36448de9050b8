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
    let tiles = empty([threadCount, work.workspaceCount], .workspace)
    let base = tiles.hostPointer
    parallel(tasks: work.taskCount) { task, worker in
      work.run(task: task, workspace: base + worker * work.workspaceCount)
    }
  }

  public func attentionBackward(
    outputGradient: HeadView, queries: HeadView, keys: HeadView, values: HeadView,
    output: HeadView, logSumExp: Tensor, queryGradient: HeadView, keyGradient: HeadView,
    valueGradient: HeadView, _ problem: AttentionProblem
  ) {
    let delta = empty(
      [problem.batchCount, problem.headCount, problem.queryLength], .workspace)
    let work = BackwardAttention(
      outputGradient: outputGradient, queries: queries, keys: keys, values: values, output: output,
      logSumExp: logSumExp, delta: delta, queryGradient: queryGradient, keyGradient: keyGradient,
      valueGradient: valueGradient, problem)
    parallel(tasks: work.prepareTaskCount) { task, _ in work.prepare(task: task) }
    let tiles = empty([threadCount, work.workspaceCount], .workspace)
    let base = tiles.hostPointer
    parallel(tasks: work.taskCount) { task, worker in
      work.run(task: task, workspace: base + worker * work.workspaceCount)
    }
  }

  public func attentionMap(
    queries: HeadView, keys: HeadView, into map: Tensor, _ problem: AttentionProblem
  ) {
    let work = AttentionMap(queries: queries, keys: keys, map: map, problem)
    let scores = empty([threadCount, work.workspaceCount], .workspace)
    let base = scores.hostPointer
    parallel(tasks: work.taskCount) { task, worker in
      work.run(task: task, workspace: base + worker * work.workspaceCount)
    }
  }

  private func decode(
    queries: HeadView, keys: HeadView, values: HeadView, output: HeadView, logSumExp: Tensor,
    _ problem: AttentionProblem
  ) {
    let work = DecodeAttention(
      queries: queries, keys: keys, values: values, output: output, logSumExp: logSumExp, problem)
    let partials = empty([work.partialCount], .workspace)
    let scores = empty([threadCount, work.workspaceCount], .workspace)
    let (unfinished, base) = (partials.hostPointer, scores.hostPointer)
    parallel(tasks: work.taskCount) { task, worker in
      work.run(
        task: task, partials: unfinished, workspace: base + worker * work.workspaceCount)
    }
    parallel(tasks: problem.batchCount * problem.headCount) { task, _ in
      work.merge(task: task, partials: unfinished)
    }
  }
}
