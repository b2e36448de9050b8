import Foundation

/// Whether a condition holds in one of several attempts: for times that another program on the
/// machine can make longer, but not shorter.
public func holdsOnce(attempts: Int = 6, _ condition: () throws -> Bool) rethrows -> Bool {
  for _ in 0..<attempts where try condition() { return true }
  return false
}

/// Does nothing for a time, at least. Not `Task.sleep`: that wakes up late while other tests block
/// the threads of Swift's pool.
public func idle(seconds: Double) { Thread.sleep(forTimeInterval: seconds) }
