import ArgumentParser
import Bench
import CPUBackend
import Foundation
import OpenCLBackend
import SystemSupport
import TensorCore

extension BenchGroup: ExpressibleByArgument {}

/// A library to compare with: `--against`.
enum PeerChoice: String, CaseIterable, ExpressibleByArgument {
  case pytorch
}

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure this machine's peak and the speed of each kernel.",
    discussion: """
      Close other programs before you measure.

      Examples:
        lab bench
        lab bench --only attention --only decode
        lab bench --against pytorch --python .build-torch/bin/python
        lab bench --json > bench.json
        lab bench --device gpu --only large
      """)

  @Option(help: "Measure only this group of rows; can be repeated.")
  var only: [BenchGroup] = []

  @Flag(help: "Take few samples: a quick test, not numbers to quote.")
  var quick = false

  @Flag(help: "Run the rows of '--only large' at small sizes, as a test.")
  var small = false

  @Flag(name: .customLong("long"), help: "Always measure 100,000 tokens, even if it takes long.")
  var includesLong = false

  @Option(help: "Also measure another library on the same work, interleaved.")
  var against: PeerChoice?

  @Option(
    help: "The Python interpreter that has PyTorch.", completion: .file(), transform: parsedPath)
  var python = "python3"

  @Option(
    parsing: .unconditional, help: "Number of threads (default: one per processor).",
    transform: parsedThreads)
  var threads: Int = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: "Device to measure: cpu, gpu, gpu:N or a part of a device's name.")
  var device: DeviceChoice = .cpu

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if device == .both { throw ValidationError("Measure one device at a time.") }
  }

  func run() throws {
    if !Terminal.standardError.canAnimate { Terminal.standardError.write("Measuring …\n") }
    let peer = try startedPeer()
    let backend = try openedDevice()
    let machine = BenchMachine.current(
      device: backend.deviceName, threads: backend.threadCount)
    let table = BenchTable(style: output.style)
    let limits = measuredLimits(backend)
    var record = BenchRecord(
      machine: machine, limits: limits, settings: settings, peer: peer?.greeting)
    show(table.header(record))
    let runner = BenchRunner(on: backend, limits: limits, settings: settings, peer: peer)
    for benchCase in chosenCases { try measure(benchCase, runner, table, &record) }
    show(table.footer(record))
    if output.json { Terminal.standardOutput.write(try record.printedJSON() + "\n") }
  }

  private func measure(
    _ benchCase: BenchCase, _ runner: BenchRunner, _ table: BenchTable,
    _ record: inout BenchRecord
  ) throws {
    let seconds = runner.predictedSeconds(benchCase)
    let isRequested = includesLong || only.contains(.long)
    if benchCase.group == .long, !isRequested, quick || seconds > Self.longLimitSeconds {
      record.skipped.append(
        BenchRecord.Skipped(section: benchCase.section, predictedSeconds: seconds))
      return
    }
    if !output.json, record.rows.last?.section != benchCase.section {
      show(table.heading(benchCase))
    }
    progress("\(benchCase.section): \(benchCase.name)")
    let row = try runner.measure(benchCase)
    progress("")
    record.rows.append(row)
    show(table.lines(row, among: record.rows))
  }

  /// By default, rows of 100,000 tokens are measured only if they should take less than this.
  private static let longLimitSeconds = 90.0

  private var settings: BenchmarkSettings { quick ? .quick : .standard }

  private var chosenCases: [BenchCase] {
    let chosen = BenchSuite.all.filter { only.isEmpty || only.contains($0.group) }
    return chosen + (only.contains(.large) ? BenchSuite.large(small: small) : [])
  }

  private func openedDevice() throws(DeviceError) -> any PeakMeasuring {
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
    guard let program = Program.find(python) else { throw PeerError.noPython(path: python) }
    progress("PyTorch")
    defer { progress("") }
    return try PyTorchPeer(python: program, script: Self.pytorchScript, threadCount: threads)
  }

  private func show(_ text: String) {
    if !output.json { Terminal.standardOutput.write(text) }
  }

  /// One line on standard error, redrawn in place. Prints nothing if standard error is not a
  /// terminal.
  private func progress(_ text: String) {
    guard Terminal.standardError.canAnimate else { return }
    Terminal.standardError.write("\r\u{1B}[K" + (text.isEmpty ? "" : "measuring \(text)"))
  }
}

/// A device that can measure its own peak.
protocol PeakMeasuring: Backend {
  func measureMultiplyAddPeak(burstCount: Int) -> Double
  func measureCopyBandwidth(byteCount: Int, passCount: Int) -> Double
}

extension CPUBackend: PeakMeasuring {}
extension OpenCLBackend: PeakMeasuring {}

extension BenchCommand {
  /// The script that runs PyTorch. It is in the source folder that this program was built from, or
  /// else in the current folder.
  private static var pytorchScript: URL {
    let name = "Tests/Peers/pytorch_bench.py"
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    let places = [source, here].map { $0.appendingPathComponent(name) }
    return places.first { FileManager.default.fileExists(atPath: $0.path) } ?? places[1]
  }
}
