import Foundation
import OpenCLBackend
import TensorCore
import TestSupport
import Testing

/// A device that fails in the middle of a lesson, or whose memory is full.
@Suite(
  "A device that fails in the middle of a run", .serialized,
  .needs("OpenCL device", "'make test' installs PoCL") { !OpenCLDevice.all().isEmpty },
  .needs("C compiler") { CCompiler.url != nil },
  .enabled(if: FaultyDevice.canBePreloaded, "LD_PRELOAD is Linux's"))
struct DeviceLossTests {
  /// A lesson that measures, trains and evaluates within a second.
  private static let slug = "cost"

  @Test("sentence, exit code, and what is kept", arguments: FaultyDevice.Fault.all.indices)
  func inTheMiddle(index: Int) throws {
    let (fault, lab) = (FaultyDevice.Fault.all[index], try LabProcess())
    let device = try FaultyDevice(in: lab.folder)
    // Two finished runs: the first one also chooses tiles, the second one counts the calls.
    let counts = lab.path("counts")
    for seed in [1, 3] {
      #expect([0, 1].contains(try run(lab, seed: seed, device.counting(into: counts)).status))
    }
    let count = try #require(FaultyDevice.counts(in: lab.text("counts"))[fault.call])

    // Another seed, so that no trained model can be loaded.
    let broken = try run(lab, seed: 2, device.failing(fault, after: count * 3 / 4))
    #expect(broken.status == fault.exitCode, "\(broken.err)")
    try checkSentence(broken.err, fault)
    try checkRecord(lab, broken.err)
    #expect(try state(lab, "\(Self.slug).earlier")["status"] as? String == "finished")
    #expect(broken.err.contains("The previous run is kept in"))
    try checkFiles(lab)

    // The device works again: all files can be used.
    let again = try run(lab, seed: 2, [:])
    #expect([0, 1].contains(again.status), "\(again.err)")
    #expect(try state(lab, Self.slug)["status"] as? String == "finished")
  }

  /// The device fails while `lab` measures it, before the first step.
  @Test func beforeTheFirstStep() throws {
    let (lab, fault) = (try LabProcess(), FaultyDevice.Fault.all[0])
    let device = try FaultyDevice(in: lab.folder)
    let answer = try lab.run(
      "run", Self.slug, "--device", "gpu", environment: device.failing(fault, after: 20))
    #expect(answer.status == fault.exitCode)
    try checkSentence(answer.err, fault)
  }

  private func run(
    _ lab: LabProcess, seed: Int, _ environment: [String: String]
  ) throws -> LabProcess.Answer {
    try lab.run(
      "run", Self.slug, "--scale", "smoke", "--device", "gpu", "--seed", "\(seed)",
      environment: environment)
  }

  /// One sentence with device and operation, or with bytes asked and left.
  private func checkSentence(_ text: String, _ fault: FaultyDevice.Fault) throws {
    let label = try #require(OpenCLDevice.all().first?.label)
    let sentence = try #require(
      text.split(separator: "\n").first {
        $0.hasPrefix("lab: \(label) failed in") || $0.hasPrefix("lab: \(label) could not allocate")
      }, "no sentence in:\n\(text)")
    if fault.exitCode == 75 {
      let isTold =
        sentence.firstMatch(of: #/could not allocate [1-9]\d* bytes; it has \d+ left\./#) != nil
      #expect(isTold, "\(sentence)")
    } else {
      #expect(sentence.contains("failed in ") && sentence.contains(": \(fault.name)."))
      #expect(!sentence.contains("failed in : "))
    }
  }

  /// The record has the finished steps and the failed one with its reason; the page shows them.
  private func checkRecord(_ lab: LabProcess, _ text: String) throws {
    let state = try state(lab, Self.slug)
    #expect(state["status"] as? String == "failed")
    let message = try #require(state["message"] as? String)
    #expect(text.contains(message))
    let cells = try #require(try record(lab, Self.slug)["cells"] as? [[String: Any]])
    let steps = cells.compactMap { $0["step"] as? [String: Any] }
    #expect(steps.contains { $0["status"] as? String == "finished" })
    #expect(!steps.contains { $0["status"] as? String == "running" })
    let page = lab.path(".lab/runs/\(Self.slug)/index.html")
    #expect(text.contains("The page so far: "))
    let html = try String(contentsOfFile: page, encoding: .utf8)
    #expect(
      html.contains("</html>")
        && (html.contains("failed in") || html.contains("could not allocate")))
  }

  /// No file is incomplete, and there are no temporary files.
  private func checkFiles(_ lab: LabProcess) throws {
    let root = lab.folder.appendingPathComponent(".lab")
    let files = try FileManager.default.subpathsOfDirectory(atPath: root.path)
    for file in files.map(root.appendingPathComponent) {
      guard let data = FileManager.default.contents(atPath: file.path) else { continue }
      switch file.pathExtension {
      case "json":
        // Saved steps have a checksum before the JSON.
        _ = try JSONSerialization.jsonObject(with: ChecksummedData.unwrapped(data) ?? data)
      // Names the last holder, who ended at once.
      case "lock" where data.isEmpty: break
      case "lock": _ = try JSONSerialization.jsonObject(with: data)
      case "png": #expect(data.suffix(8).prefix(4).elementsEqual(Data("IEND".utf8)), "\(file)")
      case "html": #expect(String(decoding: data.suffix(16), as: UTF8.self).contains("</html>"))
      case "safetensors", "clbin": #expect(data.count > 64, "\(file)")
      // Which sources a program ran with: a time and a checksum.
      case "txt": #expect(String(decoding: data, as: UTF8.self).split(separator: " ").count == 2)
      default: Issue.record("\(file.path) is an unexpected file")
      }
    }
  }

  private func record(_ lab: LabProcess, _ run: String) throws -> [String: Any] {
    let data = FileManager.default.contents(atPath: lab.path(".lab/runs/\(run)/run.json"))
    let object = try JSONSerialization.jsonObject(with: try #require(data, "no record of \(run)"))
    return try #require(object as? [String: Any])
  }

  private func state(_ lab: LabProcess, _ run: String) throws -> [String: Any] {
    try #require(try record(lab, run)["state"] as? [String: Any])
  }
}
