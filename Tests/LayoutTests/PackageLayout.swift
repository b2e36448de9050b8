import Foundation

/// The modules and their floors. A module imports only from lower floors.
enum PackageLayout {
  static let floors: [String: Int] = [
    "CMPI": 0, "COpenBLAS": 0, "COpenCL": 0, "CPNG": 0, "CProcessor": 0, "CSystem": 0,
    "PlotBridge": 0,
    "SystemSupport": 1, "TensorCore": 1,
    "CPUBackend": 2, "OpenCLBackend": 2, "Plotting": 2, "TerminalImages": 2, "Corpora": 2,
    "Communication": 2, "ModelFiles": 2, "Tokenizer": 2,
    "Autograd": 3, "Calculator": 3, "MPITransport": 3,
    "SmallTransformer": 4,
    "LessonKit": 5, "PublishedModel": 5, "SequenceParallel": 5,
    "Bench": 6,
    "lab": 7, "lab-rank": 7,
  ]

  /// The floor of a module; nil for an unknown module. Lessons are on floor 6.
  static func floor(of module: String) -> Int? {
    floors[module] ?? (module.hasSuffix("Lesson") ? 6 : nil)
  }

  /// The folder `03-Positions` is the module `PositionsLesson`; other folders have the module's name.
  static func module(ofFolder folder: String) -> String {
    guard folder.first?.isNumber == true, let hyphen = folder.firstIndex(of: "-") else {
      return folder
    }
    return folder[folder.index(after: hyphen)...] + "Lesson"
  }

  /// Modules of the toolchain or the system. Every module can import them.
  static let system: Set<String> = [
    "Accelerate", "Darwin", "Dispatch", "Foundation", "Glibc", "Synchronization",
  ]

  /// External packages, and the modules that can import each.
  static let packages: [String: Set<String>] = ["ArgumentParser": programs]

  /// The modules that are programs.
  static let programs: Set = ["lab", "lab-rank"]

  /// Imports that the floors allow and that are still forbidden. Only programs choose a backend, only
  /// `lab-rank` links MPI, and `Plotting` does not depend on tensors.
  static func isForbidden(_ imported: String, in module: String) -> Bool {
    let backends: Set = ["CPUBackend", "OpenCLBackend"]
    if backends.contains(imported) { return !programs.contains(module) }
    if imported == "CMPI" { return module != "MPITransport" }
    if imported == "MPITransport" { return module != "lab-rank" }
    return imported == "TensorCore" && module == "Plotting"
  }

  /// The wrong imports of one file, one sentence each.
  static func violations(module: String, path: String, source: String) -> [String] {
    guard let own = floor(of: module) else { return ["\(path): '\(module)' has no floor"] }
    return imports(of: source).compactMap { imported -> String? in
      if system.contains(imported) || packages[imported]?.contains(module) == true { return nil }
      guard let below = floor(of: imported) else { return "\(path): imports unknown '\(imported)'" }
      let isAllowed = below < own && !isForbidden(imported, in: module)
      return isAllowed ? nil : "\(path): '\(module)' may not import '\(imported)'"
    }
  }

  /// The module names on the import lines of a source, with or without modifiers and attributes.
  static func imports(of source: String) -> [String] {
    source.split(whereSeparator: \.isNewline).compactMap { line in
      let words = line.prefix { $0 != "/" }.split(separator: " ")
      guard let index = words.firstIndex(of: "import"), index + 1 < words.count,
        words[..<index].allSatisfy({ $0.hasPrefix("@") || modifiers.contains($0) })
      else { return nil }
      let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let"]
      let name =
        kinds.contains(words[index + 1]) ? words.dropFirst(index + 2).first : words[index + 1]
      return name?.split(separator: ".").first.map { String($0).filter { $0 != ";" } }
    }
  }

  private static let modifiers: Set<Substring> = [
    "public", "package", "internal", "fileprivate", "private",
  ]
}

/// A Swift file of the package.
struct SourceFile {
  let module: String
  /// Relative to the root of the package.
  let path: String
  let source: String

  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// All files in `Sources` and `Lessons`.
  static func all() throws -> [SourceFile] {
    try ["Sources", "Lessons"].flatMap { top in
      try targetFolders(in: top).flatMap { folder in
        try swiftFiles(in: "\(top)/\(folder)").map { path in
          SourceFile(
            module: PackageLayout.module(ofFolder: folder), path: path,
            source: try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8))
        }
      }
    }
  }

  /// All files in `Tests`.
  static func tests() throws -> [SourceFile] {
    try swiftFiles(in: "Tests").map { path in
      SourceFile(
        module: "", path: path,
        source: try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8))
    }
  }

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  static func targetFolders(in top: String) throws -> [String] {
    let folder = root.appendingPathComponent(top)
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { name in
      var isFolder: ObjCBool = false
      let path = folder.appendingPathComponent(name).path
      return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        && isFolder.boolValue
    }.sorted()
  }

  private static func swiftFiles(in folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: root.appendingPathComponent(folder).path)
      .filter { $0.hasSuffix(".swift") }.map { "\(folder)/\($0)" }.sorted()
  }
}
