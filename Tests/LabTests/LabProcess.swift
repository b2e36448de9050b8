import Foundation
import SystemSupport
import Testing

/// Runs the built `lab` in a new, empty folder.
final class LabProcess {
  struct Answer {
    var status: Int32
    var out: String
    var err: String
  }

  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "lab-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// The binary, beside the test bundle.
  static func binary() throws -> URL {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
    let folder = URL(fileURLWithPath: bundle).deletingLastPathComponent()
    let binary = folder.appendingPathComponent("lab")
    try #require(FileManager.default.isExecutableFile(atPath: binary.path), "no lab at \(binary)")
    return binary
  }

  /// Starts a program with its output in files, so that no pipe can fill up.
  func start(
    _ program: URL, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> Process {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try emptyFile("out")
    process.standardError = try emptyFile("err")
    try process.run()
    return process
  }

  func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Answer {
    try run(arguments, environment: environment)
  }

  func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Answer {
    let process = try start(Self.binary(), arguments, environment: environment)
    process.waitUntilExit()
    return Answer(status: process.terminationStatus, out: text("out"), err: text("err"))
  }

  func text(_ name: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path(name)) ?? Data(), as: UTF8.self)
  }

  /// The solution of an exercise, which a learner may have written.
  func solution(_ stem: String) throws -> String {
    let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return try String(
      contentsOf: repository.appendingPathComponent("Exercises/\(stem)/Solution.swift"),
      encoding: .utf8)
  }

  /// Writes a text to a file in the folder, and makes the folders above it.
  func write(_ text: String, to name: String) throws {
    let file = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  /// Whether this user may mount a disk, in a namespace of its own.
  static let canMount: Bool = {
    guard
      var program = try? Program(
        named: "unshare", arguments: ["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"])
    else { return false }
    program.timeLimit = 60
    return (try? program.run().end) == .exit(0)
  }()

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private func emptyFile(_ name: String) throws -> FileHandle {
    try Data().write(to: folder.appendingPathComponent(name))
    return try FileHandle(forWritingTo: folder.appendingPathComponent(name))
  }
}
