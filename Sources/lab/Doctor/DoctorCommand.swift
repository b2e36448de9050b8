import ArgumentParser
import Foundation
import LessonKit
import SystemSupport

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check that everything the lessons need is installed.",
    discussion: """
      Each tool is used once, so that a broken one is found. Each failed check names the command \
      that fixes it; exit code 74. With --device, lab compares \
      that device with the processor instead: logits, gradients and ten training steps of three \
      small models; exit code 1 if they differ.

      Examples:
        lab doctor --json
        lab doctor --device gpu
      """)

  @OptionGroup var output: OutputOptions

  @Option(help: "Check that this device computes the same as the processor.")
  var device: DeviceChoice?

  @Flag(name: .customLong("try-opencl"), help: .hidden)
  var triesOpenCL = false

  func validate() throws {
    if device == .cpu {
      throw ValidationError("The processor agrees with itself. Name another device.")
    }
  }

  func run() throws {
    if triesOpenCL {
      let answer = String(decoding: try JSONEncoder().encode(DeviceTrial.all()), as: UTF8.self)
      return Terminal.standardOutput.write(answer + "\n")
    }
    if let device { return try compareWithProcessor(device) }
    var findings: [Finding] = []
    for check in Checks.all {
      let finding = check()
      findings.append(finding)
      if !output.json { Terminal.standardOutput.write(finding.text(output.style)) }
    }
    if output.json { Terminal.standardOutput.write(try findings.printedJSON() + "\n") }
    if findings.contains(where: { !$0.ok }) { throw ExitStatus.inputOutput }
  }

  private func compareWithProcessor(_ choice: DeviceChoice) throws {
    let threads = HostLimits.current.threadCount
    let devices = try [.cpu, choice].flatMap { try ChosenDevice.devices($0, threads: threads) }
    let comparisons = DeviceAgreement.compare(
      devices[0].backend, devices[devices.count - 1].backend)
    try output.write(comparisons) { _ in DeviceAgreement.text(comparisons) }
    if !comparisons.allSatisfy(\.agrees) { throw ExitStatus.failure }
  }
}

/// The result of one check.
struct Finding: Encodable {
  var name: String
  var ok: Bool
  var detail: String
  /// How to fix the problem; null if the check passes.
  var fix: String?

  /// A check that passes, or fails if there is a fix.
  init(_ name: String, _ detail: String, fix: String? = nil) {
    self.name = name
    ok = fix == nil
    self.detail = detail
    self.fix = fix
  }

  private enum CodingKeys: String, CodingKey { case name, ok, detail, fix }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(ok, forKey: .ok)
    try container.encode(detail, forKey: .detail)
    try container.encode(fix, forKey: .fix)
  }

  func text(_ style: TerminalStyle) -> String {
    let sign = ok ? style.ink("[OK]  ", .green) : style.ink("[FAIL]", .red, .bold)
    // A line break, for instance in the name of a folder, begins no row of its own.
    let rows = detail.terminalLines.components(separatedBy: "\n")
      .map { String($0.drop { $0 == " " }) }
    let line = "\(sign) \(name): \(rows.joined(separator: "\n       "))\n"
    guard !ok, let fix else { return line }
    return line + "       Fix: \(fix)\n"
  }
}
