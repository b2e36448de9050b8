extension String {
  /// The text as one word of a POSIX shell, so that a suggested command can be copied and run.
  ///
  /// A text with hidden characters becomes a call of `printf`, because they could be neither seen nor
  /// copied. A shell removes line breaks from the end of what `printf` writes, so a text that ends
  /// with one is quoted as it is.
  public var shellWord: String {
    if !isEmpty, unicodeScalars.allSatisfy(isPlain) { return self }
    let isHidden = unicodeScalars.contains(where: \.isHidden)
    guard isHidden, unicodeScalars.last != "\n" else {
      let parts = unicodeScalars.split(separator: "'", omittingEmptySubsequences: false)
      return "'" + parts.map(String.init).joined(separator: "'\\''") + "'"
    }
    let format = unicodeScalars.enumerated().map { index, scalar in
      let isLiteral =
        !scalar.isHidden && !"'\\%!".unicodeScalars.contains(scalar) && (index > 0 || scalar != "-")
      return isLiteral ? String(scalar) : String(scalar).utf8.map(octal).joined()
    }
    return "\"$(printf '\(format.joined())')\""
  }
}

extension Sequence<String> {
  /// The words of a command as one line for a POSIX shell.
  public var shellCommand: String { map(\.shellWord).joined(separator: " ") }
}

/// Whether no shell gives the scalar a meaning.
private func isPlain(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar {
  case "a"..."z", "A"..."Z", "0"..."9": true
  default: "_@+:,./-".unicodeScalars.contains(scalar)
  }
}

/// `\033`.
private func octal(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 8)
  return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
}
