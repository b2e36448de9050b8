import Foundation
import OpenCLBackend
import Testing

/// A device that is lost in the middle of a lesson, or whose memory ends there.
@Suite(
  "A device that is lost in the middle", .serialized,
  .enabled(if: FaultyDevice.missing == nil, Comment(rawValue: FaultyDevice.missing ?? "")))
struct DeviceLossTests {
  /// Measures, trains, reads and waits for the device in turn, in a second.
  private static let slug = "cost"

  @Test("the sentence, the exit code, what is kept", arguments: FaultyDevice.Fault.all.indices)
  func inTheMiddle(index: Int) throws {
    let (fault, lab) = (FaultyDevice.Fault.all[index], try LabProcess())
    let device = try FaultyDevice(in: lab.folder)
    // Two finished runs: the first also chooses tiles, the second says how many calls there are.
    let counts = lab.path("counts")
    for seed in [1, 3] {
      #expect([0, 1].contains(try run(lab, seed: seed, device.counting(into: counts)).status))
    }
    let count = try #require(FaultyDevice.counts(in: lab.text("counts"))[fault.call])

    // Another seed, so that nothing is trained already.
    let broken = try run(lab, seed: 2, device.failing(fault, after: count * 3 / 4))
    #expect(broken.status == fault.exitCode, "\(broken.err)")
    try checkSentence(broken.err, fault)
    try checkRecord(lab, broken.err)
    #expect(try state(lab, "\(Self.slug).earlier")["status"] as? String == "finished")
    #expect(broken.err.contains("The previous, finished run is kept in"))
    try checkFiles(lab)

    // The device is back: everything that was left behind can be used.
    let again = try run(lab, seed: 2, [:])
    #expect([0, 1].contains(again.status), "\(again.err)")
    #expect(try state(lab, Self.slug)["status"] as? String == "finished")
  }

  /// Before the first step `lab` measures the device for a second.
  @Test func beforeTheLessonBegins() throws {
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
        $0.hasPrefix("lab: \(label) failed in") || $0.hasPrefix("lab: \(label) could not give")
      }, "no sentence in:\n\(text)")
    if fault.exitCode == 75 {
      let isTold =
        sentence.firstMatch(of: #/could not give [1-9]\d* bytes; it has \d+ left\./#) != nil
      #expect(isTold, "\(sentence)")
    } else {
      #expect(sentence.contains("failed in ") && sentence.contains(": \(fault.name)."))
      #expect(!sentence.contains("failed in : "))
    }
  }

  /// Finished steps, the broken one with the reason, and a page that says so.
  private func checkRecord(_ lab: LabProcess, _ text: String) throws {
    let state = try state(lab, Self.slug)
    #expect(state["status"] as? String == "broken")
    let message = try #require(state["message"] as? String)
    #expect(text.contains(message))
    let cells = try #require(try record(lab, Self.slug)["cells"] as? [[String: Any]])
    let steps = cells.compactMap { $0["step"] as? [String: Any] }
    #expect(steps.contains { $0["status"] as? String == "finished" })
    #expect(!steps.contains { $0["status"] as? String == "running" })
    let page = lab.path(".lab/runs/\(Self.slug)/index.html")
    #expect(text.contains("The page so far: "))
    let html = try String(contentsOfFile: page, encoding: .utf8)
    #expect(html.contains("</html>") && html.contains("failed in") || html.contains("could not"))
  }

  /// No file is half written, and none lies aside.
  private func checkFiles(_ lab: LabProcess) throws {
    let root = lab.folder.appendingPathComponent(".lab")
    let files = try FileManager.default.subpathsOfDirectory(atPath: root.path)
    for file in files.map(root.appendingPathComponent) {
      guard let data = FileManager.default.contents(atPath: file.path) else { continue }
      switch file.pathExtension {
      case "json": _ = try JSONSerialization.jsonObject(with: data)
      case "png": #expect(data.suffix(8).prefix(4).elementsEqual(Data("IEND".utf8)), "\(file)")
      case "html": #expect(String(decoding: data.suffix(16), as: UTF8.self).contains("</html>"))
      case "safetensors", "clbin": #expect(data.count > 64, "\(file)")
      // Which sources a program ran with: a time and a checksum.
      case "txt": #expect(String(decoding: data, as: UTF8.self).split(separator: " ").count == 2)
      default: Issue.record("\(file.path) lies where no file should")
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
