import TensorCore

extension Notebook {
  /// Runs a titled piece of the lesson: timed, metered, its source shown, its result handed on.
  ///
  /// The source is read from the file at run time; where that is not at hand the page says so.
  /// What it throws marks the step as broken and goes on to the caller.
  @discardableResult
  public func step<Result>(
    _ title: String, filePath: String = #filePath, line: Int = #line,
    _ body: () throws -> Result
  ) rethrows -> Result {
    let index = begin(title, source: SourceFile(filePath: filePath)?.closure(of: "step", at: line))
    let start = ContinuousClock.now
    do {
      let (result, peak) = try backend.meter.scope(body)
      backend.finish()
      end(index, .finished, seconds(since: start), PeakBytes(peak))
      return result
    } catch {
      end(index, .broken, seconds(since: start), PeakBytes(), failure: sentence(for: error))
      throw error
    }
  }

  /// Adds a line to the output of the step under way, or to the page between steps.
  public func print(_ line: String) {
    guard let index = openSteps.last else { return say("`\(line)`") }
    guard case .step(var step) = log.snapshot.cells[index].content else { return }
    step.output += line + "\n"
    log.replace(index, with: .step(step))
    observer.stepPrinted(line)
  }

  /// Says how far the step under way has come. Cheap enough for every training step.
  public func progress(done: Int, total: Int, detail: String = "") {
    observer.progressed(StepProgress(done: done, total: total, detail: detail))
  }

  private func begin(_ title: String, source: SourceExcerpt?) -> Int {
    begunStepCount += 1
    if begunStepCount > 1, begunStepCount == settings.firstStep { noticeTakenUp() }
    let step = Step(title: title, status: .running, source: source)
    let index = log.append(.step(step), named: title)
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
    notice(
      "The reader began here",
      """
      The steps above ran too, unseen in the terminal: what a step gives is a Swift value, and is \
      not kept from run to run. \(taken)
      """)
  }

  private func end(
    _ index: Int, _ status: Step.Status, _ seconds: Double, _ peak: PeakBytes,
    failure: String? = nil
  ) {
    openSteps.removeLast()
    guard case .step(var step) = log.snapshot.cells[index].content else { return }
    step.status = status
    step.seconds = seconds
    step.peakBytes = peak
    step.failure = failure
    log.replace(index, with: .step(step))
    log.saveWithPage()
    observer.stepEnded(step)
  }
}

extension PeakBytes {
  init(_ reading: MemoryReading) {
    self.init(
      total: reading.totalBytes,
      byPurpose: Dictionary(
        uniqueKeysWithValues: reading.bytesByPurpose.map { ($0.key.rawValue, $0.value) }))
  }
}

/// What went wrong, as the error itself says it.
package func sentence(for error: any Error) -> String { "\(error)" }
