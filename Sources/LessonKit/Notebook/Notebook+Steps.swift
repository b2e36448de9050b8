import SystemSupport
import TensorCore

extension Notebook {
  /// Runs one step of the lesson and returns its result. The page shows its title, source, printed
  /// lines, time and peak memory.
  ///
  /// With `--reuse`, an unchanged step whose result is `Codable` is not run: its result comes from
  /// an earlier run. Therefore a step must have no effects other than its result and its printed
  /// lines. The source is read from the file at run time. An error marks the step as failed and is
  /// rethrown.
  /// - Parameters:
  ///   - id: Names the step within the lesson: small letters, digits and hyphens, each name once.
  ///   - title: What a reader sees.
  ///   - filePath: The file of the call.
  ///   - line: The line of the call.
  ///   - body: The work.
  /// - Returns: the result of `body`, or of the earlier run.
  @discardableResult
  public func step<Result>(
    _ id: String, _ title: String, filePath: String = #filePath, line: Int = #line,
    _ body: () throws -> Result
  ) rethrows -> Result {
    let index = begin(
      id, title, source: SourceFile(filePath: filePath)?.closure(of: "step", at: line))
    let number = begunStepCount
    let fingerprint = nextFingerprint(of: step(at: index), in: filePath)
    if settings.reusesSteps, let fingerprint {
      switch stepCache.load(number, fingerprint, as: Result.self) {
      case .saved(let step, let value):
        replay(step, at: index)
        return value
      case .unusable(let reason):
        cacheTroubles.add(
          "The saved result of “\(title)” was not used, and the step ran. \(reason)")
      case .none: break
      }
    }
    let start = ContinuousClock.now
    do {
      let (result, peak) = try backend.meter.scope(body)
      backend.synchronize()
      end(index, .finished, seconds(since: start), PeakBytes(peak))
      // Only printed lines are saved, so a step that adds cells to the page is not saved.
      if let fingerprint, log.snapshot.cells.count == index + 1 {
        var step = step(at: index)
        step.origin = .reused(from: log.snapshot.facts.startedAt)
        do throws(FolderError) {
          try stepCache.save(result, of: step, number, fingerprint)
        } catch {
          cacheTroubles.add(unsaved: error.reason, in: error.path)
        }
      }
      return result
    } catch {
      end(index, .failed, seconds(since: start), PeakBytes(), failure: sentence(for: error))
      throw error
    }
  }

  /// Adds a line to the output of the current step, or to the page between steps.
  public func print(_ line: String) {
    guard let index = openSteps.last else { return say("`\(line)`") }
    var step = step(at: index)
    step.output += line + "\n"
    log.replace(index, with: .step(step))
    observer.stepPrinted(line)
  }

  /// Reports the progress of the current step. It is cheap enough to call in every training step.
  public func progress(done: Int, total: Int, detail: String = "") {
    observer.progressed(StepProgress(done: done, total: total, detail: detail))
  }

  /// Makes one result for each item and reports the progress of the current step.
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
    calledLearners = []
    if begunStepCount > 1, begunStepCount == settings.firstStep { noticeFirstShownStep() }
    let step = Step(id: checked(id, for: title), title: title, status: .running, source: source)
    let index = log.append(.step(step), named: id)
    openSteps.append(index)
    observer.stepBegan(step)
    return index
  }

  /// With `--from`, adds a notice to the page: the terminal shows the run from here on.
  private func noticeFirstShownStep() {
    let models =
      models.needed == 0
      ? "They train no model."
      : "Models that they need: \(models.needed); loaded from the cache: \(models.cached)."
    let reused = log.snapshot.steps.filter { $0.origin != .ran }.count
    let steps =
      reused == 0 ? "" : " (\(reused) of them were reused from earlier runs)"
    notice(
      "The terminal shows the run from here",
      "The steps above were not shown in the terminal\(steps). \(models)")
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

  /// Replaces the step that began here with the saved one.
  private func replay(_ saved: Step, at index: Int) {
    var step = saved
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
      preconditionFailure("notebook: cell \(index) is not a step")
    }
    return step
  }
}

extension PeakBytes {
  init(_ usage: MemoryUsage) {
    self.init(
      total: usage.totalBytes,
      byPurpose: Dictionary(
        uniqueKeysWithValues: usage.bytesByPurpose.map { ($0.key.rawValue, $0.value) }))
  }
}
