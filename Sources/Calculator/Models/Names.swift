import SystemSupport

extension ModelShape {
  /// The published model with this name.
  /// - Throws: `UnknownName` with a suggestion.
  public static func named(_ name: String) throws(UnknownName) -> ModelShape {
    if let found = published(name) { return found }
    throw UnknownName(kind: "model", name: name, known: published.map(\.name))
  }

  /// The published model with this name, or of the repository with this name
  /// (`meta-llama/Llama-3.1-8B-Instruct`); nil if there is none. Case, spaces and hyphens do not
  /// matter, except between two numbers. A part of a name names nothing.
  public static func published(_ name: String) -> ModelShape? {
    let words = ModelName.withoutTuning(name)
    let spelled = ModelName.versions[words] ?? words
    return published.first { ModelName.areEqual($0.name, name) }
      ?? published.first { ModelName.areEqual($0.name, spelled) }
  }

  /// A name in lower case, without spaces and hyphens.
  public static func plain(_ name: String) -> String {
    name.lowercased().filter { $0.isLetter || $0.isNumber || $0 == "." }
  }
}

/// Names of models, as people and repositories spell them.
enum ModelName {
  /// Whether the names are equal but for case, spaces and hyphens. 'Llama 27B' is not 'Llama 2 7B'.
  static func areEqual(_ first: String, _ second: String) -> Bool {
    ModelShape.plain(first) == ModelShape.plain(second) && numbers(in: first) == numbers(in: second)
  }

  /// The numbers in a name, in order: 2 and 70 in 'Llama 2 70B'.
  static func numbers(in name: String) -> [String] {
    name.split { !$0.isNumber && $0 != "." }
      .map { $0.trimmingPrefix(".") }.filter { !$0.isEmpty }.map(String.init)
  }

  static func words(_ name: some StringProtocol) -> [String] {
    name.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "." }.map(String.init)
  }

  /// The words of a repository's name without its owner and without words for another training of
  /// the same sizes.
  static func withoutTuning(_ name: String) -> String {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    var words = words(parts.count == 2 ? parts[1] : name[...])
    if words.first == "meta" { words.removeFirst() }
    // The instruct version of Mixtral 8x22B has another vocabulary.
    if !words.contains("8x22b") {
      words.removeAll { ["instruct", "it", "pt", "chat", "base", "hf"].contains($0) }
    }
    return words.joined(separator: " ")
  }

  /// The words that are left after those for another training, or another format of the weights,
  /// that change at most the context.
  static func withoutVariant(_ name: String) -> String {
    let variants: Set = [
      "coder", "math", "reasoning", "thinking", "awq", "gptq", "gguf", "mlx", "fp8", "bf16",
    ]
    return words(withoutTuning(name)).filter { word in
      !variants.contains(word) && !(word.count == 4 && word.allSatisfy(\.isNumber))
    }.joined(separator: " ")
  }

  /// Versions and dates that repositories have in their names, and the model with the same sizes.
  static let versions = [
    "mistral 7b v0.1": "Mistral 7B", "mixtral 8x7b v0.1": "Mixtral 8x7B",
    "mixtral 8x22b v0.1": "Mixtral 8x22B", "mistral nemo 2407": "Mistral Nemo 12B",
    "mistral small 24b 2501": "Mistral Small 3 24B", "mistral large 2407": "Mistral Large 2 123B",
    "mistral large 2411": "Mistral Large 2 123B", "phi 3 mini 4k": "Phi-3-mini",
    "phi 3 medium 128k": "Phi-3-medium", "tinyllama 1.1b v1.0": "TinyLlama 1.1B",
    "olmo 2 1124 7b": "OLMo 2 7B", "olmo 2 1124 13b": "OLMo 2 13B",
    "deepseek v3 0324": "DeepSeek-V3", "deepseek r1 0528": "DeepSeek-R1",
  ]
}

/// An error: a name is not in the table of known names; with a suggestion.
public struct UnknownName: Error, Equatable, CustomStringConvertible {
  public let kind: String
  public let name: String
  /// Known names that all fit as well; empty if there is no such choice.
  public let fitting: [String]
  /// The known names closest to the typed one, at most three. A number is never corrected: every
  /// number that was typed is in a suggestion, because another number is another model.
  public let suggestions: [String]
  /// Known names of the same family, at most five, none of which is what was typed.
  public let related: [String]
  /// What to give instead, if no known name is close.
  public let hint: String?

  /// The error of a name that is compared by its letters and numbers.
  public init(kind: String, name: String, known: [String]) {
    self.init(
      kind: kind, name: name, suggestions: Self.suggestions(for: name, known: known),
      related: Self.family(of: name, known: known))
  }

  init(
    kind: String, name: String, fitting: [String] = [], suggestions: [String],
    related: [String], hint: String? = nil
  ) {
    self.kind = kind
    self.name = name
    self.fitting = fitting
    self.suggestions = suggestions
    self.related = related
    self.hint = hint
  }

  public var description: String {
    if fitting.count > 1 {
      let choice = "'\(name)' may be \(Self.choice(fitting))"
      return choice.count > 50
        ? choice + ".\nGive the whole name." : choice + "; give the whole name."
    }
    var sentences = ["There is no \(kind) '\(name)'."]
    if !suggestions.isEmpty {
      sentences.append("Did you mean \(Self.choice(suggestions))?")
    } else if let hint {
      sentences.append(hint)
    } else {
      // As many as one line takes.
      let shown = (1...5).reversed().map { related.prefix($0).joined(separator: ", ") }
      if let names = shown.first(where: { $0.count <= 66 }) ?? shown.last, !names.isEmpty {
        sentences.append("Known: \(names).")
      }
      sentences.append("'lab memory --list' lists all.")
    }
    // Sentences that are too long together have lines of their own.
    return sentences.joined(separator: sentences.joined().count > 70 ? "\n" : " ")
  }

  private static func choice(_ names: [String]) -> String {
    let quoted = names.map { "'\($0)'" }
    return (quoted.count > 1 ? quoted.dropLast().joined(separator: ", ") + " or " : "")
      + (quoted.last ?? "")
  }

  private static func suggestions(for name: String, known: [String]) -> [String] {
    // Only the context, or the format of the weights, may differ.
    let same = ModelName.withoutVariant(name)
    if let found = known.first(where: { ModelName.areEqual($0, same) }) { return [found] }
    let spelled = ModelName.withoutTuning(name)
    let numbers = Set(ModelName.numbers(in: spelled))
    // A number with letters, as '3n' or '8b', is a word of its own, and no part of one.
    let kinds = ModelName.words(spelled).filter { word in
      word.first?.isNumber == true && word.last?.isLetter == true
    }
    let candidates = known.filter { name in
      numbers.isSubset(of: ModelName.numbers(in: name))
        && kinds.allSatisfy(ModelName.words(name).contains)
    }
    let typed = ModelShape.plain(spelled)
    guard !typed.isEmpty else { return [] }
    // Names with all typed letters in order: 'llama 70b' means Llama 2 70B, or Llama 3 70B.
    let letters = candidates.filter { has(typed, in: ModelShape.plain($0)) }
    if (1...3).contains(letters.count) { return letters }
    let pool = letters.isEmpty ? candidates : letters
    let words = self.letters(typed)
    // Of many names that fit equally well, none is the one.
    guard letters.isEmpty || !numbers.isEmpty else {
      let whole = pool.filter { self.letters(ModelShape.plain($0)) == words }
      return (1...3).contains(whole.count) ? whole : []
    }
    let plainNames = pool.map { ModelShape.plain($0) }
    guard let found = nearestName(to: typed, among: plainNames), found.first == typed.first,
      let index = plainNames.firstIndex(of: found)
    else { return [] }
    return [pool[index]]
  }

  /// The nearest known names that begin with the same word.
  private static func family(of name: String, known: [String]) -> [String] {
    func first(_ name: String) -> String {
      String(ModelName.withoutTuning(name).prefix(while: \.isLetter))
    }
    let (typed, word) = (ModelShape.plain(name), first(name))
    guard !word.isEmpty, typed.count <= 100 else { return [] }
    let near = known.filter { first($0) == word }
      .map { (name: $0, distance: editDistance(typed, ModelShape.plain($0))) }
    return near.enumerated()
      .sorted { ($0.element.distance, $0.offset) < ($1.element.distance, $1.offset) }
      .prefix(5).map(\.element.name)
  }

  private static func letters(_ name: String) -> String { name.filter(\.isLetter) }

  /// Whether all letters occur in the name in this order.
  private static func has(_ letters: String, in name: String) -> Bool {
    var rest = name[...]
    for letter in letters {
      guard let index = rest.firstIndex(of: letter) else { return false }
      rest = rest[index...].dropFirst()
    }
    return true
  }
}
