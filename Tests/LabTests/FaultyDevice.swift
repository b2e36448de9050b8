import Foundation
import OpenCLBackend
import TestSupport
import Testing

/// A preloaded library that makes one OpenCL call of a child process fail, or its results wrong. The
/// test compiles it.
///
/// Everything else is the normal program with the driver of the machine.
struct FaultyDevice {
  /// A call that fails after a number of calls.
  struct Fault {
    let call: String
    let status: Int
    /// The name of the status in the OpenCL standard.
    let name: String
    let exitCode: Int32

    static let all = [
      Fault(
        call: "clEnqueueNDRangeKernel", status: -5, name: "CL_OUT_OF_RESOURCES", exitCode: 69),
      Fault(
        call: "clEnqueueReadBuffer", status: -2, name: "CL_DEVICE_NOT_AVAILABLE", exitCode: 69),
      Fault(call: "clFinish", status: -5, name: "CL_OUT_OF_RESOURCES", exitCode: 69),
      Fault(
        call: "clCreateBuffer", status: -4, name: "CL_MEM_OBJECT_ALLOCATION_FAILURE",
        exitCode: 75),
      // Some drivers allocate memory only when a kernel first uses it.
      Fault(
        call: "clEnqueueNDRangeKernel", status: -4, name: "CL_MEM_OBJECT_ALLOCATION_FAILURE",
        exitCode: 75),
    ]
  }

  /// Elsewhere no call can be made to fail from outside.
  static var canBePreloaded: Bool {
    #if os(Linux)
      true
    #else
      false
    #endif
  }

  private let library: URL

  /// - Throws: a failed requirement, where the library does not compile.
  init(in folder: URL) throws {
    library = folder.appendingPathComponent("faulty-device.so")
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("FaultyDevice.c")
    try CCompiler.library(of: source, to: library)
  }

  /// The environment of a run in which nothing fails and calls are counted.
  func counting(into file: String) -> [String: String] {
    ["LD_PRELOAD": library.path, "FAULT_COUNTS": file]
  }

  func failing(_ fault: Fault, after count: Int) -> [String: String] {
    [
      "LD_PRELOAD": library.path, "FAULT_CALL": fault.call, "FAULT_STATUS": "\(fault.status)",
      "FAULT_AFTER": "\(count)",
    ]
  }

  /// Every number that is read from the device is multiplied by this.
  func wrong(by factor: Double) -> [String: String] {
    ["LD_PRELOAD": library.path, "FAULT_FACTOR": "\(factor)"]
  }

  /// The number of calls, by name.
  static func counts(in text: String) -> [String: Int] {
    Dictionary(
      uniqueKeysWithValues: text.split(separator: "\n").compactMap { line in
        let words = line.split(separator: " ")
        return words.count == 2 ? Int(words[1]).map { (String(words[0]), $0) } : nil
      })
  }
}
