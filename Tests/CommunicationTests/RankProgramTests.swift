import Communication
import Foundation
import SystemSupport
import Testing

@Suite("The end of a program whose ranks mpiexec starts", .timeLimit(.minutes(30)))
struct RankProgramTests {
  private let program = RankProgram(
    URL(fileURLWithPath: "/bin/sh"), arguments: ["-c", ":"], rankCount: 2, timeLimit: 60)

  private func error(
    _ end: Program.End, output: String = "", errors: String = ""
  ) -> RankProgramError? {
    do throws(RankProgramError) {
      _ = try program.output(of: end, Data(output.utf8), errors: errors)
      return nil
    } catch { return error }
  }

  @Test("no mpiexec, no program: exit code 69, and how to get it")
  func missing() throws {
    let noMPI = #expect(throws: RankProgramError.self) { try program.run(searchPath: "/nowhere") }
    #expect(noMPI == .noMPI && noMPI?.exitCode == 69)
    #expect("\(try #require(noMPI))".contains("apt-get install mpich"))
    var other = program
    other.program = URL(fileURLWithPath: "/nowhere/lab-rank")
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "ranks-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let stub = folder.appendingPathComponent("mpiexec")
    try Data("#!/bin/sh\n".utf8).write(to: stub)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: stub.path)
    let missing = other
    let noProgram = #expect(throws: RankProgramError.self) {
      try missing.run(searchPath: folder.path)
    }
    #expect(noProgram == .noProgram("/nowhere/lab-rank") && noProgram?.exitCode == 69)
    #expect("\(try #require(noProgram))".contains("--product lab-rank"))
  }

  /// Rank 0 was aborted because rank 2 was gone, also if its line has the earlier time.
  @Test("which rank was killed, and after which step")
  func killed() throws {
    let ends = """
      ==== backtrace (tid:  15820) ====
      lab-rank-end: rank 0 ended by signal 6 at 1790000000.098000000
      lab-rank-end: rank 1 ended by signal 9 at 1790000000.100000000
      lab-rank-end: rank 2 ended by signal 9 at 1790000000.099000000
      """
    let found = error(
      .exit(9), output: "{\"finished\":2,\"of\":5}\n{\"finished\":3,\"of\":5}\n", errors: ends)
    #expect(found == .killed(rank: 2, signal: 9, after: .init(finished: 3, of: 5)))
    #expect(
      "\(try #require(found))".hasPrefix("Rank 2 was ended by signal 9 (Killed) after step 3 of 5"))
    #expect(error(.exit(134), errors: ends) == .killed(rank: 2, signal: 9))
  }

  @Test("what a rank says of itself comes before what mpiexec says")
  func message() throws {
    let report = """
      lab-rank: Rank 0 waited.
      Abort(75) on node 0: application called MPI_Abort(MPI_COMM_WORLD, 75) - process 0
      lab-rank-end: rank 1 ended by signal 9 at 1790000000.1
      """
    let found = error(.exit(75), errors: report)
    #expect(found == .failed(status: 75, message: "Rank 0 waited."))
    #expect(found.map { "\($0)" } == "Rank 0 waited." && found?.exitCode == 75)
    #expect(error(.exit(0)) == nil)
    let late = error(.timeLimit, errors: "ssh: Could not resolve hostname b\n")
    #expect(late?.exitCode == 75)
    #expect("\(try #require(late))".hasSuffix("mpiexec said: ssh: Could not resolve hostname b"))
    #expect(error(.exit(1))?.description == "A rank failed with status 1. ")
  }
}
