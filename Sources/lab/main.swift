import ArgumentParser
import Foundation

// A reader who closes the pipe early (`lab list | head -1`) is no trouble: writing then fails
// quietly, and the run goes on to write its page.
signal(SIGPIPE, SIG_IGN)
LongContextLab.main()
