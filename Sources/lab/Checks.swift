import CProcessor
import Foundation
import LessonKit
import OpenCLBackend

/// The checks of `lab doctor`, in the order in which things are needed.
enum Checks {
  static let all: [() -> Finding] = [
    toolchain, processor, gnuplot, bible, jargon, memory, disk, pictures, exercises, openCL,
  ]

  private static func toolchain() -> Finding {
    let found = Programs.find("swift")
    return Finding(
      name: "Swift toolchain", ok: found != nil, detail: found?.path ?? "no 'swift' on the path",
      mend: found == nil ? "install it from https://www.swift.org/install" : nil)
  }

  private static func processor() -> Finding {
    let count = ProcessInfo.processInfo.activeProcessorCount
    #if arch(x86_64)
      let features = lclProcessorFeatures()
      let missing = [features.avx2 ? nil : "AVX2", features.fma ? nil : "FMA"].compactMap { $0 }
      let detail =
        missing.isEmpty
        ? "\(count) processors with AVX2 and FMA" : "no \(missing.joined(separator: ", no "))"
      return Finding(
        name: "Processor", ok: missing.isEmpty, detail: detail,
        mend: missing.isEmpty ? nil : "run on an x86-64 machine of about 2015 or newer")
    #else
      return Finding(name: "Processor", ok: true, detail: "\(count) processors", mend: nil)
    #endif
  }

  private static func gnuplot() -> Finding {
    let found = Programs.find("gnuplot")
    return Finding(
      name: "gnuplot", ok: found != nil, detail: found?.path ?? "no 'gnuplot' on the path",
      mend: found == nil ? "sudo apt-get install gnuplot-nox" : nil)
  }

  private static func bible() -> Finding {
    text("King James Bible", program: "bible", package: "bible-kjv")
  }

  private static func jargon() -> Finding {
    let file = "/usr/share/doc/jargon-text/jargon.txt.gz"
    let isThere = FileManager.default.fileExists(atPath: file)
    return Finding(
      name: "Jargon File", ok: isThere, detail: isThere ? file : "not installed",
      mend: isThere ? nil : "sudo apt-get install jargon-text")
  }

  private static func text(_ name: String, program: String, package: String) -> Finding {
    let found = Programs.find(program)
    return Finding(
      name: name, ok: found != nil, detail: found?.path ?? "not installed",
      mend: found == nil ? "sudo apt-get install \(package)" : nil)
  }

  private static func memory() -> Finding {
    let bytes = Double(ProcessInfo.processInfo.physicalMemory)
    let needed = 2e9
    return Finding(
      name: "Memory", ok: bytes >= needed, detail: Quantity.bytes.text(bytes),
      mend: bytes >= needed ? nil : "run with --scale smoke, or give the machine 2 GB or more")
  }

  /// What figures become in this terminal; none is no fault, since their paths are printed.
  private static func pictures() -> Finding {
    let method = ImageChoice.auto.method(on: .standardOutput)
    let isTerminal = Terminal.standardOutput.isTerminal
    let detail =
      isTerminal ? "drawn as: \(method); '--images' chooses" : "none: the output is no terminal"
    return Finding(name: "Pictures in the terminal", ok: true, detail: detail, mend: nil)
  }

  private static func exercises() -> Finding {
    let count = (try? ExerciseCatalog.standard())?.exercises.count ?? 0
    let found = Programs.find("swiftc")
    let isReady = count > 0 && found != nil
    return Finding(
      name: "Exercises", ok: isReady,
      detail: count == 0
        ? "not at hand"
        : found.map { "\(count), checked with \($0.path)" } ?? "no 'swiftc' on the path",
      mend: isReady
        ? nil
        : count == 0
          ? "call lab from the checkout of LongContextLab"
          : "install the toolchain from https://www.swift.org/install")
  }

  /// No lesson needs a GPU, so that none is no failure; what there is, and how to get one, is told.
  private static func openCL() -> Finding {
    let devices = OpenCLDevice.all()
    let lines = devices.map { device in
      "gpu:\(device.number) \(device.label), driver \(device.driver), "
        + "\(Quantity.bytes.text(Double(device.memoryBytes))), "
        + "\(Quantity.bytes.text(Double(device.localMemoryBytes))) of local memory, "
        + "\(device.computeUnitCount) units"
    }
    let absent = devices.isEmpty ? "no OpenCL device" : "no GPU"
    let missing = devices.contains(where: \.isGPU) ? [] : ["\(absent). \(OpenCLDevice.wayOut)"]
    return Finding(
      name: "OpenCL (for --device gpu)", ok: true,
      detail: (lines + missing).joined(separator: "\n       "), mend: nil)
  }

  private static func disk() -> Finding {
    let folder = FileManager.default.currentDirectoryPath
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
    let free = (attributes?[.systemFreeSize] as? NSNumber)?.doubleValue ?? 0
    let isWritable = FileManager.default.isWritableFile(atPath: folder)
    let isEnough = free >= 1e9 && isWritable
    let detail = isWritable ? "\(Quantity.bytes.text(free)) free" : "\(folder) cannot be written"
    return Finding(
      name: "Disk", ok: isEnough, detail: detail,
      mend: isEnough ? nil : "make 1 GB of room, or call lab from another folder")
  }
}
