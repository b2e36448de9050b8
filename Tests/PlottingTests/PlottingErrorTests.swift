import Foundation
import Plotting
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Failures outside of this program: no gnuplot, a broken one, no folder, a full disk. Each has a
/// clear description, and no partial file remains.
@Suite struct PlottingErrorTests {
  private let plot = LinePlot(
    title: "t", x: .linear("x"), y: .linear("y"), series: [Series("s", x: [1, 2], y: [3, 4])])

  private func files(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  /// A shell script in place of gnuplot.
  private func fake(_ script: String, in folder: URL) throws -> Gnuplot {
    let url = folder.appendingPathComponent("fake")
    try Data("#!/bin/sh\n\(script)\n".utf8).write(to: url)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path)
    return Gnuplot(command: url.path)
  }

  /// Draws with a fake gnuplot. A process that another test starts at this moment may still have the
  /// new script open; the system then calls it busy for some milliseconds.
  private func draw(_ plot: LinePlot, to url: URL, with gnuplot: Gnuplot) throws {
    for _ in 0..<200 {
      do {
        return try plot.write(to: url, with: gnuplot)
      } catch PlottingError.gnuplotNotStarted(_, let reason) where reason.contains("busy") {
        usleep(10_000)
      }
    }
    Issue.record("the fake gnuplot stayed busy")
  }

  private func failure(of script: String) throws -> PlottingError? {
    var result: PlottingError?
    try withFolder { folder in
      let gnuplot = try fake(script, in: folder)
      let url = folder.appendingPathComponent("plot.png")
      result = #expect(throws: PlottingError.self) { try draw(plot, to: url, with: gnuplot) }
      #expect(try files(in: folder) == ["fake"])
    }
    return result
  }

  @Test func missingGnuplotSaysHowToInstallIt() throws {
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

  @Test func gnuplotThatIsNotExecutableIsAnError() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("plain-text")
      try Data("not a program".utf8).write(to: url)
      let problem = #expect(throws: PlottingError.self) {
        try plot.write(to: folder.appendingPathComponent("p.png"), with: Gnuplot(command: url.path))
      }
      #expect(problem?.description.contains("could not be started") == true)
    }
  }

  @Test func outputOfAFailedGnuplotIsInTheError() throws {
    let problem = try failure(of: "cat > /dev/null; echo 'invalid command' >&2; exit 3")
    #expect(problem?.description.contains("invalid command") == true)
    #expect(problem?.description.contains("status 3") == true)
  }

  /// A broken pipe must not send a signal to this process, which would end the test run.
  @Test func gnuplotThatEndsAtOnceDoesNotEndThisProcess() throws {
    let points = (0..<100_000).map(Double.init)
    let long = LinePlot(
      title: "t", x: .linear("x"), y: .linear("y"), series: [Series("s", x: points, y: points)])
    try withFolder { folder in
      let gnuplot = try fake("exit 0", in: folder)
      #expect(throws: PlottingError.self) {
        try draw(long, to: folder.appendingPathComponent("plot.png"), with: gnuplot)
      }
    }
    let killed = try failure(of: "kill -9 $$")
    #expect(killed?.description.contains("ended by") == true)
  }

  @Test(.timeLimit(.minutes(30))) func gnuplotThatHangsIsEnded() throws {
    try withFolder { folder in
      var gnuplot = try fake("sleep 100", in: folder)
      gnuplot.timeLimit = 0.2
      let url = folder.appendingPathComponent("plot.png")
      let problem = #expect(throws: PlottingError.gnuplotTooSlow(title: "t", seconds: 0.2)) {
        try draw(plot, to: url, with: gnuplot)
      }
      #expect(problem?.description.contains("did not finish") == true)
      #expect(try files(in: folder) == ["fake"])
    }
  }

  @Test func gnuplotWithoutPNGSaysWhatToInstall() throws {
    let problem = try failure(
      of: "cat > /dev/null; echo 'unknown or ambiguous terminal name' >&2; exit 1")
    #expect(problem?.description.contains("pngcairo") == true)
    #expect(problem?.description.contains("apt-get install gnuplot-nox") == true)
  }

  @Test func failedMapLeavesNoTemporaryFile() throws {
    try withFolder { folder in
      let gnuplot = try fake("sed -n 's/^plot .*figure-/figure-/p' >&2; exit 1", in: folder)
      let map = HeatMap(
        title: "t", values: [1, 2], rows: 1, columns: 2, xLabel: "x", yLabel: "y", barLabel: "b")
      var problem: PlottingError?
      for _ in 0..<200 where problem == nil {
        do {
          try map.write(to: folder.appendingPathComponent("map.png"), with: gnuplot)
        } catch PlottingError.gnuplotNotStarted(_, let reason) where reason.contains("busy") {
          usleep(10_000)
        } catch let error as PlottingError {
          problem = error
        }
      }
      let text = try #require(problem?.description)
      let start = try #require(text.range(of: "figure-", options: .backwards)?.lowerBound)
      let name = String(text[start...].prefix { $0 != "\"" })
      #expect(name.hasSuffix(".png"))
      let path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }

  /// Both of its output pipes are full before it reads anything.
  @Test(.timeLimit(.minutes(30))) func gnuplotWithMuchOutputDoesNotBlock() throws {
    let flood = "head -c 3000000 /dev/zero | tr '\\0' x"
    let problem = try failure(of: "\(flood); \(flood) >&2; cat > /dev/null; exit 1")
    #expect(problem?.description.contains("xxxx") == true)
  }

  @Test func incompletePNGIsAnError() throws {
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
      #expect(blocked?.description.contains("there is a folder with this name") == true)
      #expect(try files(in: folder) == ["file", "plot.png"])
    }
  }

  @Test func readOnlyFolderIsExplained() throws {
    try withFolder { folder in
      try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder.path)
      let problem = #expect(throws: PlottingError.self) {
        try asOrdinaryUser { try plot.write(to: folder.appendingPathComponent("plot.png")) }
      }
      #expect(problem?.description.contains("is not writable") == true)
    }
  }

  /// The bytes go to `/dev/full`, so the error is the system's own. The old picture remains.
  @Test(.needs(file: "/dev/full"))
  func fullDiskLeavesTheOldPictureAndNothingElse() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("plot.png")
      try Data("old".utf8).write(to: url)
      let problem = #expect(throws: PlottingError.self) {
        try PictureFile.save(Data(repeating: 1, count: 10_000), to: url) { _, bytes, count in
          let full = open("/dev/full", O_WRONLY)
          let written = write(full, bytes, count)
          let reason = errno
          close(full)
          errno = reason
          return written
        }
      }
      #expect(problem?.description.contains("the disk is full") == true)
      #expect(try files(in: folder) == ["plot.png"])
      #expect(try Data(contentsOf: url) == Data("old".utf8))
    }
  }

  @Test func partialWritesAreContinued() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("data")
      let bytes = Data((0..<10_000).map { UInt8($0 % 251) })
      try PictureFile.save(bytes, to: url) { handle, start, count in
        write(handle, start, min(count, 999))
      }
      #expect(try Data(contentsOf: url) == bytes)
      #expect(try files(in: folder) == ["data"])
    }
  }

  @Test func figuresCanBeDrawnAtTheSameTime() async throws {
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
