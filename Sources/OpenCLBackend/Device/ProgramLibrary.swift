import COpenCL
import Foundation
import SystemSupport
import TensorCore

/// An OpenCL source file that is embedded in this executable.
struct ProgramText {
  let name: String
  let text: [UInt8]
  /// Preprocessor constants that the text is compiled with.
  var constants: [(name: String, value: Int)] = []
}

/// The source of a program that consists of several texts.
struct ProgramSource {
  let text: String
  private let parts: [(name: String, lines: [String])]

  init(_ texts: [ProgramText]) {
    parts = texts.map {
      ($0.name, String(decoding: $0.text, as: UTF8.self).components(separatedBy: "\n"))
    }
    // `#line` lets a compiler's errors name the file and its line.
    text = parts.map { "#line 1 \"\($0.name)\"\n" + $0.lines.joined(separator: "\n") }
      .joined(separator: "\n")
  }

  /// The log, followed by the source lines that its errors name, for drivers that do not quote
  /// them. NVIDIA's ignores `#line`: it names a line of the whole source, `<kernel>:3:34: error: …`.
  func explained(_ log: String) -> String {
    let quoted = log.split(separator: "\n").compactMap { entry -> String? in
      guard entry.contains("error") else { return nil }
      for part in parts {
        guard let place = entry.range(of: part.name + ":") else { continue }
        return quote(part, Int(entry[place.upperBound...].prefix { $0.isNumber }))
      }
      guard let place = entry.range(of: "<kernel>:"),
        var line = Int(entry[place.upperBound...].prefix { $0.isNumber })
      else { return nil }
      for part in parts {
        // One more: the `#line` before it.
        if line <= part.lines.count + 1 { return quote(part, line - 1) }
        line -= part.lines.count + 1
      }
      return nil
    }
    return ([log.trimmingCharacters(in: .whitespacesAndNewlines)] + quoted)
      .joined(separator: "\n")
  }

  private func quote(_ part: (name: String, lines: [String]), _ number: Int?) -> String? {
    guard let number, part.lines.indices.contains(number - 1) else { return nil }
    let line = part.lines[number - 1].trimmingCharacters(in: .whitespaces)
    return "\(part.name), line \(number): \(line)"
  }
}

/// A kernel by its name and its program. It is made for every launch, so it is quick to compare; a
/// text always has the same constants, with other values.
private struct KernelIdentity: Hashable {
  private let names: [String]
  private let values: [Int]

  init(_ name: String, of texts: [ProgramText]) {
    names = [name] + texts.map(\.name)
    values = texts.flatMap { $0.constants.map(\.value) }
  }
}

/// Compiled programs of one device. Each is compiled once, and stored on disk under the checksum of
/// its text, its constants, the device and the driver.
final class ProgramLibrary {
  private let device: OpenCLDevice
  private let context: cl_context
  private let cacheFolder: URL?
  /// Whether loops over registers are unrolled, which a GPU needs.
  private let isUnrolled: Bool
  private var programs: [String: cl_program] = [:]
  private var kernels: [KernelIdentity: cl_kernel] = [:]
  /// Why a compiled program could not be stored.
  private(set) var unsaved: SystemError?

  init(device: OpenCLDevice, context: cl_context, cacheFolder: URL?, isUnrolled: Bool) {
    self.device = device
    self.isUnrolled = isUnrolled
    self.context = context
    self.cacheFolder = cacheFolder
    clRetainContext(context)
  }

  deinit {
    for kernel in kernels.values { clReleaseKernel(kernel) }
    for program in programs.values { clReleaseProgram(program) }
    clReleaseContext(context)
  }

  /// A kernel of the program that consists of these texts, one after another.
  /// - Throws: `buildFailed` with the log, or `failed`.
  func kernel(_ name: String, of texts: [ProgramText]) throws(DeviceError) -> cl_kernel {
    let identity = KernelIdentity(name, of: texts)
    if let known = kernels[identity] { return known }
    let constants = Set(texts.flatMap { $0.constants.map { "\($0.name)=\($0.value)" } }).sorted()
    let program = (texts.map(\.name) + constants).joined(separator: " ")
    let built: cl_program
    if let known = programs[program] { built = known } else { built = try build(texts, constants) }
    programs[program] = built
    var status: cl_int = CL_SUCCESS
    guard let kernel = clCreateKernel(built, name, &status) else {
      throw .failed(operation: name, code: statusName(status), device: device.label)
    }
    kernels[identity] = kernel
    return kernel
  }

  private func build(
    _ texts: [ProgramText], _ constants: [String]
  ) throws(DeviceError) -> cl_program {
    let source = ProgramSource(texts)
    let options = constants.reduce(baseOptions) { $0 + " -D " + $1 }
    let file = cacheFile(source.text, options)
    if let file, let kept = load(file, options) { return kept }
    var status: cl_int = CL_SUCCESS
    let created = source.text.withCString { text in
      var pointer: UnsafePointer<CChar>? = text
      return clCreateProgramWithSource(context, 1, &pointer, nil, &status)
    }
    guard let program = created else {
      throw .failed(operation: "compiling", code: statusName(status), device: device.label)
    }
    status = compile(program, options)
    guard status == CL_SUCCESS else {
      let log = source.explained(log(of: program))
      clReleaseProgram(program)
      throw .buildFailed(
        program: texts.last?.name ?? "", device: device.label,
        log: log.isEmpty ? statusName(status) : log)
    }
    if let file { save(program, to: file) }
    return program
  }

  private var baseOptions: String {
    // `-w`: NVIDIA's compiler reports warnings on standard error itself.
    "-cl-std=CL1.2 -cl-mad-enable -w" + (isUnrolled ? " -D ON_GPU" : "")
  }

  private func compile(_ program: cl_program, _ options: String) -> cl_int {
    var id: cl_device_id? = device.id
    return clBuildProgram(program, 1, &id, options, nil, nil)
  }

  // MARK: The log

  private func log(of program: cl_program) -> String {
    var size = 0
    let name = cl_program_build_info(CL_PROGRAM_BUILD_LOG)
    guard clGetProgramBuildInfo(program, device.id, name, 0, nil, &size) == CL_SUCCESS, size > 0
    else { return "" }
    var bytes = [UInt8](repeating: 0, count: size)
    guard clGetProgramBuildInfo(program, device.id, name, size, &bytes, nil) == CL_SUCCESS
    else { return "" }
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  // MARK: Compiled programs on disk

  private func cacheFile(_ source: String, _ options: String) -> URL? {
    let identity = [source, options, device.name, device.platformName, device.driver]
    return cacheFolder?.appendingPathComponent(
      ByteChecksum(Array(identity.joined(separator: "\u{0}").utf8)).description + ".clbin")
  }

  /// A compiled program from disk; nil if there is none, if it is damaged, or if the driver rejects
  /// it. A driver may crash on a damaged program, so damaged programs are not passed to it.
  private func load(_ file: URL, _ options: String) -> cl_program? {
    guard let kept = try? RegularFile.read(file, byteLimit: 1 << 30),
      let data = ChecksummedData.unwrapped(kept), !data.isEmpty
    else { return nil }
    var (id, size) = (device.id as cl_device_id?, data.count)
    var (state, status): (cl_int, cl_int) = (CL_SUCCESS, CL_SUCCESS)
    let made = data.withUnsafeBytes { bytes -> cl_program? in
      var pointer = bytes.bindMemory(to: UInt8.self).baseAddress
      return clCreateProgramWithBinary(context, 1, &id, &size, &pointer, &state, &status)
    }
    guard let program = made else { return nil }
    guard status == CL_SUCCESS, compile(program, options) == CL_SUCCESS else {
      clReleaseProgram(program)
      return nil
    }
    return program
  }

  /// If a program cannot be stored, it is compiled again next time.
  private func save(_ program: cl_program, to file: URL) {
    var size = 0
    guard
      clGetProgramInfo(
        program, cl_program_info(CL_PROGRAM_BINARY_SIZES), MemoryLayout<Int>.size, &size, nil)
        == CL_SUCCESS, size > 0
    else { return }
    var bytes = Data(count: size)
    let status = bytes.withUnsafeMutableBytes { buffer in
      var pointer = buffer.bindMemory(to: UInt8.self).baseAddress
      return clGetProgramInfo(
        program, cl_program_info(CL_PROGRAM_BINARIES), MemoryLayout<UnsafeRawPointer>.size,
        &pointer, nil)
    }
    guard status == CL_SUCCESS else { return }
    do {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try AtomicFile.write(ChecksummedData.wrapped(bytes), to: file)
    } catch {
      unsaved = SystemError(error)
    }
  }
}

extension OpenCLBackend {
  /// What a driver's log becomes if the program consists of these texts.
  package static func explained(_ log: String, texts: [(name: String, text: String)]) -> String {
    ProgramSource(texts.map { ProgramText(name: $0.name, text: Array($0.text.utf8)) })
      .explained(log)
  }

  /// The error of compiling a text; nil if it compiles.
  package func buildFailure(of text: String, named name: String) -> DeviceError? {
    do throws(DeviceError) {
      _ = try programs.kernel("fine", of: [ProgramText(name: name, text: Array(text.utf8))])
      return nil
    } catch {
      return error
    }
  }
}
