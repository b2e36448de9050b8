import ArgumentParser
import Foundation
import SystemSupport
import TensorCore

// If the reader closes the pipe early (`lab list | head -1`), a write fails without ending the
// program, and a run still writes its page.
signal(SIGPIPE, SIG_IGN)
// A write past `ulimit -f` fails with a sentence instead of ending the program.
signal(SIGXFSZ, SIG_IGN)
TerminalKeys.quitAsUsual()
Terminal.reserveClosedDescriptors()
MemoryRefusal.handler = { byteCount in
  TerminalKeys.endAll()
  RunningPrograms.stopAll()
  let error = DeviceError.refused(byteCount)
  Terminal.standardError.writeMessage("\(error)")
  _exit(ExitStatus(of: error).rawValue)
}
do {
  try LongContextLab.checkCommandName(CommandLine.arguments.dropFirst().first)
  var command = try LongContextLab.parseAsRoot()
  let asksForHelp = CommandLine.arguments.contains { ["--help", "-h", "help"].contains($0) }
  if !asksForHelp { try LabFolder.checkCurrent() }
  try command.run()
  TerminalKeys.endAll()
  try Terminal.checkOutput()
} catch {
  LongContextLab.exit(after: error)
}
