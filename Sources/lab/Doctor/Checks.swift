import CProcessor
import Foundation
import LessonKit
import OpenCLBackend
import SystemSupport

/// The checks of `lab doctor`, in the order in which the lessons need them.
enum Checks {
  static let all: [() -> Finding] = [
    toolchain, processor, gnuplot, bible, memory, disk, figures, exercises, openCL,
  ]

  private static func toolchain() -> Finding {
    let found = Program.find("swift")
    return Finding(
      name: "Swift toolchain", ok: found != nil,
      detail: found?.path ?? "'swift' is not on the PATH",
      fix: found == nil ? "install it from https://www.swift.org/install" : nil)
  }

  private static func processor() -> Finding {
    let count = ProcessInfo.processInfo.activeProcessorCount
    #if arch(x86_64)
      let features = lclProcessorFeatures()
      let missing = [features.avx2 ? nil : "AVX2", features.fma ? nil : "FMA"].compactMap { $0 }
      let detail =
        missing.isEmpty
        ? "\(count) processors with AVX2 and FMA" : "without \(missing.joined(separator: " and "))"
      return Finding(
        name: "Processor", ok: missing.isEmpty, detail: detail,
        fix: missing.isEmpty ? nil : "use an x86-64 machine from about 2015 or later")
    #else
      return Finding(name: "Processor", ok: true, detail: "\(count) processors", fix: nil)
    #endif
  }

  private static func gnuplot() -> Finding {
    let found = Program.find("gnuplot")
    return Finding(
      name: "gnuplot", ok: found != nil, detail: found?.path ?? "'gnuplot' is not on the PATH",
      fix: found == nil ? "sudo apt-get install gnuplot-nox" : nil)
  }

  private static func bible() -> Finding {
    text("King James Bible", program: "bible", package: "bible-kjv")
  }

  private static func text(_ name: String, program: String, package: String) -> Finding {
    let found = Program.find(program)
    return Finding(
      name: name, ok: found != nil, detail: found?.path ?? "not installed",
      fix: found == nil ? "sudo apt-get install \(package)" : nil)
  }

  private static func memory() -> Finding {
    let bytes = Double(ProcessInfo.processInfo.physicalMemory)
    let needed = 2e9
    return Finding(
      name: "Memory", ok: bytes >= needed, detail: Quantity.bytes.text(bytes),
      fix: bytes >= needed ? nil : "run with --scale smoke, or use a machine with 2 GB or more")
  }

  /// How figures are drawn in this terminal. It is not a failure if they cannot be drawn: lab then
  /// prints their paths.
  private static func figures() -> Finding {
    let method = ImageChoice.auto.imageProtocol(on: .standardOutput)
    let isTerminal = Terminal.standardOutput.isTerminal
    let detail =
      isTerminal
      ? "drawn with: \(method); --images chooses another way" : "none: the output is not a terminal"
    return Finding(name: "Figures in the terminal", ok: true, detail: detail, fix: nil)
  }

  private static func exercises() -> Finding {
    let count = (try? ExerciseCatalog.standard())?.exercises.count ?? 0
    let found = Program.find("swiftc")
    let isReady = count > 0 && found != nil
    return Finding(
      name: "Exercises", ok: isReady,
      detail: count == 0
        ? "not found"
        : found.map { "\(count), checked with \($0.path)" } ?? "'swiftc' is not on the PATH",
      fix: isReady
        ? nil
        : count == 0
          ? "call lab from the folder of the LongContextLab source"
          : "install the toolchain from https://www.swift.org/install")
  }

  /// No lesson needs a GPU, so a missing one is not a failure. Lists the devices, or says how to
  /// get one.
  private static func openCL() -> Finding {
    let devices = OpenCLDevice.all()
    let lines = devices.map { device in
      "gpu:\(device.number) \(device.label), driver \(device.driver), "
        + "\(Quantity.bytes.text(Double(device.memoryBytes))), "
        + "\(Quantity.bytes.text(Double(device.localMemoryBytes))) of local memory, "
        + "\(device.computeUnitCount) units"
    }
    let absent = devices.isEmpty ? "no OpenCL device" : "no GPU"
    let missing = devices.contains(where: \.isGPU) ? [] : ["\(absent). \(OpenCLDevice.advice)"]
    return Finding(
      name: "OpenCL (for --device gpu)", ok: true,
      detail: (lines + missing).joined(separator: "\n       "), fix: nil)
  }

  private static func disk() -> Finding {
    let folder = FileManager.default.currentDirectoryPath
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
    let free = (attributes?[.systemFreeSize] as? NSNumber)?.doubleValue ?? 0
    let isWritable = FileManager.default.isWritableFile(atPath: folder)
    let isEnough = free >= 1e9 && isWritable
    let detail = isWritable ? "\(Quantity.bytes.text(free)) free" : "\(folder) is not writable"
    return Finding(
      name: "Disk", ok: isEnough, detail: detail,
      fix: isEnough ? nil : "free 1 GB of space, or call lab from another folder")
  }
}
