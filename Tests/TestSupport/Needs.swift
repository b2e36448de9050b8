import Foundation
import Testing

/// What a test needs from outside this package: a program, a device, a file of the system.
///
/// Where it is missing, the test is skipped, with the reason. With the environment variable `CI`
/// set to `true` or `1` it fails instead, so that no test is lost unseen.
public struct Needs: TestTrait, SuiteTrait {
  let what: String
  let advice: String
  let isHere: @Sendable () -> Bool
  /// Whether it fails the test where it is missing.
  package var isRequired = Needs.areRequired

  public func prepare(for test: Test) async throws {
    guard !isHere() else { return }
    if isRequired { throw MissingNeed(what: what, advice: advice) }
    try await ConditionTrait.disabled(Comment(rawValue: "no \(what) here; \(advice)"))
      .prepare(for: test)
  }

  /// Whether `CI` is set.
  private static var areRequired: Bool {
    ["true", "1"].contains(ProcessInfo.processInfo.environment["CI"]?.lowercased() ?? "")
  }

  /// The path of a program; nil if it is not on `PATH`.
  public static func path(of program: String) -> String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .map { "\($0)/\(program)" }.first(where: FileManager.default.isExecutableFile(atPath:))
  }
}

/// A test cannot run, and `CI` says that it must.
struct MissingNeed: Error, CustomStringConvertible {
  let what: String
  let advice: String

  var description: String {
    "There is no \(what) here, and with CI set no test may be skipped; \(advice)."
  }
}

extension Trait where Self == Needs {
  /// A need with a name, such as `an OpenCL device`, and how to get it.
  public static func needs(
    _ what: String, _ advice: String = "'make test' installs it",
    when isHere: @escaping @Sendable () -> Bool
  ) -> Needs {
    Needs(what: what, advice: advice, isHere: isHere)
  }

  /// One of these programs, on `PATH`.
  public static func needs(program names: String...) -> Needs {
    Needs(
      what: names.joined(separator: " or "), advice: "'make test' installs it",
      isHere: { names.contains { Needs.path(of: $0) != nil } })
  }

  /// A file of the system, such as `/dev/full`.
  public static func needs(file path: String) -> Needs {
    Needs(
      what: path, advice: "Linux has it",
      isHere: { FileManager.default.fileExists(atPath: path) })
  }
}
