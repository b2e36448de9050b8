import ArgumentParser
import Foundation

// A reader who closes the pipe early (`lab list | head -1`) is no trouble: writing then fails
// quietly, and the run goes on to write its page.
signal(SIGPIPE, SIG_IGN)
StandardStreams.occupy()
do {
  try LongContextLab.checkName(of: CommandLine.arguments.dropFirst().first)
  var command = try LongContextLab.parseAsRoot()
  try command.run()
  try LongContextLab.checkOutput()
} catch {
  LongContextLab.exit(withError: LongContextLab.outcome(of: error))
}
