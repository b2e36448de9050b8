import ArgumentParser
import Bench
import CPUBackend
import Foundation
import LessonKit
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
        lab bench --only training --breakdown
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

  @Flag(help: "Show where the time of each training step goes, by kind of kernel.")
  var breakdown = false

  @Option(help: "Also measure another library on the same work, interleaved.")
  var against: PeerChoice?

  @Option(
    help: "The Python interpreter that has PyTorch (default: python3).", completion: .file(),
    transform: parsedPath)
  var python: String?

  @Option(
    parsing: .unconditional,
    help: "Number of threads of the processor (default: one per processor that lab may use).",
    transform: parsedThreads)
  var threads: Int?

  @Option(help: "Device to measure: cpu, gpu, gpu:N or a part of a device's name.")
  var device: DeviceChoice = .cpu

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if device == .both { throw ValidationError("Measure one device at a time.") }
    if small, !only.contains(.large) {
      throw ValidationError(
        "--small is for the rows of '--only large'; add it, or leave --small out.")
    }
    if breakdown, !only.isEmpty, !only.contains(.training), !only.contains(.large) {
      throw ValidationError(
        "--breakdown is for training steps, which --only leaves out; add '--only training'.")
    }
    if includesLong, !only.isEmpty, !only.contains(.long) {
      throw ValidationError("--long adds a row that --only leaves out; leave one of them out.")
    }
    if python != nil, against == nil {
      throw ValidationError("--python is for '--against pytorch'; add it, or leave --python out.")
    }
    if threads != nil, against == nil, case .openCL(let name) = device {
      throw ValidationError(
        "--threads is for the processor; with --device \(name) it has no effect. Leave it out.")
    }
  }

  private var threadCount: Int { threads ?? HostLimits.current.threadCount }

  func run() throws {
    if !Terminal.standardError.canAnimate { Terminal.standardError.write("Measuring …\n") }
    let peer = try startedPeer()
    let backend = try openedDevice()
    let machine = BenchMachine.current(
      device: backend.deviceName, threads: backend.threadCount)
    let table = BenchTable(style: output.style)
    let runner = BenchRunner(on: backend, settings: settings, peer: peer) {
      measuredLimits(backend)
    }
    let firstLimits = runner.limits
    var record = BenchRecord(
      machine: machine, limits: firstLimits, settings: settings, peer: peer?.greeting)
    show(table.header(record))
    for benchCase in chosenCases { try measure(benchCase, runner, table, &record) }
    runner.remeasureLimits()
    record.limits = runner.limits
    record.rows = record.rows.map { $0.compared(with: runner.limits) }
    show(table.footer(record, limitsAtFirst: firstLimits))
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
    if record.rows.last?.section != benchCase.section {
      if !record.rows.isEmpty { runner.remeasureLimits() }
      show(table.heading(benchCase))
    }
    progress("\(benchCase.section): \(benchCase.name)")
    var row = try runner.measure(benchCase)
    if breakdown, benchCase.workload is TrainingWorkload {
      progress("\(benchCase.section): \(benchCase.name), by kind of kernel")
      row.breakdown = runner.breakdown(of: benchCase)
    }
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

  private func openedDevice() throws -> any PeakMeasuring {
    guard let chosen = try ChosenDevice.devices(device, threads: threadCount).first?.openCL else {
      return try CPUBackend(threadCount: threadCount)
    }
    return chosen
  }

  private func measuredLimits(_ backend: any PeakMeasuring) -> MachineLimits {
    progress("the machine's peak")
    defer { progress("") }
    let passes = quick ? 1 : 8
    let bytes = min(512 << 20, HostLimits.current.memory.amount / 4)
    return MachineLimits(
      multiplyAddFlops: backend.measureMultiplyAddPeak(burstCount: 50 * passes),
      readBytesPerSecond: backend.measureReadBandwidth(byteCount: bytes, passCount: passes),
      copyBytesPerSecond: backend.measureCopyBandwidth(byteCount: bytes, passCount: passes))
  }

  private func startedPeer() throws -> PyTorchPeer? {
    guard against != nil else { return nil }
    let python = python ?? "python3"
    guard let program = Program.find(python) else { throw PeerError.noPython(path: python) }
    progress("PyTorch")
    defer { progress("") }
    return try PyTorchPeer(python: program, script: Self.pytorchScript, threadCount: threadCount)
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

/// A device that can also measure how fast it copies.
protocol PeakMeasuring: Backend {
  func measureCopyBandwidth(byteCount: Int, passCount: Int) -> Double
}

extension CPUBackend: PeakMeasuring {}
extension OpenCLBackend: PeakMeasuring {}

extension BenchCommand {
  /// The script that runs PyTorch. It is in the source folder that this program was built from, or
  /// else in the current folder.
  private static var pytorchScript: URL {
    let name = "Tests/Peers/pytorch_bench.py"
    let source = URL(fileURLWithPath: currentPath(ofSource: #filePath)).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    let places = [source, here].map { $0.appendingPathComponent(name) }
    return places.first { FileManager.default.fileExists(atPath: $0.path) } ?? places[1]
  }
}
