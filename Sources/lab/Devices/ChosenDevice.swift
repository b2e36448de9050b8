import CPUBackend
import Foundation
import LessonKit
import OpenCLBackend
import TensorCore

/// A device that a run computes on, and where what belongs to it is kept.
///
/// Where it fails in the middle of an operation, which cannot throw, the program says so and leaves:
/// from the moment the device is opened, so that no measurement before a lesson is made of what is
/// not there. A lesson under way puts in its own answer, which keeps the finished steps.
struct ChosenDevice {
  let backend: any Backend
  /// The same where it is an OpenCL device.
  let openCL: OpenCLBackend?
  /// Under the folder of runs; nil for that folder itself.
  let subfolder: String?
  /// Under the cache of trained models; nil for that cache itself.
  let cacheName: String?

  /// The devices that a choice means, in the order in which they run.
  /// - Throws: `DeviceError` where one is not there or does not open.
  static func devices(_ choice: DeviceChoice, threads: Int) throws(DeviceError) -> [ChosenDevice] {
    switch choice {
    case .cpu: return [try processor(threads)]
    case .openCL(let name): return [try openCL(name)]
    case .both:
      let device = try openCL("gpu")
      return [try processor(threads, subfolder: RunFolder.processorRuns), device]
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
      Terminal.standardError.write(
        "lab: \(name == "gpu" || name.hasPrefix("gpu:") ? "No GPU there: t" : "T")his run is on "
          + "\(device.label).\n")
    }
    let backend = try OpenCLBackend(
      device, cacheFolder: RunsFolder.cache.appendingPathComponent("opencl"), measuresTiles: true)
    backend.onFailure = { error in
      Terminal.standardError.write("\nlab: \(error)\n")
      _exit(ExitStatus(of: error).rawValue)
    }
    let identity = ByteChecksum(Array("\(device.name), \(device.driver)".utf8)).description
    return ChosenDevice(
      backend: backend, openCL: backend, subfolder: nil, cacheName: "device-\(identity)")
  }
}
