/// The protocols by which a terminal shows a picture.
public enum ImageProtocol: String, CaseIterable, Sendable {
  /// kitty's graphics: kitty, Ghostty, Konsole.
  case kitty
  /// iTerm2's inline files: iTerm2, WezTerm, VS Code.
  case iterm
  /// DEC's sixels: xterm with `-ti vt340`, foot, mlterm, Windows Terminal.
  case sixel
  /// Two pixels per character, upper half block, in 24-bit color: any modern terminal, also in
  /// tmux.
  case half
  /// No picture, only its path.
  case none

  /// The protocol according to the environment; nil if the terminal must be asked.
  ///
  /// Inside tmux and screen the protocols of the outer terminal do not work, so half blocks are
  /// used.
  public static func known(from environment: [String: String]) -> ImageProtocol? {
    let term = environment["TERM"] ?? ""
    let program = environment["TERM_PROGRAM"] ?? ""
    if term == "dumb" || environment["NO_COLOR"]?.isEmpty == false { return ImageProtocol.none }
    if environment["TMUX"] != nil || term.hasPrefix("tmux") || term.hasPrefix("screen") {
      return .half
    }
    if term == "xterm-kitty" || term == "xterm-ghostty" || environment["KITTY_WINDOW_ID"] != nil
      || program == "ghostty"
    {
      return .kitty
    }
    if ["iTerm.app", "WezTerm", "vscode"].contains(program) { return .iterm }
    return nil
  }

  /// The protocol for a terminal that supports no picture protocol: half blocks if it shows 24-bit
  /// color, otherwise only the path.
  public static func fallback(for environment: [String: String]) -> ImageProtocol {
    let depth = environment["COLORTERM"] ?? ""
    let hasTrueColor =
      depth == "truecolor" || depth == "24bit" || environment["TERM"]?.hasSuffix("-direct") == true
    return hasTrueColor ? .half : .none
  }

  /// Asks a terminal for kitty's graphics and then for its device attributes (DA1). Every terminal
  /// answers the second question, so the wait is short.
  public static let question = "\u{1B}_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\u{1B}\\\u{1B}[c"

  /// The protocol that a terminal's answer to `question` names; nil if it names none.
  public static func offered(in answer: String) -> ImageProtocol? {
    if answer.contains("\u{1B}_Gi=31;OK") { return .kitty }
    guard let start = answer.range(of: "\u{1B}[?"),
      let end = answer[start.upperBound...].firstIndex(of: "c")
    else { return nil }
    let features = answer[start.upperBound..<end].split(separator: ";")
    return features.dropFirst().contains("4") ? .sixel : nil
  }
}
