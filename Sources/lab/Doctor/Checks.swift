import CProcessor
import Corpora
import Foundation
import LessonKit
import Plotting
import SystemSupport

/// The checks of `lab doctor`, in the order in which the lessons need them.
///
/// A program on the PATH may still be broken, of another kind, or without what the lessons need. So
/// each tool is used once, within a time limit, and shown with its version.
enum Checks {
  static let all: [() -> Finding] = [
    toolchain, processor, gnuplot, bible, memory, disk, browser, figures, exercises, openCL,
  ]

  private static func toolchain() -> Finding {
    let advice = "install it from https://www.swift.org/install"
    do throws(ToolFailure) {
      let swift = try Tool.version(of: "swift", containing: "Swift version")
      return Finding("Swift toolchain", swift.description)
    } catch {
      return Finding("Swift toolchain", error.description, fix: advice)
    }
  }

  private static func processor() -> Finding {
    let processors = HostLimits.current.processors
    let count = Quantity.plain.text(processors.machine) + " processors"
    let limited = processors.limiter.map {
      "\(Quantity.plain.text(processors.amount)) of \(count), limited by \($0)"
    }
    let detail = limited ?? count
    #if arch(x86_64)
      let features = lclProcessorFeatures()
      let missing = [features.avx2 ? nil : "AVX2", features.fma ? nil : "FMA"].compactMap { $0 }
      guard missing.isEmpty else {
        return Finding(
          "Processor", "without \(missing.joined(separator: " and "))",
          fix: "use an x86-64 machine from about 2015 or later")
      }
      return Finding("Processor", "\(detail), with AVX2 and FMA")
    #else
      return Finding("Processor", detail)
    #endif
  }

  /// Draws a small figure, so that a gnuplot without PNG output is found.
  private static func gnuplot() -> Finding {
    let install = "sudo apt-get install gnuplot-nox"
    do throws(ToolFailure) {
      let tool = try Tool.version(of: "gnuplot", containing: "gnuplot")
      do {
        try Gnuplot(command: tool.program.path, timeLimit: 20).tryDrawing()
      } catch PlottingError.gnuplotWithoutPNG {
        return Finding(
          "gnuplot", "\(tool), which cannot draw PNG pictures (it has no terminal pngcairo)",
          fix: install)
      } catch {
        return Finding(
          "gnuplot", "\(tool), which cannot draw: \(Tool.beginning(of: "\(error)"))",
          fix: "sudo apt-get install --reinstall gnuplot-nox fonts-dejavu-core")
      }
      return Finding("gnuplot", "\(tool), draws PNG pictures")
    } catch {
      return Finding(
        "gnuplot", error.description,
        fix: error.isMissing ? install : "sudo apt-get install --reinstall gnuplot-nox")
    }
  }

  private static func bible() -> Finding {
    let name = "King James Bible"
    do throws(CorpusError) {
      let program = try BibleProgram(timeLimit: 20).check()
      return Finding(name, "\(program.path), prints Genesis 1:1")
    } catch .notInstalled {
      return Finding(
        name, Tool.notFound("bible").description, fix: "sudo apt-get install bible-kjv")
    } catch {
      return Finding(
        name, Tool.beginning(of: error.problem),
        fix: "sudo apt-get install --reinstall bible-kjv, or use a text of your own: --corpus FILE")
    }
  }

  private static func memory() -> Finding {
    let memory = HostLimits.current.memory
    let needed = 2_000_000_000
    var detail = Quantity.bytes.text(Double(memory.amount))
    if let limiter = memory.limiter {
      detail +=
        ", limited by \(limiter); the machine has \(Quantity.bytes.text(Double(memory.machine)))"
    }
    guard memory.amount < needed else { return Finding("Memory", detail) }
    let other =
      memory.limiter == nil ? "use a machine with 2 GB or more" : "raise the limit to 2 GB"
    return Finding("Memory", detail, fix: "run with --scale smoke, or \(other)")
  }

  /// A warning before a long run; nil where the memory is enough. A system that is short of memory
  /// ends programs without a word.
  static var littleMemory: String? {
    let found = memory()
    return found.fix.map { fix in
      "This machine has little memory (\(found.detail)); the system may end the run. To be safe, "
        + "\(fix)."
    }
  }

  private static func disk() -> Finding {
    let folder = FileManager.default.currentDirectoryPath
    guard FileManager.default.isWritableFile(atPath: folder) else {
      return Finding(
        "Disk",
        folder.isEmpty ? "the current folder no longer exists" : "\(folder) is not writable",
        fix: "call lab from a folder that you may write to")
    }
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
    guard let free = (attributes?[.systemFreeSize] as? NSNumber)?.doubleValue else {
      return Finding("Disk", "the free space is unknown; the lessons need 1 GB")
    }
    let detail = "\(Quantity.bytes.text(free)) free"
    guard free < 1e9 else { return Finding("Disk", detail) }
    return Finding(
      "Disk", detail, fix: "free 1 GB of space, or call lab from a folder on another disk")
  }

  /// A missing browser is not a failure: lab then prints the path of a page.
  private static func browser() -> Finding {
    let instead = "'lab open' prints the path of a page"
    guard Browser.hasScreen else {
      return Finding("Browser", "none: there is no screen here; \(instead)")
    }
    #if os(macOS)
      return Finding("Browser", "opened with 'open'")
    #else
      do throws(ToolFailure) {
        return Finding("Browser", "\(try Tool.version(of: "xdg-open", containing: "xdg-open"))")
      } catch {
        return Finding("Browser", "none: \(error); \(instead)")
      }
    #endif
  }

  /// How figures are drawn in this terminal. It is not a failure if they cannot be drawn: lab then
  /// prints their paths.
  private static func figures() -> Finding {
    let method = ImageChoice.auto.imageProtocol(on: .standardOutput)
    let isTerminal = Terminal.standardOutput.isTerminal
    return Finding(
      "Figures in the terminal",
      isTerminal
        ? "drawn with: \(method); --images chooses another way"
        : "none: the output is not a terminal")
  }

  /// Compiles a line of Swift and runs it, as a check of an exercise does.
  private static func exercises() -> Finding {
    let count = (try? ExerciseCatalog.standard())?.exercises.count ?? 0
    guard count > 0 else {
      return Finding(
        "Exercises", "not found", fix: "call lab from the folder of the LongContextLab source")
    }
    do throws(ToolFailure) {
      let compiler = try Tool.version(of: "swiftc", containing: "Swift version")
      try Tool.tryCompiling(with: compiler.program)
      return Finding("Exercises", "\(count), checked with \(compiler.program.path), which compiles")
    } catch {
      return Finding(
        "Exercises", error.description,
        fix: error.fix ?? "install the toolchain from https://www.swift.org/install")
    }
  }

  /// No lesson needs a GPU, so a missing one is not a failure. A device that is there and does not
  /// compute is one.
  private static func openCL() -> Finding {
    let name = "OpenCL (for --device gpu)"
    let trials: [DeviceTrial]
    do throws(ToolFailure) {
      trials = try DeviceTrial.allInAnotherProcess()
    } catch {
      return Finding(
        name, error.description,
        fix: "install the device's OpenCL driver again, or remove it; --device cpu does not need it"
      )
    }
    let absent = trials.isEmpty ? "no OpenCL device" : "no GPU"
    let missing = trials.contains(where: \.isGPU) ? [] : ["\(absent). \(DeviceTrial.advice)"]
    let detail = (trials.map(\.text) + missing).joined(separator: "\n       ")
    guard trials.contains(where: { $0.failure != nil }) else { return Finding(name, detail) }
    return Finding(
      name, detail, fix: "install that device's OpenCL driver again, or choose another device")
  }
}
