import Foundation
import TestSupport
import Testing

/// The limits of this process in place of those of the machine, and options without an effect.
@Suite struct HostTests {
  /// Runs `lab` after shell commands.
  private func run(
    after commands: String, _ arguments: String, in lab: LabProcess,
    environment: [String: String] = [:]
  ) throws -> LabProcess.Answer {
    let process = try lab.start(
      URL(fileURLWithPath: "/bin/sh"),
      ["-c", "\(commands) '\(try LabProcess.binary().path)' \(arguments)"],
      environment: environment)
    process.waitUntilExit()
    return LabProcess.Answer(
      status: process.terminationStatus, out: lab.text("out"), err: lab.text("err"))
  }

  #if os(Linux)
    @Test func memoryLimitOfTheProcess() throws {
      let (lab, none) = (try LabProcess(), ["PATH": "/nowhere"])
      let doctor = try run(after: "ulimit -v 3000000;", "doctor", in: lab, environment: none)
      #expect(
        doctor.out.contains("[OK]   Memory: 3.072 GB, limited by ulimit -v; the machine has"),
        "\(doctor.out)")
      let little = try run(after: "ulimit -v 1500000;", "doctor", in: lab, environment: none)
      #expect(little.out.contains("[FAIL] Memory: 1.536 GB"), "\(little.out)")
      #expect(little.out.contains("raise the limit"))
      let tiny = try run(after: "ulimit -v 500000;", "run 3 --scale smoke", in: lab)
      #expect(tiny.status == 75 && tiny.err.contains("512 MB of memory"), "\(tiny.err)")
      let plan = try run(
        after: "ulimit -v 3000000;", "memory 'LLaMA 65B' --context 1M --device here", in: lab)
      #expect(plan.status == 75)
      let words = plan.out.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(words.contains("limited by ulimit -v") && words.contains("the device has 3.072 GB"))
    }

    @Test(.needs(program: "taskset")) func affinityOfTheProcess() throws {
      let lab = try LabProcess()
      // The first processor that this test may run on.
      let first = "taskset -c $(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')"
      let answer = try run(after: first, "run 9 --scale smoke --json", in: lab)
      #expect(answer.out.contains("\"threads\" : 1\n"), "\(answer.out.prefix(2000))\(answer.err)")
      let more = try run(after: first, "run 9 --scale smoke --threads 2", in: lab)
      #expect(more.status == 64)
      #expect(more.err.contains("from 1 to 1"))
      // On a machine with one processor nothing is limited.
      let isLimited = ProcessInfo.processInfo.activeProcessorCount > 1
      #expect(more.err.contains("its processor affinity") == isLimited)
    }

    /// A sparse file of 2 GB, refused before it is read.
    @Test func textThatDoesNotFitIntoTheMemory() throws {
      let lab = try LabProcess()
      try Data([1]).write(to: URL(fileURLWithPath: lab.path("large")))
      try #require(truncate(lab.path("large"), 2 << 30) == 0)
      let answer = try run(
        after: "ulimit -v 3000000;", "run 3 --scale smoke --corpus large", in: lab)
      #expect(answer.status == 75, "\(answer.err)")
      #expect(answer.err.contains("2,147,483,648") && answer.err.contains("1,536,000,000"))
      #expect(answer.out.isEmpty && !FileManager.default.fileExists(atPath: lab.path(".lab")))
    }
  #endif

  /// Lessons 1 and 9 read no text; lesson 5 does.
  @Test func textThatALessonDoesNotRead() throws {
    let lab = try LabProcess()
    let text = Data((0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 5) })
    try text.write(to: URL(fileURLWithPath: lab.path("mine.txt")))
    let answer = try lab.run(
      "run", "1", "5", "9", "--scale", "smoke", "--quiet", "--corpus", "mine.txt")
    #expect(answer.status == 0, "\(answer.err)")
    #expect(answer.err.contains("why-context and memory-at-100k read no text, so --corpus is not"))
    for (slug, isRead) in [
      ("why-context", false), ("flash-tiling", true), ("memory-at-100k", false),
    ] {
      let folder = ".lab/runs/\(slug)/"
      let object = try JSONSerialization.jsonObject(with: Data(lab.text(folder + "run.json").utf8))
      let facts = try #require((object as? [String: Any])?["facts"] as? [String: Any])
      #expect(facts["corpus"] as? String == (isRead ? "mine.txt" : nil), "\(slug)")
      let page = lab.text(folder + "index.html")
      #expect(page.contains("The text of --corpus was not used") == !isRead, "\(slug)")
      #expect(page.contains("<dd>mine.txt</dd>") == isRead, "\(slug)")
    }
    let without = try lab.run("run", "9", "--scale", "smoke", "--quiet")
    #expect(!without.err.contains("--corpus"))
    #expect(!lab.text(".lab/runs/memory-at-100k/index.html").contains("--corpus"))
  }

  /// A text that is shorter than a lesson's evaluation is used, and the page says so.
  @Test func textWithFewerWindowsThanWanted() throws {
    let lab = try LabProcess()
    let text = Data((0..<2700).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 5) })
    try text.write(to: URL(fileURLWithPath: lab.path("short")))
    let answer = try lab.run("run", "3", "--scale", "smoke", "--corpus", "short")
    #expect(answer.out.contains("the held-out text has room for 1 of "), "\(answer.err)")
  }

  /// An option without an effect is an error; it is not ignored.
  @Test(arguments: [
    (["run", "3", "--device", "gpu", "--threads", "1"], "--threads is for the processor"),
    (["run", "3", "--quiet", "--from", "1"], "leave out --json and --quiet"),
    (["run", "3", "--json", "--from", "1"], "leave out --json and --quiet"),
    (["run", "3", "--json", "--images", "kitty"], "leave out --json and --quiet"),
    (["run", "3", "--json", "--large"], "leave out --json"),
    (["run", "3", "--corpus", ""], "A path cannot be empty"),
    (["bench", "--small"], "--only large"), (["bench", "--long", "--only", "product"], "--long"),
    (["bench", "--python", "python3"], "--against pytorch"),
    (["bench", "--device", "gpu", "--threads", "1"], "--threads is for the processor"),
    (["memory", "--list", "LLaMA 7B"], "--list"),
    (["memory", "--list", "--device", "H200"], "--list"),
    (["memory", "--list", "--zero", "3"], "--list"),
    (["memory", "LLaMA 7B", "--training", "--price", "3"], "--tokens"),
    (["memory", "LLaMA 7B", "--training", "--zero", "3"], "add --devices"),
    (["doctor", "--device", "cpu"], "Name another device"),
    (["check", "--list", "window-mask"], "leave the names out"),
  ])
  func optionWithoutAnEffect(arguments: [String], sentence: String) throws {
    let lab = try LabProcess()
    let process = try lab.start(LabProcess.binary(), arguments)
    process.waitUntilExit()
    #expect(process.terminationStatus == 64)
    #expect(lab.text("err").contains(sentence), "\(lab.text("err"))")
    #expect(lab.text("out").isEmpty && !FileManager.default.fileExists(atPath: lab.path(".lab")))
  }

  /// An opener that ends only when the browser is closed is left running; one that fails is noticed.
  @Test(
    .needs(program: "script"), .timeLimit(.minutes(30)),
    arguments: [
      ("echo \"$1\" > seen; exec sleep 45", true), ("exit 4", false), ("kill -9 $$", false),
    ])
  func opener(script: String, isShown: Bool) throws {
    let lab = try LabProcess()
    try writeProgram(script, to: URL(fileURLWithPath: lab.path("xdg-open")))
    let began = ContinuousClock.now
    let process = try lab.start(
      URL(fileURLWithPath: "/usr/bin/script"),
      ["-qec", "'\(try LabProcess.binary().path)' open", "/dev/null"],
      environment: ["PATH": lab.folder.path + ":/usr/bin:/bin", "DISPLAY": ":0", "TERM": "dumb"])
    process.waitUntilExit()
    #expect(ContinuousClock.now - began < .seconds(30))
    #expect(process.terminationStatus == 0)
    // The path of the page is printed only if nothing shows the page.
    #expect(lab.text("out").contains(".lab/runs/index.html") == !isShown, "\(lab.text("out"))")
    if isShown { #expect(lab.text("seen").contains(".lab/runs/index.html")) }
  }

  /// What a run does without the book, without gnuplot and without an OpenCL device.
  @Test func whatIsMissing() throws {
    let lab = try LabProcess()
    let book = try lab.run("run", "8", "--scale", "smoke", environment: ["PATH": "/nowhere"])
    #expect(book.status == 74 && book.err.contains("sudo apt-get install bible-kjv"), "\(book.err)")
    let figures = try lab.run("run", "1", "--scale", "smoke", environment: ["PATH": "/nowhere"])
    #expect(figures.status == 74, "\(figures.err)")
    #expect(figures.err.contains("sudo apt-get install gnuplot-nox"), "\(figures.err)")
    // The loader that finds OpenCL drivers reads this variable.
    let noDriver = ["OCL_ICD_VENDORS": "/nowhere", "PATH": "/nowhere"]
    let device = try lab.run(
      "run", "8", "--scale", "smoke", "--device", "gpu", environment: noDriver)
    #expect(device.err.contains("OpenCL finds no device"), "\(device.err)")
    #expect(device.status == 69 && device.err.contains("pocl-opencl-icd"), "\(device.err)")
    let doctor = try lab.run("doctor", environment: noDriver)
    #expect(
      doctor.out.contains("[OK]   OpenCL (for --device gpu): no OpenCL device"), "\(doctor.out)")
  }
}
