import Foundation

#if os(Linux)
  /// Sets the user for the file accesses of this thread, and returns the one before.
  @_silgen_name("setfsuid") private func setfsuid(_ user: UInt32) -> Int32

  private let nobody: UInt32 = 65534
#endif

/// Runs `body` with the file rights of an ordinary user, also if the tests run as root, who may read
/// and write every file. Only this thread is affected.
///
/// `access(2)` is not affected: it asks about the real user.
public func asOrdinaryUser<Result>(_ body: () throws -> Result) rethrows -> Result {
  #if os(Linux)
    guard geteuid() == 0 else { return try body() }
    let before = setfsuid(nobody)
    defer { _ = setfsuid(UInt32(before)) }
  #endif
  return try body()
}

/// A command that runs a program with its arguments as an ordinary user, also if the tests run as
/// root.
public func ordinaryUserCommand(_ program: String, _ arguments: [String]) -> [String] {
  guard geteuid() == 0 else { return [program] + arguments }
  return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program] + arguments
}
