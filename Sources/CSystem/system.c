#define _GNU_SOURCE

#include "CSystem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#include <sys/syscall.h>
#else
#include <libproc.h>
#endif

// MARK: - Pipes

static int moveAboveStreams(int *end) {
  if (*end > 2) return 0;
  int moved = fcntl(*end, F_DUPFD_CLOEXEC, 3);
  int code = errno;
  close(*end);
  *end = moved;
  errno = code;
  return moved < 0 ? -1 : 0;
}

int lclClosedOnExecPipe(int ends[2]) {
#if defined(__linux__)
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
#else
  if (pipe(ends) != 0) return -1;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
#endif
  if (moveAboveStreams(&ends[0]) != 0) {
    close(ends[1]);
    return -1;
  }
  if (moveAboveStreams(&ends[1]) != 0) {
    close(ends[0]);
    return -1;
  }
  return 0;
}

// MARK: - In the new process
//
// Until `execve`, only calls that are allowed in a signal handler: another thread may have held a
// lock when the process was made.

static void limit(int resource, long long value, long long margin) {
  struct rlimit bound;
  if (value <= 0 || getrlimit(resource, &bound) != 0) return;
  rlim_t soft = (rlim_t)value, hard = (rlim_t)(value + margin);
  if (bound.rlim_max != RLIM_INFINITY && hard > bound.rlim_max) hard = bound.rlim_max;
  bound.rlim_cur = soft < hard ? soft : hard;
  bound.rlim_max = hard;
  setrlimit(resource, &bound);
}

static void report(int errors, int code) {
  while (write(errors, &code, sizeof code) < 0 && errno == EINTR) {
  }
}

/// Turns this process into the program.
static _Noreturn void execute(const struct lclProgram *program, int errors) {
  struct sigaction usual;
  memset(&usual, 0, sizeof usual);
  usual.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; number++) sigaction(number, &usual, NULL);

  int ok = 1;
  for (int stream = 0; stream < 3 && ok; stream++) {
    int source = program->streams[stream];
    if (source >= 0) {
      ok = dup2(source, stream) >= 0;
      continue;
    }
    int nothing = open("/dev/null", stream == 0 ? O_RDONLY : O_WRONLY);
    ok = nothing >= 0;
    if (nothing >= 0 && nothing != stream) {
      ok = dup2(nothing, stream) >= 0;
      close(nothing);
    }
  }
  if (ok && program->folder != NULL) ok = chdir(program->folder) == 0;
  if (ok) {
    // One second of margin: SIGXCPU comes first, and SIGKILL if the program ignores it.
    limit(RLIMIT_CPU, program->processorSeconds, 1);
    limit(RLIMIT_FSIZE, program->fileBytes, 0);
#if defined(__linux__)
    limit(RLIMIT_AS, program->addressBytes, 0);
#endif
    if (program->processorSeconds > 0 || program->fileBytes > 0 || program->addressBytes > 0) {
      struct rlimit none = {0, 0};
      setrlimit(RLIMIT_CORE, &none);
    }
    sigset_t signals;
    sigemptyset(&signals);
    sigprocmask(SIG_SETMASK, &signals, NULL);
    execve(program->path, program->arguments, program->environment);
  }
  report(errors, errno);
  _exit(127);
}

/// A process that shares this one's memory until it executes the program. A copy of it, as `fork`
/// makes, takes time and may be refused if this process holds many gigabytes. The sanitizers keep
/// their own records of the stack, which such a child would mix with this process's.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define lclFork fork
#endif
#endif
#if defined(__linux__) && !defined(lclFork)
#define lclFork vfork
#elif !defined(lclFork)
#define lclFork fork
#endif

static __attribute__((noinline)) pid_t startGroup(
    const struct lclProgram *program, int errors, int endsWithParent) {
  pid_t id = lclFork();
  if (id != 0) return id;
  setpgid(0, 0);
#if defined(__linux__)
  if (endsWithParent) prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
#else
  (void)endsWithParent;
#endif
  execute(program, errors);
}

/// On Linux the program is killed when the thread ends that started it, also by `kill -9`.
static pid_t startInGroup(const struct lclProgram *program, int errors) {
  return startGroup(program, errors, 1);
}

/// Lets no program of this process inherit a descriptor above 2. A program that outlives this process
/// would otherwise keep a pipe of somebody else open, whose reader then waits for its end.
static void closeOnExecAboveStreams(void) {
#if defined(__linux__) && defined(SYS_close_range)
  const unsigned setCloseOnExec = 4;
  if (syscall(SYS_close_range, 3u, ~0u, setCloseOnExec) == 0) return;
#endif
  long count = sysconf(_SC_OPEN_MAX);
  if (count < 0 || count > 65536) count = 65536;
  for (int number = 3; number < count; number++) fcntl(number, F_SETFD, FD_CLOEXEC);
}

/// The child starts the program, waits for an early end, and ends itself with the program's status, so
/// that the system's first process inherits the program.
static __attribute__((noinline)) pid_t startDetached(const struct lclProgram *program, int errors) {
  pid_t id = lclFork();
  if (id != 0) return id;
  setsid();
  closeOnExecAboveStreams();
  id = startGroup(program, errors, 0);
  if (id < 0) {
    report(errors, errno);
    _exit(0);
  }
  for (int waited = 0; waited < program->noticeMilliseconds; waited += 10) {
    int status;
    if (waitpid(id, &status, WNOHANG) == id) {
      _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
    usleep(10000);
  }
  _exit(0);
}

#if defined(__linux__)

// MARK: - The supervisor, also in a new process

/// The numbers of the children of a thread, from its file in /proc. Returns how many there are, at
/// most `capacity`; -1 if the file cannot be read.
static int readChildren(const char *path, pid_t *children, int capacity) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  char text[4096];
  int count = 0;
  long number = 0;
  ssize_t length;
  while ((length = read(file, text, sizeof text)) > 0) {
    for (ssize_t i = 0; i < length; i++) {
      if (text[i] >= '0' && text[i] <= '9') {
        number = number * 10 + (text[i] - '0');
      } else {
        if (number > 0 && count < capacity) children[count++] = (pid_t)number;
        number = 0;
      }
    }
  }
  close(file);
  return count;
}

static void closeEverything(void) {
#if defined(SYS_close_range)
  if (syscall(SYS_close_range, 0u, ~0u, 0u) == 0) return;
#endif
  long count = sysconf(_SC_OPEN_MAX);
  if (count < 0 || count > 65536) count = 65536;
  for (long number = 0; number < count; number++) close((int)number);
}

/// Takes the end of every child that has ended, and keeps the program's status. Returns 0 when no
/// child is left.
static int reap(pid_t program, int *hasEnded, int *status) {
  for (;;) {
    int code;
    pid_t ended = waitpid(-1, &code, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR)) return 1;
    if (ended < 0) return 0;
    if (ended != program) continue;
    *status = code;
    *hasEnded = 1;
  }
}

/// Kills the children until there are none: those of a killed child become children of this process.
/// Returns the program's status.
static int endEverything(pid_t program, int hasEnded, int status) {
  for (;;) {
    pid_t children[512];
    int count = readChildren("/proc/thread-self/children", children, 512);
    for (int i = 0; i < count; i++) kill(children[i], SIGKILL);
    if (count < 0 && !hasEnded) kill(-program, SIGKILL);
    if (!reap(program, &hasEnded, &status)) return status;
    if (count < 0 && hasEnded) return status;
    usleep(500);
  }
}

static _Noreturn void supervise(pid_t program) {
  // Also the ends of the pipes and the locks of the process that this one is a copy of.
  closeEverything();
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGCHLD);
  sigaddset(&awaited, SIGTERM);
  int status = 0, hasEnded = 0, number = 0;
  while (!hasEnded && number != SIGTERM) {
    if (sigwait(&awaited, &number) != 0) break;
    reap(program, &hasEnded, &status);
  }
  if (hasEnded) kill(-program, SIGKILL);
  status = endEverything(program, hasEnded, status);
  if (!WIFSIGNALED(status)) _exit(WEXITSTATUS(status));
  // Ends by the same signal, without a second core file.
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  sigset_t all;
  sigfillset(&all);
  sigdelset(&all, WTERMSIG(status));
  sigprocmask(SIG_SETMASK, &all, NULL);
  kill(getpid(), WTERMSIG(status));
  _exit(128 + WTERMSIG(status));
}

static pid_t startSupervised(const struct lclProgram *program, int errors) {
  pid_t parent = getpid();
  pid_t id = fork();
  if (id != 0) return id;
  setpgid(0, 0);
  struct sigaction usual;
  memset(&usual, 0, sizeof usual);
  usual.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; number++) sigaction(number, &usual, NULL);
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
  if (getppid() != parent) _exit(127);
  pid_t child = startInGroup(program, errors);
  if (child < 0) {
    report(errors, errno);
    _exit(127);
  }
  supervise(child);
}

int lclCanSupervise(void) { return 1; }

#else

static pid_t startSupervised(const struct lclProgram *program, int errors) {
  return startInGroup(program, errors);
}

int lclCanSupervise(void) { return 0; }

#endif

// MARK: - Starting

pid_t lclStartProgram(const struct lclProgram *program, enum lclStart how) {
  int errors[2];
  if (lclClosedOnExecPipe(errors) != 0) return -1;
  // No handler of this process runs in the new one.
  sigset_t all, previous;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &previous);
  pid_t id = how == lclStartSupervised ? startSupervised(program, errors[1])
             : how == lclStartDetached ? startDetached(program, errors[1])
                                       : startInGroup(program, errors[1]);
  int code = errno;
  pthread_sigmask(SIG_SETMASK, &previous, NULL);
  close(errors[1]);
  if (id < 0) {
    close(errors[0]);
    errno = code;
    return -1;
  }
  // The program may stop its supervisor before that has closed its end of the pipe.
  struct pollfd watched = {.fd = errors[0], .events = POLLIN};
  int ready;
  while ((ready = poll(&watched, 1, 50)) == 0 || (ready < 0 && errno == EINTR)) {
    if (ready == 0 && how == lclStartSupervised) kill(id, SIGCONT);
  }
  // Nothing comes if the program is executed.
  ssize_t length;
  while ((length = read(errors[0], &code, sizeof code)) < 0 && errno == EINTR) {
  }
  close(errors[0]);
  int hasFailed = length == sizeof code;
  if (hasFailed || how == lclStartDetached) {
    int status = 0;
    while (waitpid(id, &status, 0) < 0 && errno == EINTR) {
    }
    if (!hasFailed) return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    errno = code;
    return -1;
  }
  return id;
}

// MARK: - Memory

#if defined(__linux__)

/// Reads the beginning of a file in /proc about a process. Returns 0 if it cannot be read.
static int readFact(pid_t process, const char *name, char *text, size_t size) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", (int)process, name);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t length = read(file, text, size - 1);
  close(file);
  if (length <= 0) return 0;
  text[length] = 0;
  return 1;
}

long long lclResidentBytes(pid_t process) {
  char text[128];
  if (!readFact(process, "statm", text, sizeof text)) return 0;
  long long total = 0, resident = 0;
  if (sscanf(text, "%lld %lld", &total, &resident) != 2) return 0;
  return resident * sysconf(_SC_PAGESIZE);
}

/// The bytes of all `write` calls of a process and of its children that have ended.
static long long writtenBytes(pid_t process) {
  char text[512];
  if (!readFact(process, "io", text, sizeof text)) return 0;
  const char *count = strstr(text, "wchar: ");
  return count == NULL ? 0 : atoll(count + 7);
}

static long long sumBelow(pid_t process, long long (*value)(pid_t), int depth) {
  if (depth > 64) return 0;
  char path[96];
  snprintf(path, sizeof path, "/proc/%d/task", (int)process);
  DIR *threads = opendir(path);
  if (threads == NULL) return 0;
  long long sum = 0;
  struct dirent *thread;
  while ((thread = readdir(threads)) != NULL) {
    int number = atoi(thread->d_name);
    if (number <= 0) continue;
    pid_t children[512];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)process, number);
    int count = readChildren(path, children, 512);
    for (int i = 0; i < count; i++) {
      sum += value(children[i]) + sumBelow(children[i], value, depth + 1);
    }
  }
  closedir(threads);
  return sum;
}

#else

static long long writtenBytes(pid_t process) {
  (void)process;
  return 0;
}

long long lclResidentBytes(pid_t process) {
  struct rusage_info_v2 usage;
  if (proc_pid_rusage(process, RUSAGE_INFO_V2, (rusage_info_t *)&usage) != 0) return 0;
  return (long long)usage.ri_phys_footprint;
}

static long long sumBelow(pid_t process, long long (*value)(pid_t), int depth) {
  if (depth > 64) return 0;
  pid_t children[512];
  int count = proc_listchildpids(process, children, (int)sizeof children);
  long long sum = 0;
  for (int i = 0; i < count && i < 512; i++) {
    sum += value(children[i]) + sumBelow(children[i], value, depth + 1);
  }
  return sum;
}

#endif

long long lclResidentBytesBelow(pid_t process) { return sumBelow(process, lclResidentBytes, 0); }

long long lclWrittenBytes(pid_t process) {
  return writtenBytes(process) + sumBelow(process, writtenBytes, 0);
}
