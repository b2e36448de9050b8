import Foundation
import LessonKit
import TestSupport
import Testing

/// What decides whether a step or a trained model counts as changed.
@Suite struct FingerprintTests {
  /// A package with an engine, a page renderer, and a lesson of two files.
  private final class Package {
    let root = FileManager.default.temporaryDirectory
      .appendingPathComponent("fingerprint-\(UUID().uuidString)")

    init() throws {
      try write("Package.swift", "")
      for module in ["TensorCore", "Autograd", "SmallTransformer", "Corpora", "CPUBackend"] {
        try write("Sources/\(module)/\(module).swift", "let engine = 1")
      }
      try write("Sources/OpenCLBackend/Kernels/Rows.cl", "// one")
      try write("Sources/LessonKit/Pages/HTMLPage.swift", "let page = 1")
      try write("Sources/LessonKit/Training/Notebook+Training.swift", "let training = 1")
      try write("Lessons/01-One/Lesson.swift", Self.lesson(body: "1 + 1"))
      try write("Lessons/01-One/Helper.swift", "let helper = 1")
    }
    deinit { try? FileManager.default.removeItem(at: root) }

    static func lesson(body: String) -> String {
      "let x = notebook.step(\"add\") {\n  \(body)\n}\nnotebook.say(\"done\")"
    }

    func write(_ path: String, _ text: String) throws {
      let file = root.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }

    /// The fingerprints of consecutive steps, with a program that is newer than all sources.
    func steps(
      _ bodies: [String], texts: [String] = [], seed: Int = 1, in file: String = "Lesson.swift"
    ) throws -> [String?] {
      var fingerprints = StepFingerprints(
        lessonFile: root.appendingPathComponent("Lessons/01-One/\(file)").path,
        program: try newerProgram(in: root), inputs: ["seed \(seed)"])
      return bodies.map { body in
        let source = SourceExcerpt(path: "Lesson.swift", firstLine: 1, text: body)
        let step = Step(id: "add", title: "add", status: .running, source: source)
        return fingerprints.next(step, textsRead: texts)?.description
      }
    }

    /// The fingerprint of the code that trains models.
    func training(backend: String = "CPUBackend", program: URL? = nil) throws -> String {
      Fingerprint.ofTraining(
        sourceFile: root.appendingPathComponent("Lessons/01-One/Lesson.swift").path,
        program: try program ?? newerProgram(in: root), backendModule: backend
      ).description
    }
  }

  /// A renamed module would otherwise no longer count, without a message.
  @Test func everyFolderThatTrainsHasSources() throws {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources")
    for folder in Fingerprint.trainingFolders + ["CPUBackend", "OpenCLBackend"] {
      let files = try FileManager.default.subpathsOfDirectory(
        atPath: sources.appendingPathComponent(folder).path)
      #expect(files.contains { $0.hasSuffix(".swift") || $0.hasSuffix(".c") }, "\(folder)")
    }
  }

  @Test func equalSourcesGiveEqualFingerprints() throws {
    let package = try Package()
    let all = try package.steps(["1 + 1", "2 + 2"])
    #expect(all.allSatisfy { $0 != nil })
    #expect(try package.steps(["1 + 1", "2 + 2"]) == all)
  }

  @Test func theBoundaryBetweenTwoTextsCounts() {
    #expect(
      Fingerprint(inputs: ["ab", "c"]).description != Fingerprint(inputs: ["a", "bc"]).description)
  }

  @Test func aChangedStepChangesItselfAndTheStepsAfterIt() throws {
    let package = try Package()
    let before = try package.steps(["1 + 1", "2 + 2", "3 + 3"])
    try package.write("Lessons/01-One/Lesson.swift", Package.lesson(body: "1 + 2"))
    let after = try package.steps(["1 + 1", "2 + 3", "3 + 3"])
    #expect(after[0] == before[0])
    #expect(after[1] != before[1])
    #expect(after[2] != before[2])
  }

  @Test(arguments: ["Sources/TensorCore/TensorCore.swift", "Lessons/01-One/Helper.swift"])
  func sharedCodeChangesAllSteps(path: String) throws {
    let package = try Package()
    let before = try package.steps(["1 + 1"])
    try package.write(path, "let changed = 2")
    #expect(try package.steps(["1 + 1"]) != before)
  }

  @Test func aStepInASubfolderBelongsToTheWholeLesson() throws {
    let package = try Package()
    let section = "Sections/First.swift"
    try package.write("Lessons/01-One/\(section)", Package.lesson(body: "1 + 1"))
    let before = try package.steps(["1 + 1"], in: section)
    #expect(try package.steps(["1 + 1"], in: section) == before)
    try package.write("Lessons/01-One/Helper.swift", "let changed = 2")
    #expect(try package.steps(["1 + 1"], in: section) != before)
  }

  @Test func textsAndInputsChangeAllSteps() throws {
    let package = try Package()
    let before = try package.steps(["1 + 1"])
    #expect(try package.steps(["1 + 1"], texts: ["another"]) != before)
    #expect(try package.steps(["1 + 1"], seed: 2) != before)
  }

  @Test func withoutSourcesNoStepHasAFingerprint() {
    var fingerprints = StepFingerprints(
      lessonFile: "/nowhere/Lesson.swift", program: nil, inputs: [])
    let step = Step(
      id: "add", title: "add", status: .running,
      source: SourceExcerpt(path: "Lesson.swift", firstLine: 1, text: "1 + 1"))
    #expect(fingerprints.next(step, textsRead: []) == nil)
    #expect(fingerprints.unknown == .missing)
  }

  @Test(arguments: [
    ("Sources/TensorCore/TensorCore.swift", true), ("Sources/Autograd/New.swift", true),
    ("Sources/SmallTransformer/SmallTransformer.swift", true),
    ("Sources/Corpora/Corpora.swift", true), ("Sources/CPUBackend/CPUBackend.swift", true),
    ("Sources/LessonKit/Training/Notebook+Training.swift", true),
    ("Sources/LessonKit/Pages/HTMLPage.swift", false),
    ("Sources/OpenCLBackend/Kernels/Rows.cl", false), ("Lessons/01-One/Helper.swift", false),
  ])
  func onlyWhatTrainsChangesATrainedModel(path: String, changes: Bool) throws {
    let package = try Package()
    let before = try package.training()
    #expect(try package.training() == before)
    try package.write(path, "let changed = 2")
    #expect(try (package.training() != before) == changes)
  }

  @Test func theKernelsOfABackendCountOnlyForThatBackend() throws {
    let package = try Package()
    let before = try package.training(backend: "OpenCLBackend")
    try package.write("Sources/CPUBackend/CPUBackend.swift", "let changed = 2")
    #expect(try package.training(backend: "OpenCLBackend") == before)
    try package.write("Sources/OpenCLBackend/Kernels/Rows.cl", "// two")
    #expect(try package.training(backend: "OpenCLBackend") != before)
  }

  /// If the sources are newer than the program, the fingerprint is that of the program.
  @Test func aProgramOlderThanItsSourcesIsFingerprintedItself() throws {
    let package = try Package()
    let fromSources = try package.training()
    let program = package.root.appendingPathComponent("old program")
    func write(_ text: String) throws {
      try Data(text.utf8).write(to: program)
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 0)], ofItemAtPath: program.path)
    }
    try write("one build")
    let first = try package.training(program: program)
    #expect(first != fromSources)
    try package.write("Sources/TensorCore/TensorCore.swift", "let changed = 2")
    #expect(try package.training(program: program) == first)
    try write("another build")
    #expect(try package.training(program: program) != first)
  }
}
