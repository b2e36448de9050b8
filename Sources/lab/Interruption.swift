import Foundation

/// Runs a handler on Ctrl-C, on a thread of its own, so that it works in the middle of training.
///
/// The youngest one that lives is called. One source serves the whole program, and the signal's
/// action is left to it where it sets one of its own (Linux): an action set behind its back leaves it
/// deaf.
final class Interruption {
  private let number: Int

  init(_ handler: @escaping @Sendable () -> Void) { number = CtrlC.shared.add(handler) }

  deinit { CtrlC.shared.remove(number) }
}

/// The one source, from the first handler on.
private final class CtrlC: @unchecked Sendable {
  static let shared = CtrlC()

  private let lock = NSLock()
  private var handlers: [(number: Int, handler: @Sendable () -> Void)] = []
  private var count = 0
  private let source = DispatchSource.makeSignalSource(
    signal: SIGINT, queue: DispatchQueue(label: "interruption", qos: .userInteractive))

  private init() {
    // Until the source listens, Ctrl-C ends the program as if there were none.
    #if !os(Linux)
      source.setRegistrationHandler { signal(SIGINT, SIG_IGN) }
    #endif
    source.setEventHandler { [unowned self] in
      // Between two lessons there is nothing to keep.
      guard let youngest = lock.withLock({ handlers.last?.handler }) else {
        _exit(ExitStatus.interrupted.rawValue)
      }
      youngest()
    }
    source.resume()
  }

  func add(_ handler: @escaping @Sendable () -> Void) -> Int {
    lock.withLock {
      count += 1
      handlers.append((count, handler))
      return count
    }
  }

  func remove(_ number: Int) {
    lock.withLock { handlers.removeAll { $0.number == number } }
  }
}
