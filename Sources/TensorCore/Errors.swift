/// What a device can do wrong, as opposed to what a programmer can.
public enum DeviceError: Error, Equatable, CustomStringConvertible {
  /// The device has no such operation; nothing else is used in its place.
  case unsupported(operation: String, device: String)
  /// The processor lacks instructions that the kernels were compiled for.
  case missingInstructions([String])
  /// The device could not give the memory. What it has left is nil where it does not say.
  case outOfMemory(requestedBytes: Int, leftBytes: Int? = nil, device: String)
  /// There is no such device; what there is, and how to get one.
  case noSuchDevice(asked: String, found: [String], wayOut: String)
  /// A program of kernels does not compile; the log, with the line.
  case buildFailed(program: String, device: String, log: String)
  /// The driver refused or gave up: the operation under way and the driver's own name for it.
  case failed(operation: String, code: String, device: String)

  public var description: String {
    switch self {
    case .unsupported(let operation, let device):
      "\(device) has no operation \(operation). Run this lesson with --device cpu."
    case .missingInstructions(let names):
      """
      This processor has no \(names.joined(separator: " and no ")) instructions, and the kernels \
      of this build need them. Every x86-64 processor since about 2015 has them: run on another \
      machine, or tell the virtual machine to pass the host's processor through.
      """
    case .outOfMemory(let bytes, let left, let device):
      "\(device) could not give \(bytes) bytes\(left.map { "; it has \($0) left" } ?? ""). "
        + "Choose a smaller scale, length or batch."
    case .noSuchDevice(let asked, let found, let wayOut):
      "There is no device '\(asked)'. "
        + (found.isEmpty ? "OpenCL finds none. " : "There is \(found.joined(separator: "; ")). ")
        + wayOut
    case .buildFailed(let program, let device, let log):
      "\(device) cannot compile \(program):\n\(log)\nRun with --device cpu, or with another driver."
    case .failed(let operation, let code, let device):
      "\(device) failed in \(operation): \(code). Run 'lab doctor'; if the device does not come "
        + "back, restart its driver, or run with --device cpu."
    }
  }
}
