import Foundation
import Plotting
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the world can do wrong: no gnuplot, a broken one, no folder, no room. Each is one clear
/// sentence, and nothing half-written stays.
@Suite struct WorldTests {
  private let plot = LinePlot(
    title: "t", x: .linear("x"), y: .linear("y"), series: [Series("s", x: [1, 2], y: [3, 4])])

  private func files(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  /// A program in gnuplot's place that does what the test wants.
  private func impostor(_ script: String, in folder: URL) throws -> Gnuplot {
    let url = folder.appendingPathComponent("impostor")
    try Data("#!/bin/sh\n\(script)\n".utf8).write(to: url)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path)
    return Gnuplot(command: url.path)
  }

  /// Draws with an impostor. A process that another test starts at this moment may still hold the
  /// fresh script open, and the system then calls it busy: a matter of milliseconds.
  private func draw(_ plot: LinePlot, to url: URL, with gnuplot: Gnuplot) throws {
    for _ in 0..<200 {
      do {
        return try plot.write(to: url, with: gnuplot)
      } catch PlottingError.gnuplotNotStarted(_, let reason) where reason.contains("busy") {
        usleep(10_000)
      }
    }
    Issue.record("the impostor stayed busy")
  }

  private func failure(of script: String) throws -> PlottingError? {
    var result: PlottingError?
    try withFolder { folder in
      let gnuplot = try impostor(script, in: folder)
      let url = folder.appendingPathComponent("plot.png")
      result = #expect(throws: PlottingError.self) { try draw(plot, to: url, with: gnuplot) }
      #expect(try files(in: folder) == ["impostor"])
    }
    return result
  }

  @Test func aMissingGnuplotIsNamedWithTheCommandThatInstallsIt() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("plot.png")
      let problem = #expect(throws: PlottingError.gnuplotMissing(command: "no-such-gnuplot")) {
        try plot.write(to: url, with: Gnuplot(command: "no-such-gnuplot"))
      }
      #expect(problem?.description.contains("apt-get install gnuplot-nox") == true)
      let left = try files(in: folder)
      #expect(left.isEmpty)
    }
  }

  @Test func aGnuplotThatMayNotRunIsAnErrorToo() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("plain-text")
      try Data("no program".utf8).write(to: url)
      let problem = #expect(throws: PlottingError.self) {
        try plot.write(to: folder.appendingPathComponent("p.png"), with: Gnuplot(command: url.path))
      }
      #expect(problem?.description.contains("could not be started") == true)
    }
  }

  @Test func whatGnuplotSaysOnFailingIsKept() throws {
    let problem = try failure(of: "cat > /dev/null; echo 'unknown terminal' >&2; exit 3")
    #expect(problem?.description.contains("unknown terminal") == true)
    #expect(problem?.description.contains("status 3") == true)
  }

  /// Without the guard against broken pipes this ends the whole test run.
  @Test func aGnuplotThatGoesAtOnceDoesNotTakeUsWithIt() throws {
    let points = (0..<100_000).map(Double.init)
    let long = LinePlot(
      title: "t", x: .linear("x"), y: .linear("y"), series: [Series("s", x: points, y: points)])
    try withFolder { folder in
      let gnuplot = try impostor("exit 0", in: folder)
      #expect(throws: PlottingError.self) {
        try draw(long, to: folder.appendingPathComponent("plot.png"), with: gnuplot)
      }
    }
    let killed = try failure(of: "kill -9 $$")
    #expect(killed?.description.contains("ended by") == true)
  }

  /// Both of its pipes are full before it reads a word.
  @Test(.timeLimit(.minutes(1))) func aTalkativeGnuplotIsDrained() throws {
    let flood = "head -c 3000000 /dev/zero | tr '\\0' x"
    let problem = try failure(of: "\(flood); \(flood) >&2; cat > /dev/null; exit 1")
    #expect(problem?.description.contains("xxxx") == true)
  }

  @Test func aPNGThatWasCutShortIsNotTaken() throws {
    let half = "printf '\\211PNG\\r\\n\\032\\nhalf a picture, no end'"
    let problem = try failure(of: "cat > /dev/null; \(half)")
    #expect(problem?.description.contains("without a whole PNG") == true)
  }

  @Test func foldersThatCannotBeWrittenAreExplained() throws {
    try withFolder { folder in
      let missing = folder.appendingPathComponent("none/plot.png")
      let problem = #expect(throws: PlottingError.self) { try plot.write(to: missing) }
      #expect(problem?.description.contains("does not exist") == true)
      let file = folder.appendingPathComponent("file")
      try Data().write(to: file)
      let below = #expect(throws: PlottingError.self) {
        try plot.write(to: file.appendingPathComponent("plot.png"))
      }
      #expect(below?.description.contains("is not a folder") == true)
      let inTheWay = folder.appendingPathComponent("plot.png")
      try FileManager.default.createDirectory(at: inTheWay, withIntermediateDirectories: true)
      let blocked = #expect(throws: PlottingError.self) { try plot.write(to: inTheWay) }
      #expect(blocked?.description.contains("in the way") == true)
      #expect(try files(in: folder) == ["file", "plot.png"])
    }
  }

  @Test(.disabled(if: getuid() == 0, "root may write everywhere"))
  func aLockedFolderIsExplained() throws {
    try withFolder { folder in
      try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder.path)
      let problem = #expect(throws: PlottingError.self) {
        try plot.write(to: folder.appendingPathComponent("plot.png"))
      }
      #expect(problem?.description.contains("does not let you write") == true)
    }
  }

  /// The bytes go to `/dev/full`, so that the refusal is the system's own; the old picture stays.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "no /dev/full here"))
  func aFullDiskLeavesTheOldPictureAndNothingElse() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("plot.png")
      try Data("old".utf8).write(to: url)
      let file = PNGFile { _, bytes, count in
        let full = open("/dev/full", O_WRONLY)
        let written = write(full, bytes, count)
        let reason = errno
        close(full)
        errno = reason
        return written
      }
      let problem = #expect(throws: PlottingError.self) {
        try file.save(Data(repeating: 1, count: 10_000), to: url)
      }
      #expect(problem?.description.contains("the disk is full") == true)
      #expect(try files(in: folder) == ["plot.png"])
      #expect(try Data(contentsOf: url) == Data("old".utf8))
    }
  }

  @Test func aWriteInPiecesIsPutTogether() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("data")
      let bytes = Data((0..<10_000).map { UInt8($0 % 251) })
      try PNGFile { handle, start, count in write(handle, start, min(count, 999)) }
        .save(bytes, to: url)
      #expect(try Data(contentsOf: url) == bytes)
      #expect(try files(in: folder) == ["data"])
    }
  }

  @Test func manyFiguresAtOnceDoNotHoldEachOtherUp() async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("plotting-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<6 {
        group.addTask { try plot.write(to: folder.appendingPathComponent("\(index).png")) }
      }
      try await group.waitForAll()
    }
    #expect(try files(in: folder).count == 6)
  }
}
