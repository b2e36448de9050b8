import ArgumentParser
import Foundation
import SystemSupport
import TerminalImages

/// How figures are drawn in the terminal: `--images`.
enum ImageChoice: String, CaseIterable, ExpressibleByArgument {
  case auto, kitty, iterm, sixel, half, none

  /// The protocol for a terminal. `auto` uses the environment, then asks the terminal, and falls
  /// back to half blocks if there is color. If the output is not a terminal, no figures are drawn.
  func imageProtocol(on terminal: Terminal) -> ImageProtocol {
    guard terminal.isTerminal else { return .none }
    let environment = ProcessInfo.processInfo.environment
    switch self {
    case .kitty: return .kitty
    case .iterm: return .iterm
    case .sixel: return .sixel
    case .half: return .half
    case .none: return .none
    case .auto:
      if let known = ImageProtocol.known(from: environment) { return known }
      return terminal.offeredProtocol ?? .fallback(for: environment)
    }
  }
}

extension Terminal {
  /// Asks the terminal; nil if it names no protocol or does not answer in time. Over a slow network
  /// an answer takes a few tenths of a second.
  fileprivate var offeredProtocol: ImageProtocol? {
    TerminalKeys.with { keys in
      writeCodes(ImageProtocol.question)
      return ImageProtocol.offered(in: keys.answer(within: 1))
    }
  }
}
