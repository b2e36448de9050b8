import SystemSupport

/// Exercises as text for a terminal.
package struct ExercisePage {
  let style: TerminalStyle

  package init(_ style: TerminalStyle) { self.style = style }

  /// The result of a check: one line, with the failure below it, and what the learner's code printed.
  package func text(of verdict: Verdict, _ exercise: Exercise, printed: String = "") -> String {
    let head = "\(sign(verdict)) \(style.ink(exercise.name, .bold)): \(verdict.word)"
    switch verdict {
    case .passed(let count):
      return head + ", \(count) \(count == 1 ? "check" : "checks")\n" + text(printed: printed)
    case .notAttempted: return head + "\n"
    default: return head + "\n" + verdict.lines.map(line).joined() + text(printed: printed)
    }
  }

  /// The first lines of what the learner's code printed.
  private func text(printed: String) -> String {
    let lines = printed.terminalLines.split(separator: "\n", omittingEmptySubsequences: false)
    let whole = lines.last?.isEmpty == true ? lines.dropLast() : lines[...]
    guard !whole.isEmpty else { return "" }
    let shown = whole.prefix(12).map {
      "    " + String($0).prefix(columns: max(8, style.width - 4)) + "\n"
    }
    let more = whole.count > 12 ? "    … and \(whole.count - 12) more lines\n" : ""
    return "  " + style.ink("your code printed", .bold) + "\n" + shown.joined() + more
  }

  /// The task of an exercise and the path of its file.
  package func task(of exercise: Exercise, file: String) -> String {
    let page = TerminalPage(style)
    let title = style.text(
      "Lesson \(exercise.lessonNumber) · level \(exercise.level) · \(exercise.title)", indent: "")
    let lines = title.split(separator: "\n").map { style.ink(String($0), .bold) }
    return "\n" + lines.joined(separator: "\n") + "\n"
      + page.prose(exercise.task, indent: "  ") + "\n\n  \(style.path(file))\n"
  }

  /// The first `count` hints, and how to get more: with a key, or else with a command. `options` is
  /// added to the suggested command.
  package func hints(
    _ count: Int, of exercise: Exercise, options: String = "", key: String? = nil
  ) -> String {
    let page = TerminalPage(style)
    let shown = exercise.hints.prefix(count).enumerated().map { index, hint in
      style.ink("Hint \(index + 1) of \(exercise.hints.count)", .bold) + "\n"
        + page.prose(hint, indent: "  ") + "\n"
    }
    let left = exercise.hints.count - count
    let more =
      left > 0
      ? "\(key ?? "'lab hint \(exercise.name)\(options)'") shows the next hint."
      : "That was the last hint. 'lab solution \(exercise.name)\(options)' shows a solution."
    return shown.joined(separator: "\n") + "\n" + style.text(more, indent: "") + "\n"
  }

  package func code(_ text: String) -> String { TerminalPage(style).brokenCode(text) }

  private func sign(_ verdict: Verdict) -> String {
    switch verdict {
    case .passed: style.ink("✓", .green)
    case .notAttempted: style.ink("–", .faint)
    default: style.ink("✗", .red)
    }
  }

  /// `  expected  …`, wrapped with an indent.
  private func line(_ line: (title: String, text: String)) -> String {
    if line.title == "compiler" {
      return line.text.terminalLines.split(separator: "\n", omittingEmptySubsequences: false)
        .map { messageLine(String($0)) }.joined()
    }
    let title = line.title + String(repeating: " ", count: max(1, 10 - line.title.count))
    let isFaint = line.title == "passed"
    let text = wrapped(
      TerminalPage(style).words(line.text.terminalLines), width: style.width,
      indent: String(repeating: " ", count: 12),
      first: "  " + style.ink(title, isFaint ? .faint : .bold))
    return (isFaint ? style.ink(text, .faint) : text) + "\n"
  }

  /// A line of the compiler's messages. A wide sentence is wrapped and wide code is broken. Then the
  /// place below the code no longer fits; it repeats the sentence, and is left out.
  private func messageLine(_ text: String) -> String {
    let room = style.width - 2
    if text.terminalColumns <= room { return "  \(text)\n" }
    if text.contains("`- ") { return "" }
    if !text.contains(" | ") { return style.text(text, indent: "  ") + "\n" }
    return text.broken(atColumns: room, indent: String(repeating: " ", count: 8))
      .map { "  \($0)\n" }.joined()
  }
}
