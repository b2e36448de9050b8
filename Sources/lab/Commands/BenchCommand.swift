import ArgumentParser
import Bench
import CPUBackend
import Foundation
import OpenCLBackend
import TensorCore

extension BenchGroup: ExpressibleByArgument {}

/// Who is measured in turn with us.
enum PeerChoice: String, CaseIterable, ExpressibleByArgument {
  case pytorch
}

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "The speed table: this machine's peak, and what the kernels reach of it.",
    discussion: """
      Close what else runs before you measure.

      Examples:
        lab bench
        lab bench --only attention --only decode
        lab bench --against pytorch --python .build-torch/bin/python
        lab bench --json > bench.json
        lab bench --device gpu --only large
      """)

  @Option(help: "Measure one group of rows only; may be given again.")
  var only: [BenchGroup] = []

  @Flag(help: "Few repeats: to see that it works, not to quote.")
  var quick = false

  @Flag(help: "The rows of '--only large' at small sizes: to see that they run.")
  var small = false

  @Flag(name: .customLong("long"), help: "The 100,000 tokens too, however long they take here.")
  var includesLong = false

  @Option(help: "Measure in turn with another library on the same work.")
  var against: PeerChoice?

  @Option(help: "The Python that has PyTorch.", completion: .file())
  var python = "python3"

  @Option(
    parsing: .unconditional, help: "Threads that share the work; all processors by default.",
    transform: parsedThreads)
  var threads: Int = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: "What to measure: cpu, gpu, gpu:N or a part of its name.")
  var device: DeviceChoice = .cpu

  @Flag(help: "Print the table as JSON, and nothing else, on standard output.")
  var json = false

  @Flag(help: "No color.")
  var noColor = false

  func validate() throws {
    if device == .both { throw ValidationError("Measure one device, and then the other.") }
  }

  func run() throws {
    if !Terminal.standardError.canAnimate { Terminal.standardError.write("Measuring …\n") }
    do {
      let peer = try startedPeer()
      let backend = try measured()
      let machine = BenchMachine.current(
        device: backend.deviceName, threads: backend.threadCount)
      let table = BenchTable(style: Terminal.standardOutput.style(noColor: noColor))
      let limits = measuredLimits(backend)
      var record = BenchRecord(
        machine: machine, limits: limits, settings: settings, peer: peer?.greeting)
      show(table.head(record))
      let runner = BenchRunner(on: backend, limits: limits, settings: settings, peer: peer)
      for benchCase in chosenCases { try measure(benchCase, runner, table, &record) }
      show(table.foot(record))
      if json { Terminal.standardOutput.write(try record.printedJSON() + "\n") }
    } catch {
      throw ExitStatus.leave(with: error)
    }
  }

  private func measure(
    _ benchCase: BenchCase, _ runner: BenchRunner, _ table: BenchTable,
    _ record: inout BenchRecord
  ) throws {
    let seconds = runner.predictedSeconds(benchCase)
    let isAskedFor = includesLong || only.contains(.long)
    if benchCase.group == .long, !isAskedFor, quick || seconds > Self.longBoundSeconds {
      record.leftOut.append(
        BenchRecord.LeftOut(section: benchCase.section, predictedSeconds: seconds))
      return
    }
    if !json, record.rows.last?.section != benchCase.section {
      show(table.heading(benchCase))
    }
    progress("\(benchCase.section): \(benchCase.name)")
    let row = try runner.measure(benchCase)
    progress("")
    record.rows.append(row)
    show(table.lines(row, among: record.rows))
  }

  /// The 100,000 tokens are measured unasked where they are expected to take no longer.
  private static let longBoundSeconds = 90.0

  private var settings: BenchmarkSettings { quick ? .quick : .standard }

  private var chosenCases: [BenchCase] {
    let asked = BenchSuite.all.filter { only.isEmpty || only.contains($0.group) }
    return asked + (only.contains(.large) ? BenchSuite.large(small: small) : [])
  }

  private func measured() throws(DeviceError) -> any PeakMeasuring {
    guard let chosen = try ChosenDevice.devices(device, threads: threads).first?.openCL else {
      return try CPUBackend(threadCount: threads)
    }
    return chosen
  }

  private func measuredLimits(_ backend: any PeakMeasuring) -> MachineLimits {
    progress("the machine's peak")
    defer { progress("") }
    let passes = quick ? 1 : 8
    return MachineLimits(
      multiplyAddFlops: backend.measureMultiplyAddPeak(burstCount: 50 * passes),
      readBytesPerSecond: backend.measureReadBandwidth(byteCount: 512 << 20, passCount: passes),
      copyBytesPerSecond: backend.measureCopyBandwidth(byteCount: 512 << 20, passCount: passes))
  }

  private func startedPeer() throws -> PyTorchPeer? {
    guard against != nil else { return nil }
    let program =
      python.contains("/") ? URL(fileURLWithPath: python) : Programs.find(python)
    guard let program else { throw PeerError.noPython(path: python) }
    progress("PyTorch")
    defer { progress("") }
    return try PyTorchPeer(python: program, script: PeerScript.pytorch, threadCount: threads)
  }

  private func show(_ text: String) {
    if !json { Terminal.standardOutput.write(text) }
  }

  /// One line on standard error, drawn again in place; nothing off a terminal.
  private func progress(_ text: String) {
    guard Terminal.standardError.canAnimate else { return }
    Terminal.standardError.write("\r\u{1B}[K" + (text.isEmpty ? "" : "measuring \(text)"))
  }
}

/// A device that can tell what it does at most.
protocol PeakMeasuring: Backend {
  func measureMultiplyAddPeak(burstCount: Int) -> Double
  func measureCopyBandwidth(byteCount: Int, passCount: Int) -> Double
}

extension CPUBackend: PeakMeasuring {}
extension OpenCLBackend: PeakMeasuring {}

/// Where the scripts of peers lie: in the source that this program was built from, or in the folder
/// that it is called from.
private enum PeerScript {
  static var pytorch: URL {
    let name = "Tests/Peers/pytorch_bench.py"
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    let places = [source, here].map { $0.appendingPathComponent(name) }
    return places.first { FileManager.default.fileExists(atPath: $0.path) } ?? places[1]
  }
}
