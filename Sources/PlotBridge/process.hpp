// A child process with three pipes, of which the two outputs are drained by threads.
#pragma once

#include <csignal>
#include <cstdio>
#include <string>
#include <thread>

#include <sys/types.h>

namespace plotbridge {

class Process {
 public:
  ~Process();

  /// Starts the command; returns 0 or an errno.
  int start(const char *command);
  /// The pipe to its standard input. The caller closes it.
  std::FILE *takeInput();
  /// Waits for the end of both outputs, then of the process. Returns how it ended where that was
  /// not well, or nothing.
  std::string finish();

  std::string output;
  std::string errors;

 private:
  void closeInput();

  pid_t child = -1;
  int input = -1;
  std::thread outputReader;
  std::thread errorReader;
};

/// While it lives, writing to a process that has gone is an error and not the end of this process.
/// Only this thread is touched, so a program's own way with the signal stays as it is.
class BrokenPipeGuard {
 public:
  BrokenPipeGuard();
  ~BrokenPipeGuard();

 private:
  sigset_t pipeSignal;
  sigset_t before;
  bool wasPending;
};

}  // namespace plotbridge
