import ArgumentParser
import CSystem
import Communication
import Foundation
import MPITransport
import TensorCore

// A parent that waits for this process says how it was ended by a signal. `mpiexec` cannot tell it from
// those that it ends itself afterwards.
let environment = ProcessInfo.processInfo.environment
if let rank = ["PMI_RANK", "PMIX_RANK"].compactMap({ environment[$0] }).first {
  _ = lclContinueWatched("\(RankProgram.endStart)rank \(rank)")
}

// MPI is started before the arguments are parsed, so that one rank says what is wrong with them, and
// not all.
signal(SIGPIPE, SIG_IGN)
do {
  let session = try RankSession()
  MemoryRefusal.handler = { byteCount in
    session.abort("The system has no memory for a tensor of \(byteCount) bytes.", status: 75)
  }
  do {
    let command = try LabRank.parseAsRoot()
    if var command = command as? any RankCommand {
      try command.run(in: session)
    } else {
      // Help, which ends all ranks in the same way.
      var other = command
      try other.run()
    }
    try session.finish()
  } catch {
    session.exit(after: error)
  }
} catch {
  let sentence = "MPI cannot start: \(error). Is MPI installed as on the other hosts?"
  FileHandle.standardError.write(Data("\(RankProgram.messageStart)\(sentence)\n".utf8))
  exit(69)
}
