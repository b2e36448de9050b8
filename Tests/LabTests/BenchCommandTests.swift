import CPUBackend
import Foundation
import SystemSupport
import TestSupport
import Testing

/// `lab bench`. No test here checks a speed.
@Suite(.serialized) struct BenchCommandTests {
  @Test func jsonOfProducts() throws {
    let answer = try LabProcess().run("bench", "--quick", "--json", "--only", "product")
    #expect(answer.status == 0)
    let record = try object(answer.out)
    let limits = try #require(record["limits"] as? [String: Double])
    #expect(
      Set(limits.keys) == ["multiplyAddFlops", "readBytesPerSecond", "copyBytesPerSecond"])
    // Of the same order as here. `MachinePeakTests` compares the measurements with a C program.
    let here = try CPUBackend(threadCount: HostLimits.current.threadCount)
    for (name, wanted) in [
      ("multiplyAddFlops", here.measureMultiplyAddPeak(burstCount: 50)),
      ("readBytesPerSecond", here.measureReadBandwidth(byteCount: 128 << 20, passCount: 2)),
      ("copyBytesPerSecond", here.measureCopyBandwidth(byteCount: 128 << 20, passCount: 2)),
    ] {
      let ratio = try #require(limits[name]) / wanted
      #expect(ratio > 0.1 && ratio < 10, "\(name): \(ratio) of that in this process")
    }
    let machine = try #require(record["machine"] as? [String: Any])
    #expect(machine["threads"] as? Int == HostLimits.current.threadCount)
    #expect((machine["loadAverage"] as? [Double])?.count == 3)
    let rows = try #require(record["rows"] as? [[String: Any]])
    #expect(rows.count == 8)
    for row in rows { try check(row) }
  }

  private func check(_ row: [String: Any]) throws {
    #expect(row["group"] as? String == "product")
    #expect(row["peer"] == nil)
    let samples = try #require(row["samples"] as? [String: Double])
    let (least, most) = (samples["minimumSeconds"] ?? 0, samples["maximumSeconds"] ?? 0)
    let median = try #require(samples["medianSeconds"])
    #expect(samples["sampleCount"] == 3)
    #expect(least > 0 && least <= median && median <= most)
    let flops = try #require(row["flops"] as? Double)
    let gigaflops = try #require(row["gigaflops"] as? Double)
    #expect(abs(gigaflops - flops / median * 1e-9) < 1e-6 * gigaflops)
    // Three matrices with the shapes of the name, four bytes per element.
    let name = try #require(row["name"] as? String)
    let sizes = try #require(name.split(separator: " ").last).split(separator: "×").compactMap {
      Int($0)
    }
    try #require(sizes.count == 3)
    let (m, k, n) = (sizes[0], sizes[1], sizes[2])
    #expect(flops == Double(2 * m * k * n))
    #expect(row["peakBytes"] as? Int == 4 * (m * k + k * n + m * n))
  }

  @Test func missingPythonExplainsTheInstallation() throws {
    let lab = try LabProcess()
    let answer = try lab.run("bench", "--against", "pytorch", "--python", lab.path("python"))
    #expect(answer.status == 69)
    #expect(answer.out.isEmpty)
    #expect(answer.err.contains("There is no Python at \(lab.path("python"))"))
    #expect(answer.err.contains("pip install torch"))
  }

  @Test func missingPyTorchExplainsTheInstallation() throws {
    let lab = try LabProcess()
    let python = try lab.script(#"echo '{"missing": "No module named torch"}'"#)
    let answer = try lab.run("bench", "--against", "pytorch", "--python", python)
    #expect(answer.status == 69)
    #expect(answer.err.contains("has no PyTorch (No module named torch)"))
    #expect(answer.err.contains("pip install torch"))
  }

  @Test func ratioToAPeer() throws {
    let lab = try LabProcess()
    let python = try lab.script(greeting + answering("echo '{\"seconds\": 1, \"cpuSeconds\": 2}'"))
    let answer = try lab.run(
      "bench", "--quick", "--json", "--only", "product", "--against", "pytorch", "--python", python)
    #expect(answer.status == 0, "\(answer.err)")
    let record = try object(answer.out)
    #expect((record["peer"] as? [String: Any])?["version"] as? String == "0.0")
    for row in try #require(record["rows"] as? [[String: Any]]) {
      let peer = try #require(row["peer"] as? [String: Any])
      let theirs = try #require(peer["samples"] as? [String: Double])
      #expect(theirs["medianSeconds"] == 1 && theirs["cpuPerWall"] == 2)
      let ours = try #require(row["samples"] as? [String: Double])
      let median = try #require(ours["medianSeconds"])
      let ratio = try #require(peer["ratioMedian"] as? Double)
      #expect(abs(ratio * median - 1) < 1e-6)
    }
  }

  @Test func theLastLineOfAPeerThatFailsIsPrinted() throws {
    let lab = try LabProcess()
    let python = try lab.script(greeting + answering("echo 'out of luck' >&2; exit 3"))
    let answer = try lab.run(
      "bench", "--quick", "--json", "--only", "product", "--against", "pytorch", "--python", python)
    #expect(answer.status == 74)
    #expect(answer.out.isEmpty)
    #expect(answer.err.contains("failed: out of luck"))
  }

  /// There is no ratio if the peer trains another model.
  @Test func peerWithAnotherModelIsAnError() throws {
    let lab = try LabProcess()
    let other = "echo '{\"seconds\": 1, \"cpuSeconds\": 2, \"parameters\": 7, \"loss\": 5.5}'"
    let python = try lab.script(greeting + answering(other))
    let answer = try lab.run(
      "bench", "--quick", "--json", "--only", "training", "--against", "pytorch", "--python",
      python)
    #expect(answer.status == 74)
    #expect(answer.err.contains("different work: its number of weights is 7"))
  }

  @Test func unknownGroupIsWrongUsage() throws {
    let answer = try LabProcess().run("bench", "--only", "luck")
    #expect(answer.status == 64)
    #expect(answer.err.contains("luck") && answer.err.contains("attention"))
  }

  private let greeting = #"echo '{"version": "0.0", "threads": 1, "notes": []}'; "#

  private func answering(_ command: String) -> String {
    "while read -r line; do \(command); done"
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }
}

extension LabProcess {
  /// Writes a program that replaces Python, and returns its path.
  fileprivate func script(_ body: String) throws -> String {
    let file = folder.appendingPathComponent("python")
    try writeProgram(body, to: file)
    return file.path
  }
}
