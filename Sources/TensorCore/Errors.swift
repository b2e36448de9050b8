/// An error of a device or its driver. (A wrong argument fails a `precondition` instead.)
public enum DeviceError: Error, Equatable, CustomStringConvertible {
  /// The device does not have this operation, and there is no fallback.
  case unsupported(operation: String, device: String)
  /// The processor lacks instructions that the kernels use.
  case missingInstructions([String])
  /// The device does not have enough memory. `leftBytes` is nil if it is not known.
  case outOfMemory(requestedBytes: Int, leftBytes: Int? = nil, device: String)
  /// There is no device of this name; `advice` says how to get one.
  case noSuchDevice(name: String, devices: [String], advice: String)
  /// An OpenCL program does not compile; the log names the line.
  case buildFailed(program: String, device: String, log: String)
  /// The driver reported an error: the operation, and the symbolic name of the error.
  case failed(operation: String, code: String, device: String)

  public var description: String {
    switch self {
    case .unsupported(let operation, let device):
      "\(device) does not support \(operation). Run with --device cpu."
    case .missingInstructions(let names):
      """
      This processor has no \(names.joined(separator: " and no ")) instructions, which the kernels \
      of this build need. x86-64 processors since about 2015 have them. Run on another machine, or \
      configure the virtual machine to pass the host's processor through.
      """
    case .outOfMemory(let bytes, let left, let device):
      "\(device) could not allocate \(bytes) bytes\(left.map { "; it has \($0) left" } ?? ""). "
        + "Choose a smaller scale, length or batch."
    case .noSuchDevice(let name, let devices, let advice):
      "There is no device '\(name)'. "
        + (devices.isEmpty
          ? "OpenCL finds no device. " : "Available: \(devices.joined(separator: "; ")). ")
        + advice
    case .buildFailed(let program, let device, let log):
      "\(device) cannot compile \(program):\n\(log)\nRun with --device cpu, or with another driver."
    case .failed(let operation, let code, let device):
      "\(device) failed in \(operation): \(code). Run 'lab doctor'. If the device stays "
        + "unavailable, restart its driver, or run with --device cpu."
    }
  }
}
