import TensorCore

extension Notebook {
  /// Runs a titled piece of the lesson: timed, metered, its source shown, its result handed on.
  ///
  /// The source is read from the file at run time; where that is not at hand the page says so.
  /// What it throws marks the step as broken and goes on to the caller. Where the reader asked for it
  /// and the result is `Codable`, an unchanged step is taken from an earlier run instead: so it shall
  /// hand on all that it does by its result.
  @discardableResult
  public func step<Result>(
    _ id: String, _ title: String, filePath: String = #filePath, line: Int = #line,
    _ body: () throws -> Result
  ) rethrows -> Result {
    let index = begin(
      id, title, source: SourceFile(filePath: filePath)?.closure(of: "step", at: line))
    let place = begunStepCount
    let fingerprint = fingerprint(with: step(at: index), in: filePath)
    if settings.reusesSteps, let fingerprint,
      let kept = shelf.take(place, fingerprint: fingerprint, as: Result.self)
    {
      replay(kept.step, at: index)
      return kept.value
    }
    let start = ContinuousClock.now
    do {
      let (result, peak) = try backend.meter.scope(body)
      backend.synchronize()
      end(index, .finished, seconds(since: start), PeakBytes(peak))
      // A step that wrote more on the page than lines would lose it.
      if let fingerprint, log.snapshot.cells.count == index + 1 {
        var step = step(at: index)
        step.reusedFrom = log.snapshot.facts.startedAt
        shelf.keep(result, of: step, place, fingerprint: fingerprint)
      }
      return result
    } catch {
      end(index, .broken, seconds(since: start), PeakBytes(), failure: sentence(for: error))
      throw error
    }
  }

  /// Adds a line to the output of the step under way, or to the page between steps.
  public func print(_ line: String) {
    guard let index = openSteps.last else { return say("`\(line)`") }
    var step = step(at: index)
    step.output += line + "\n"
    log.replace(index, with: .step(step))
    observer.stepPrinted(line)
  }

  /// Says how far the step under way has come. Cheap enough for every training step.
  public func progress(done: Int, total: Int, detail: String = "") {
    observer.progressed(StepProgress(done: done, total: total, detail: detail))
  }

  /// Makes one result for each item, and says after each how far the step under way has come.
  public func each<Item, Result>(
    _ items: some Collection<Item>, detail: (Item) -> String = { _ in "" },
    _ body: (Item) throws -> Result
  ) rethrows -> [Result] {
    try items.enumerated().map { index, item in
      progress(done: index, total: items.count, detail: detail(item))
      return try body(item)
    }
  }

  private func begin(_ id: String, _ title: String, source: SourceExcerpt?) -> Int {
    begunStepCount += 1
    if begunStepCount > 1, begunStepCount == settings.firstStep { noticeTakenUp() }
    let step = Step(id: checked(id), title: title, status: .running, source: source)
    let index = log.append(.step(step), named: id)
    openSteps.append(index)
    observer.stepBegan(step)
    return index
  }

  /// Says on the page what stood before the step that the reader began with.
  private func noticeTakenUp() {
    let taken =
      models.needed == 0
      ? "No model had been trained by then."
      : "Models trained by then: \(models.needed); taken from the cache: \(models.cached)."
    let earlier = log.snapshot.steps.filter { $0.reusedFrom != nil }.count
    let others = earlier == 0 ? "" : ", but for \(earlier) taken from earlier runs"
    notice(
      "The reader began here", "The steps above ran too, unseen in the terminal\(others). \(taken)")
  }

  private func end(
    _ index: Int, _ status: Step.Status, _ seconds: Double, _ peak: PeakBytes,
    failure: String? = nil
  ) {
    var step = step(at: index)
    step.status = status
    step.seconds = seconds
    step.peakBytes = peak
    step.failure = failure
    close(index, as: step)
  }

  /// Puts a step of an earlier run in place of the one that began here.
  private func replay(_ kept: Step, at index: Int) {
    var step = kept
    step.source = self.step(at: index).source
    for line in step.output.split(separator: "\n") { observer.stepPrinted(String(line)) }
    close(index, as: step)
  }

  private func close(_ index: Int, as step: Step) {
    openSteps.removeLast()
    log.replace(index, with: .step(step))
    log.saveWithPage()
    observer.stepEnded(step)
  }

  func step(at index: Int) -> Step {
    guard case .step(let step) = log.snapshot.cells[index].content else {
      preconditionFailure("notebook: cell \(index) is no step")
    }
    return step
  }
}

extension PeakBytes {
  init(_ reading: MemoryUsage) {
    self.init(
      total: reading.totalBytes,
      byPurpose: Dictionary(
        uniqueKeysWithValues: reading.bytesByPurpose.map { ($0.key.rawValue, $0.value) }))
  }
}

/// What went wrong, as the error itself says it.
package func sentence(for error: any Error) -> String { "\(error)" }
