import Foundation
import SystemSupport
import Testing

/// The C compiler of this machine, for tests that need a small program or library.
public enum CCompiler {
  /// Nil if there is none.
  public static let url = ["cc", "gcc", "clang"].lazy.compactMap { Program.find($0) }.first

  /// - Throws: a failed requirement, where there is no compiler or the source does not compile.
  public static func compile(_ source: URL, to target: URL, _ arguments: [String]) throws {
    var program = Program(
      try #require(url), arguments: ["-o", target.path, source.path] + arguments)
    program.timeLimit = 60
    let result = try program.run()
    try #require(result.end == .exit(0), "\(source.lastPathComponent): \(result.errorText)")
  }

  /// A library for `LD_PRELOAD`.
  public static func library(of source: URL, to target: URL) throws {
    try compile(source, to: target, ["-shared", "-fPIC", "-O1", "-ldl"])
  }
}
