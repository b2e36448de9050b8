import Foundation
import TestSupport
import Testing

/// `make setup` with stand-ins for apt-get, dpkg-query and sudo.
@Suite struct MakefileTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  #if os(Linux)
    /// Root installs directly, another user with sudo. Only the missing package is installed.
    @Test(.needs(program: "setpriv"), arguments: [true, false])
    func missingPackagesAreInstalled(byRoot: Bool) throws {
      let lab = try LabProcess()
      let log = lab.path("log")
      FileManager.default.createFile(
        atPath: log, contents: nil, attributes: [.posixPermissions: 0o666])
      let bin = lab.folder.appendingPathComponent("bin")
      try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
      for (name, lines) in [
        ("apt-get", "echo \"apt-get $*\" >> '\(log)'"), ("swift", ""),
        ("sudo", "echo sudo >> '\(log)'; \"$@\""),
        ("id", "echo \(byRoot ? 0 : 1000)"),
        ("dpkg-query", "case \"$*\" in *gnuplot-nox*) exit 1;; esac; echo install ok installed"),
      ] {
        try writeProgram(lines, to: bin.appendingPathComponent(name))
      }
      let make = ["make", "-C", Self.root.path, "setup"]
      let command = byRoot ? make : ordinaryUserCommand(make[0], Array(make.dropFirst()))
      let process = try lab.start(
        URL(fileURLWithPath: "/usr/bin/env"), command,
        environment: ["PATH": "\(bin.path):/usr/bin:/bin"])
      process.waitUntilExit()
      #expect(process.terminationStatus == 0, "\(lab.text("out"))\(lab.text("err"))")
      let install = "apt-get install -y -qq --no-install-recommends gnuplot-nox"
      let wanted =
        byRoot ? ["apt-get update -qq", install] : ["sudo", "apt-get update -qq", "sudo", install]
      #expect(lab.text("log").split(separator: "\n").map(String.init) == wanted)
    }
  #endif
}
