import TestSupport
import Testing

@Suite struct LayoutTests {
  @Test func modulesImportOnlyFromFloorsBelow() throws {
    let files = try SourceFile.all()
    #expect(files.count > 20)
    let wrong = files.flatMap {
      PackageLayout.violations(module: $0.module, path: $0.path, source: $0.source)
    }
    #expect(wrong == [])
  }

  @Test func corporaDoNotUseTensors() throws {
    for file in try SourceFile.all() where file.module == "Corpora" {
      let words = file.source.split { !$0.isLetter }
      #expect(!words.contains("Tensor"), "\(file.path) names the type Tensor")
    }
  }

  @Test func everySourceFolderHasAFloor() throws {
    for folder in try SourceFile.targetFolders(in: "Sources") {
      #expect(PackageLayout.floors[folder] != nil, "Sources/\(folder) has no floor in the table")
    }
  }

  /// A lesson is a folder, a line in the manifest and a line in the course.
  @Test func everyLessonFolderIsInTheManifestAndTheCourse() throws {
    let manifest = try SourceFile.text("Package.swift")
    let course = try SourceFile.text("Sources/lab/Course.swift")
    for folder in try SourceFile.targetFolders(in: "Lessons") {
      let module = PackageLayout.module(ofFolder: folder)
      #expect(manifest.contains("\"\(folder)\""), "Package.swift does not list \(folder)")
      #expect(course.contains("import \(module)\n"), "Course.swift does not import \(module)")
    }
  }

  /// A file of more than 400 lines needs a line `// Length: …` with the reason among its first ten.
  @Test func longFilesGiveAReason() throws {
    for file in try SourceFile.all() {
      let lines = file.source.split(separator: "\n", omittingEmptySubsequences: false)
      let hasReason = lines.prefix(10).contains { $0.hasPrefix("// Length:") }
      #expect(lines.count <= 401 || hasReason, "\(file.path) has \(lines.count - 1) lines")
    }
  }

  @Test func sourcesContainNoAbsolutePaths() throws {
    let homes = ["/home/", "/root/", "/Users/", "/work/", "/tmp/"]
    for file in try SourceFile.all() {
      for home in homes {
        #expect(!file.source.contains(home), "\(file.path) names \(home)")
      }
    }
  }

  /// A test is skipped by `.needs(…)`, which fails where `CI` is set, and by nothing else: only the
  /// lines here depend on the system or the user.
  @Test func testsAreSkippedOnlyByNeeds() throws {
    let allowed = [
      ".enabled(if: FaultyDevice.canBePreloaded, \"LD_PRELOAD is Linux's\"))",
      "@Test(.enabled(if: geteuid() == 0, \"only root may give files away\"))",
    ]
    let files = try SourceFile.tests().filter { !$0.path.hasPrefix("Tests/LayoutTests/") }
    let conditions = files.flatMap { file in
      file.source.split(separator: "\n").map { $0.drop { $0 == " " } }
        .filter { $0.contains(".enabled(") || $0.contains("@Test(.disabled(") }
        .filter { !allowed.contains(String($0)) }.map { "\(file.path): \($0)" }
    }
    #expect(files.count > 80 && conditions == [])
  }

  @Test func aMissingNeedSkipsOrFails() async throws {
    let test = try #require(Test.current)
    var need: Needs = .needs("nothing") { false }
    for isRequired in [false, true] {
      need.isRequired = isRequired
      let error = await #expect(throws: (any Error).self) { try await need.prepare(for: test) }
      let text = error.map { "\($0)" } ?? ""
      #expect(text.hasPrefix("There is no nothing here") == isRequired, "\(text)")
    }
    var here: Needs = .needs("everything") { true }
    here.isRequired = true
    try await here.prepare(for: test)
  }

  @Test(arguments: [
    ("TensorCore", "import LessonKit", false), ("Autograd", "import Plotting", true),
    ("Autograd", "@testable import SmallTransformer", false),
    ("LessonKit", "import CPUBackend", false), ("lab", "import CPUBackend", true),
    ("Plotting", "import TensorCore", false), ("Corpora", "import Foundation", true),
    ("LessonKit", "import ArgumentParser", false), ("lab", "import ArgumentParser", true),
    ("Autograd", "import struct TensorCore.Shape", true),
    ("TensorCore", "public import struct Autograd.Tape", false),
    ("TensorCore", "// import LessonKit", true), ("TensorCore", "import NewPackage", false),
    ("lab-rank", "import CPUBackend", true), ("lab", "import MPITransport", false),
    ("lab-rank", "import MPITransport", true), ("SequenceParallel", "import CMPI", false),
    ("Nowhere", "import Foundation", false), ("Autograd", "import Autograd", false),
  ])
  func importRule(module: String, source: String, isAllowed: Bool) {
    let wrong = PackageLayout.violations(module: module, path: "File.swift", source: source)
    #expect(wrong.isEmpty == isAllowed)
  }
}
