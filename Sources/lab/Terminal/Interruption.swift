import Foundation

/// Calls a handler on Ctrl-C, on its own thread, so that it works in the middle of training.
///
/// If there are several handlers, the newest is called. One signal source serves the whole program.
/// On Linux the source sets the signal's action itself; setting another action afterwards would
/// disable it.
final class Interruption {
  private let number: Int

  init(_ handler: @escaping @Sendable () -> Void) { number = InterruptSource.shared.add(handler) }

  deinit { InterruptSource.shared.remove(number) }
}

/// The signal source of the program; it exists from the first handler on.
private final class InterruptSource: @unchecked Sendable {
  static let shared = InterruptSource()

  private let lock = NSLock()
  private var handlers: [(number: Int, handler: @Sendable () -> Void)] = []
  private var lastNumber = 0
  private let source = DispatchSource.makeSignalSource(
    signal: SIGINT, queue: DispatchQueue(label: "interruption", qos: .userInteractive))

  private init() {
    // Until the source is registered, Ctrl-C ends the program by default.
    #if !os(Linux)
      source.setRegistrationHandler { signal(SIGINT, SIG_IGN) }
    #endif
    source.setEventHandler { [unowned self] in
      // Between two lessons no run is open, so there is nothing to save.
      guard let newest = lock.withLock({ handlers.last?.handler }) else {
        _exit(ExitStatus.interrupted.rawValue)
      }
      newest()
    }
    source.resume()
  }

  func add(_ handler: @escaping @Sendable () -> Void) -> Int {
    lock.withLock {
      lastNumber += 1
      handlers.append((lastNumber, handler))
      return lastNumber
    }
  }

  func remove(_ number: Int) {
    lock.withLock { handlers.removeAll { $0.number == number } }
  }
}
