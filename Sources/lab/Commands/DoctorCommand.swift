import ArgumentParser
import Foundation
import LessonKit

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check what the lessons need, and say how to mend what is missing.",
    discussion: """
      Exit code 74 where something is missing. With --device: logits, gradients and ten training \
      steps of three small models, on that device and on the processor; exit code 1 where they differ.

      Examples:
        lab doctor --json
        lab doctor --device gpu
      """)

  @Flag(help: "Print the checks as JSON.")
  var json = false

  @Flag(help: "No color.")
  var noColor = false

  @Option(help: "Check that this device computes what the processor does.")
  var device: DeviceChoice?

  func run() throws {
    if let device { return try checkAgreement(device) }
    var findings: [Finding] = []
    let style = Terminal.standardOutput.style(noColor: noColor)
    for check in Checks.all {
      let finding = check()
      findings.append(finding)
      if !json { Terminal.standardOutput.write(finding.text(style)) }
    }
    if json { Terminal.standardOutput.write(try findings.printedJSON() + "\n") }
    if findings.contains(where: { !$0.ok }) { throw ExitCode(ExitStatus.inputOutput.rawValue) }
  }
}

extension DoctorCommand {
  private func checkAgreement(_ choice: DeviceChoice) throws {
    let threads = ProcessInfo.processInfo.activeProcessorCount
    do {
      let devices = try [.cpu, choice].flatMap {
        try ChosenDevice.devices($0, threads: threads)
      }
      let curves = Agreement.curves(devices[0].backend, devices[devices.count - 1].backend)
      Terminal.standardOutput.write(Agreement.text(curves))
      if !curves.allSatisfy(\.agrees) { throw ExitCode(ExitStatus.claimFails.rawValue) }
    } catch let code as ExitCode {
      throw code
    } catch {
      throw ExitStatus.leave(with: error)
    }
  }
}

/// What one check found.
struct Finding: Encodable {
  var name: String
  var ok: Bool
  var detail: String
  /// The command or act that mends it; null where nothing is to mend.
  var mend: String?

  private enum CodingKeys: String, CodingKey { case name, ok, detail, mend }

  func encode(to encoder: any Encoder) throws {
    var box = encoder.container(keyedBy: CodingKeys.self)
    try box.encode(name, forKey: .name)
    try box.encode(ok, forKey: .ok)
    try box.encode(detail, forKey: .detail)
    try box.encode(mend, forKey: .mend)
  }

  func text(_ style: TerminalStyle) -> String {
    let sign = ok ? style.ink("[OK]  ", .green) : style.ink("[FAIL]", .red, .bold)
    let line = "\(sign) \(name): \(detail)\n"
    guard !ok, let mend else { return line }
    return line + "       \(mend)\n"
  }
}
