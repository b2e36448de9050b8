/// GPT-2's alphabet: one letter per byte, so that a vocabulary of byte strings can be written as
/// text (Radford et al., 2019; `bytes_to_unicode` in their code).
///
/// A byte that is a visible character of Latin-1 is that character. The 68 others, in ascending
/// order, are U+0100 and the letters after it: a space is "Ġ" (U+0120).
enum ByteLetters {
  /// The letter of each byte.
  static let letters: [Unicode.Scalar] = {
    var result: [Unicode.Scalar] = []
    var next: UInt32 = 0x100
    for byte in UInt8.min...UInt8.max {
      if isVisible(byte) {
        result.append(Unicode.Scalar(byte))
      } else if let letter = Unicode.Scalar(next) {
        result.append(letter)
        next += 1
      }
    }
    return result
  }()

  /// The byte of each letter below U+0144; nil for a scalar that is none of the letters.
  private static let bytes: [UInt8?] = {
    var result = [UInt8?](repeating: nil, count: 0x144)
    for (byte, letter) in letters.enumerated() { result[Int(letter.value)] = UInt8(byte) }
    return result
  }()

  private static func isVisible(_ byte: UInt8) -> Bool {
    (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE
  }

  /// The bytes that a token of the vocabulary stands for. A token with a character outside the
  /// alphabet stands for itself, in UTF-8.
  static func bytes(of token: String) -> [UInt8] {
    var result: [UInt8] = []
    for scalar in token.unicodeScalars {
      guard scalar.value < 0x144, let byte = bytes[Int(scalar.value)] else {
        return Array(token.utf8)
      }
      result.append(byte)
    }
    return result
  }
}
