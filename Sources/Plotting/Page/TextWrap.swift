/// Breaks a text into lines at spaces. A word longer than a line keeps a line of its own.
package func wrapped(_ text: String, fits: (String) -> Bool) -> [String] {
  text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { paragraph in
    var lines: [String] = []
    for word in paragraph.split(separator: " ") {
      if let last = lines.last, fits(last + " " + word) {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines.isEmpty ? [""] : lines
  }
}

/// Breaks a text into lines of at most `width` characters.
package func wrapped(_ text: String, width: Int) -> [String] {
  wrapped(text) { $0.count <= width }
}
