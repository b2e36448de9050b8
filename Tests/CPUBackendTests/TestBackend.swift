import CPUBackend

/// A backend for tests that cannot throw: without the processor's instructions none of them means
/// anything.
func testBackend(threadCount: Int) -> CPUBackend {
  do {
    return try CPUBackend(threadCount: threadCount)
  } catch {
    preconditionFailure("\(error)")
  }
}
