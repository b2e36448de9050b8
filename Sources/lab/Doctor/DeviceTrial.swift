import Foundation
import LessonKit
import OpenCLBackend
import SystemSupport
import TensorCore

/// An OpenCL device, and whether it computes.
///
/// A broken driver may end the process that asks for its devices, or never answer. So `lab doctor`
/// tries the devices in another process, with a time limit.
struct DeviceTrial: Codable {
  let text: String
  let isGPU: Bool
  /// Why the device did not compute; nil if it did.
  let failure: String?

  /// How to get a device if none is found.
  static let advice = OpenCLDevice.advice

  /// The argument of `lab doctor` that makes it print the trials as JSON.
  static let argument = "--try-opencl"

  /// Tries all devices of this machine in this process.
  static func all() -> [DeviceTrial] {
    OpenCLDevice.all().map { device in
      let failure = failure(of: device)
      let text =
        "gpu:\(device.number) \(device.label), driver \(device.driver), "
        + "\(Quantity.bytes.text(Double(device.memoryBytes))), "
        + "\(Quantity.bytes.text(Double(device.localMemoryBytes))) of local memory, "
        + "\(device.computeUnitCount) units: "
        + (failure.map { "does not compute: \(Tool.beginning(of: $0))" } ?? "computes")
      return DeviceTrial(text: text.terminalLine, isGPU: device.isGPU, failure: failure)
    }
  }

  /// Runs `lab doctor --try-opencl`.
  /// - Throws: `ToolFailure` if that process crashes or does not end.
  static func allInAnotherProcess() throws(ToolFailure) -> [DeviceTrial] {
    guard let lab = Bundle.main.executableURL else { return all() }
    var program = Program(lab, arguments: ["doctor", argument])
    program.timeLimit = 60
    let result: Program.Result
    do throws(ProgramError) {
      result = try program.run()
    } catch {
      throw ToolFailure("the devices could not be tried: \(error)")
    }
    // A driver may print lines of its own before the answer.
    let answer = result.outputText.split(separator: "\n").last.map { Data($0.utf8) }
    if result.end == .exit(0),
      let trials = try? JSONDecoder().decode([DeviceTrial].self, from: answer ?? Data())
    {
      return trials
    }
    if result.end == .timeLimit {
      throw ToolFailure("an OpenCL driver does not answer within 60 s")
    }
    throw ToolFailure("an OpenCL driver ends the process that uses it: lab \(result.end)")
  }

  /// Adds two small tensors on a device.
  private static func failure(of device: OpenCLDevice) -> String? {
    do throws(DeviceError) {
      let backend = try OpenCLBackend(device)
      backend.onFailure = { _ in }
      let (one, two) = (
        backend.full(1, [1000], .workspace), backend.full(2, [1000], .workspace)
      )
      backend.add(one, to: two)
      let sums = backend.read(two)
      if let failure = backend.failure { return "\(failure)" }
      return sums == [Float](repeating: 3, count: 1000) ? nil : "1 + 2 is not 3 on it."
    } catch {
      return "\(error)"
    }
  }
}
