import Foundation

/// Runs a handler on Ctrl-C, on a thread of its own, so that it works in the middle of training.
final class Interruption {
  private let source: any DispatchSourceSignal

  init(_ handler: @escaping @Sendable () -> Void) {
    signal(SIGINT, SIG_IGN)
    source = DispatchSource.makeSignalSource(
      signal: SIGINT, queue: DispatchQueue(label: "interruption", qos: .userInteractive))
    source.setEventHandler(handler: handler)
    source.resume()
  }

  deinit {
    source.cancel()
    signal(SIGINT, SIG_DFL)
  }
}
