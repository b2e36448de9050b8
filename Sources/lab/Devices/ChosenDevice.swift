import ArgumentParser
import CPUBackend
import Foundation
import LessonKit
import OpenCLBackend
import SystemSupport
import TensorCore

/// The value of `--device`.
enum DeviceChoice: Equatable, ExpressibleByArgument {
  case cpu
  /// The processor, then the first OpenCL device, and a comparison of the two.
  case both
  /// `gpu`, `gpu:N`, or a part of a device's name.
  case openCL(String)

  init?(argument: String) {
    switch argument {
    case "": return nil
    case "cpu": self = .cpu
    case "both": self = .both
    default: self = .openCL(argument)
    }
  }

  var defaultValueDescription: String { argument }

  /// The value as `lab` reads it, not quoted for a shell.
  var argument: String {
    switch self {
    case .cpu: "cpu"
    case .both: "both"
    case .openCL(let name): name
    }
  }
}

/// A device to compute on, and the folders that belong to it.
///
/// An OpenCL device can fail inside an operation, which cannot throw. Then the program prints the
/// error and exits, so that a failed device computes and measures nothing more. `LiveRun` replaces
/// this handler while a lesson runs, to keep the finished steps.
struct ChosenDevice {
  let backend: any Backend
  /// The same backend if it is an OpenCL device, nil if it is the processor.
  let openCL: OpenCLBackend?
  /// A subfolder of the folder of runs; nil for the folder itself.
  let subfolder: String?
  /// A subfolder of the cache of trained models; nil for the cache folder itself.
  let cacheName: String?

  /// The devices of a choice, in the order in which they run.
  /// - Throws: `DeviceError` if one does not exist or cannot be opened; `TooLittleMemory`.
  static func devices(_ choice: DeviceChoice, threads: Int) throws -> [ChosenDevice] {
    try TooLittleMemory.check()
    switch choice {
    case .cpu: return [try processor(threads)]
    case .openCL(let name): return [try openCL(name)]
    case .both:
      let device = try openCL("gpu")
      return [try processor(threads, subfolder: RunFolder.cpuSubfolder), device]
    }
  }

  private static func processor(
    _ threads: Int, subfolder: String? = nil
  ) throws(DeviceError) -> ChosenDevice {
    ChosenDevice(
      backend: try CPUBackend(threadCount: threads), openCL: nil, subfolder: subfolder,
      cacheName: nil)
  }

  private static func openCL(_ name: String) throws(DeviceError) -> ChosenDevice {
    let device = try OpenCLDevice.chosen(by: name)
    if !device.isGPU {
      let reason = name == "gpu" || name.hasPrefix("gpu:") ? "There is no GPU. " : ""
      Terminal.standardError.writeMessage("\(reason)This run uses \(device.label).")
    }
    let backend = try OpenCLBackend(
      device, cacheFolder: LabFolder.cache.appendingPathComponent("opencl"), measuresTiles: true)
    backend.onFailure = { error in
      TerminalKeys.endAll()
      Terminal.standardError.write("\n")
      Terminal.standardError.writeMessage("\(error)")
      _exit(ExitStatus(of: error).rawValue)
    }
    let identity = ByteChecksum(Array("\(device.name), \(device.driver)".utf8)).description
    return ChosenDevice(
      backend: backend, openCL: backend, subfolder: nil, cacheName: "device-\(identity)")
  }
}

extension DeviceError {
  /// The system refused memory for a tensor of the processor.
  static func refused(_ byteCount: Int) -> DeviceError {
    .outOfMemory(
      requestedBytes: byteCount,
      device: "This process, which may use "
        + "\(Quantity.bytes.text(Double(HostLimits.current.memory.amount)))"
        + (HostLimits.current.memory.limiter.map { " (\($0))" } ?? "") + ",")
  }
}

/// The system allows this process too little memory for any computation.
///
/// OpenBLAS maps 134 MB for each of its threads when they start. If the system refuses, it tries
/// again without end, and the program would never end.
struct TooLittleMemory: Error, CustomStringConvertible {
  let allowed: Int
  let needed: Int

  static func check() throws(TooLittleMemory) {
    let needed = 700_000_000 + 150_000_000 * ProcessInfo.processInfo.activeProcessorCount
    guard HostLimits.addressBytes < needed else { return }
    throw TooLittleMemory(allowed: HostLimits.addressBytes, needed: needed)
  }

  var description: String {
    "This process may use \(Quantity.bytes.text(Double(allowed))) of memory (ulimit -v or -d), and a "
      + "computation needs at least \(Quantity.bytes.text(Double(needed))) here. Raise the limit."
  }
}
