// System calls that Swift cannot make: most of them between fork and exec, where only C may run.
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "TerminalKeys.h"

/// A pipe whose two ends, `ends[0]` to read and `ends[1]` to write, no other program inherits. Their
/// numbers are above 2, so that setting up a program's streams does not overwrite them.
/// Returns 0, or -1 with errno set.
int lclClosedOnExecPipe(int ends[2]);

/// How a program is started.
enum lclStart {
  /// As a child and as the leader of its own process group. On Linux it is killed when the thread
  /// that started it ends.
  lclStartInGroup,
  /// Below a second process that adopts whatever the program starts and leaves behind. The number
  /// of that process is returned; it ends as the program ends. After SIGTERM, or when the thread
  /// that started it ends, it kills the program and everything below it. Linux; elsewhere the same
  /// as `lclStartInGroup`.
  lclStartSupervised,
  /// In its own session and without a parent that waits for it, except for `noticeMilliseconds`. Its
  /// exit status is returned if it ends within that time, and otherwise 0.
  lclStartDetached,
};

/// A program to start.
struct lclProgram {
  const char *path;
  /// Both end with a null pointer.
  char *const *arguments;
  char *const *environment;
  /// The working folder; null for the one of this process.
  const char *folder;
  /// Descriptors above 2 that become standard input, output and error; -1 for /dev/null.
  int streams[3];
  /// Limits of each process; 0 for none. Past them the system sends SIGXCPU or SIGXFSZ, or refuses
  /// the memory.
  long long processorSeconds;
  long long fileBytes;
  long long addressBytes;
  /// For `lclStartDetached`: how long an early end is waited for.
  int noticeMilliseconds;
};

/// Starts a program. Signals that this process ignores or blocks have their usual effect in it.
/// Returns a process number, or -1 with errno set, also if the program cannot be executed.
pid_t lclStartProgram(const struct lclProgram *program, enum lclStart how);

/// Whether `lclStartSupervised` differs from `lclStartInGroup` on this system.
int lclCanSupervise(void);

/// The memory in use by the processes below `process`, not counting `process` itself, in bytes.
/// Pages that several of them share are counted more than once.
long long lclResidentBytesBelow(pid_t process);

/// The memory in use by one process, in bytes; 0 if there is no such process.
long long lclResidentBytes(pid_t process);

/// The bytes that a process and all processes below it have written to files and pipes, with those
/// of ended processes that were waited for; 0 where the system does not tell.
long long lclWrittenBytes(pid_t process);

/// The number of processors that this process may run on; 0 if the system does not tell.
int lclAllowedProcessorCount(void);

/// The soft limits of this process in bytes, `ulimit -v`, `-d` and `-m`; UINT64_MAX if there is none.
uint64_t lclAddressSpaceLimit(void);
uint64_t lclDataLimit(void);
uint64_t lclResidentLimit(void);

/// Goes on in a child of this process, which waits for it and ends with its exit status. If a signal
/// ends the child, this process writes "NAME ended by signal N at SECONDS" to standard error, the time
/// since 1970, and ends with 128 and the signal. On Linux the child is killed if this process is.
/// To be called before there are threads. Returns 0 in the child, or an error number if there is none.
int lclContinueWatched(const char *name);
