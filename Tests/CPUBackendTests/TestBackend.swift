import CPUBackend

/// A backend for tests that cannot throw. Without the processor's instructions no test can run.
func testBackend(threadCount: Int) -> CPUBackend {
  do {
    return try CPUBackend(threadCount: threadCount)
  } catch {
    preconditionFailure("\(error)")
  }
}
