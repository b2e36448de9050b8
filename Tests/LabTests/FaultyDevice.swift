import Foundation
import OpenCLBackend
import TestSupport
import Testing

/// A library that lets OpenCL calls of a child process fail, compiled by the test that needs it.
///
/// The driver below is the machine's own: what fails is one call, at a place that the test chooses,
/// in a program that is otherwise the one that a reader runs.
struct FaultyDevice {
  /// A call that fails from some time on.
  struct Fault {
    let call: String
    let status: Int
    /// What the standard calls it.
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
      // Some drivers give memory only when a kernel first needs it.
      Fault(
        call: "clEnqueueNDRangeKernel", status: -4, name: "CL_MEM_OBJECT_ALLOCATION_FAILURE",
        exitCode: 75),
    ]
  }

  static let compiler = ["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// Why there is none here; nil where there is.
  static var missing: String? {
    #if os(Linux)
      if OpenCLDevice.all().isEmpty { return "no OpenCL device here; 'make test' installs PoCL" }
      return compiler == nil ? "no C compiler (cc) here to build the faulty device with" : nil
    #else
      return "LD_PRELOAD is Linux's; elsewhere no call can be made to fail from outside"
    #endif
  }

  private let library: URL

  /// - Throws: a failed requirement, where the library does not compile.
  init(in folder: URL) throws {
    library = folder.appendingPathComponent("faulty-device.so")
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("FaultyDevice.c")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.compiler))
    process.arguments = ["-shared", "-fPIC", "-O1", "-o", library.path, source.path, "-ldl"]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(source.lastPathComponent) does not compile")
  }

  /// For a run in which nothing fails, but calls are counted.
  func counting(into file: String) -> [String: String] {
    ["LD_PRELOAD": library.path, "FAULT_COUNTS": file]
  }

  func failing(_ fault: Fault, after count: Int) -> [String: String] {
    [
      "LD_PRELOAD": library.path, "FAULT_CALL": fault.call, "FAULT_STATUS": "\(fault.status)",
      "FAULT_AFTER": "\(count)",
    ]
  }

  /// How often each call was made.
  static func counts(in text: String) -> [String: Int] {
    Dictionary(
      uniqueKeysWithValues: text.split(separator: "\n").compactMap { line in
        let words = line.split(separator: " ")
        return words.count == 2 ? Int(words[1]).map { (String(words[0]), $0) } : nil
      })
  }
}
