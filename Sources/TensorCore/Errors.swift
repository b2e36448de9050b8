/// What a device can do wrong, as opposed to what a programmer can.
public enum DeviceError: Error, Equatable, CustomStringConvertible {
  /// The device has no such operation; nothing else is used in its place.
  case unsupported(operation: String, device: String)
  /// The processor lacks instructions that the kernels were compiled for.
  case missingInstructions([String])
  /// The device could not give the memory.
  case outOfMemory(requestedBytes: Int, device: String)

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
    case .outOfMemory(let bytes, let device):
      "\(device) could not give \(bytes) bytes. Choose a smaller scale, length or batch."
    }
  }
}
