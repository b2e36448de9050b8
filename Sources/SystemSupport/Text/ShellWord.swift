extension String {
  /// The text as one word of a POSIX shell, so that a suggested command can be copied and run.
  ///
  /// A text with hidden characters, or with spaces that a page or a wrapped line would change, becomes
  /// a call of `printf`, because it could be neither seen nor copied. A shell removes line breaks from the end of what `printf` writes, so a text that ends
  /// with one is quoted as it is.
  public var shellWord: String {
    if !isEmpty, unicodeScalars.allSatisfy(isPlain) { return self }
    let scalars = Array(unicodeScalars)
    let areReadable = scalars.indices.map { isReadable(scalars, $0) }
    guard areReadable.contains(false), scalars.last != "\n" else {
      let parts = unicodeScalars.split(separator: "'", omittingEmptySubsequences: false)
      return "'" + parts.map(String.init).joined(separator: "'\\''") + "'"
    }
    let format = scalars.enumerated().map { index, scalar in
      let hasMeaning =
        "'\\%!".unicodeScalars.contains(scalar) || (index == 0 && scalar == "-")
      return areReadable[index] && !hasMeaning
        ? String(scalar) : String(scalar).utf8.map(octal).joined()
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

/// Whether the scalar can be read on a screen and copied from it. Of several spaces only one could.
private func isReadable(_ scalars: [Unicode.Scalar], _ index: Int) -> Bool {
  let scalar = scalars[index]
  if scalar == " " { return index + 1 < scalars.count && index > 0 && scalars[index - 1] != " " }
  return !scalar.isHidden && scalar.properties.generalCategory != .spaceSeparator
}

/// `\033`.
private func octal(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 8)
  return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
}
