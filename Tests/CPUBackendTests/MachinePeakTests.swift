import CPUBackend
import Foundation
import TestSupport
import Testing

/// The machine's limits, which speeds are divided by, compared with those that a small C program
/// measures (`Tests/Peers/machine_peak.c`). Other programs make both slower, so the best of several
/// attempts counts.
@Suite(.serialized, .needs("C compiler") { CCompiler.url != nil })
struct MachinePeakTests {
  /// Twice the work or half of it in the count would be outside. On a busy machine a second thread may
  /// start too late to share a burst of reads, which takes half a millisecond.
  private static func bounds(threadCount: Int) -> [ClosedRange<Double>] {
    let bandwidth = threadCount == 1 ? 0.6...1.65 : 0.35...1.65
    return [0.6...1.65, bandwidth, bandwidth]
  }

  @Test(arguments: [1, 2])
  func limitsAreThoseOfAnotherProgram(threadCount: Int) throws {
    try withTemporaryFolder { folder in
      let program = try build(in: folder)
      let backend = try CPUBackend(threadCount: threadCount)
      var (ours, theirs) = ([0.0, 0, 0], [0.0, 0, 0])
      let isEqual = try holdsOnce(attempts: 10) {
        let measured = [
          backend.measureMultiplyAddPeak(burstCount: 300),
          backend.measureReadBandwidth(byteCount: 128 << 20, passCount: 16),
          backend.measureCopyBandwidth(byteCount: 256 << 20, passCount: 16),
        ]
        ours = zip(ours, measured).map(max)
        theirs = zip(theirs, try limits(program, threadCount)).map(max)
        let ratios = zip(ours, theirs).map { $0 / $1 }
        return zip(Self.bounds(threadCount: threadCount), ratios).allSatisfy { $0.contains($1) }
      }
      #expect(isEqual, "multiply-adds, read, copy: \(ours), the C program: \(theirs)")
    }
  }

  private func build(in folder: URL) throws -> URL {
    let program = folder.appendingPathComponent("machine_peak")
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Peers/machine_peak.c")
    try CCompiler.compile(
      source, to: program, ["-O3", "-march=native", "-ffp-contract=fast", "-lpthread"])
    return program
  }

  private func limits(_ program: URL, _ threadCount: Int) throws -> [Double] {
    let numbers = try run(program, ["\(threadCount)"]).split(separator: " ")
      .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.compactMap(Double.init)
    try #require(numbers.count == 3)
    return numbers
  }

  private func run(_ program: URL, _ arguments: [String]) throws -> String {
    let (process, pipe) = (Process(), Pipe())
    process.executableURL = program
    process.arguments = arguments
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(program.path) failed")
    return String(decoding: output, as: UTF8.self)
  }
}
