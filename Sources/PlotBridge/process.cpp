#include "process.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace plotbridge {

namespace {

/// Two ends of a pipe that other children do not inherit: one that did would keep the pipe open,
/// and its reader waiting, for as long as it lives.
int openPipe(int ends[2]) {
#if defined(__linux__)
  return pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno;
#else
  if (pipe(ends) != 0) return errno;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  return 0;
#endif
}

void closePipe(int ends[2]) {
  if (ends[0] >= 0) close(ends[0]);
  if (ends[1] >= 0) close(ends[1]);
}

void drain(int from, std::string *into) {
  char block[65536];
  for (;;) {
    const ssize_t count = read(from, block, sizeof block);
    if (count > 0) {
      into->append(block, static_cast<size_t>(count));
    } else if (count == 0 || errno != EINTR) {
      break;
    }
  }
  close(from);
}

int spawn(const char *command, int in, int out, int err, pid_t *child) {
  // -d: without the reader's own start-up file, which could change every picture.
  char name[] = "gnuplot";
  char plain[] = "-d";
  char *arguments[] = {name, plain, nullptr};
  posix_spawn_file_actions_t actions;
  if (const int problem = posix_spawn_file_actions_init(&actions)) return problem;
  posix_spawn_file_actions_adddup2(&actions, in, 0);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawn_file_actions_adddup2(&actions, err, 2);
  const int problem = posix_spawnp(child, command, &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  return problem;
}

}  // namespace

int Process::start(const char *command) {
  int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1};
  int problem = openPipe(in);
  if (!problem) problem = openPipe(out);
  if (!problem) problem = openPipe(err);
  if (!problem) problem = spawn(command, in[0], out[1], err[1], &child);
  if (problem) {
    child = -1;
    closePipe(in);
    closePipe(out);
    closePipe(err);
    return problem;
  }
  close(in[0]);
  close(out[1]);
  close(err[1]);
  input = in[1];
  outputReader = std::thread(drain, out[0], &output);
  errorReader = std::thread(drain, err[0], &errors);
  return 0;
}

std::FILE *Process::takeInput() {
  std::FILE *file = fdopen(input, "w");
  if (file) input = -1;
  return file;
}

void Process::closeInput() {
  if (input >= 0) close(input);
  input = -1;
}

std::string Process::finish() {
  closeInput();
  // Outputs first: a process that still has something to say would never end.
  if (outputReader.joinable()) outputReader.join();
  if (errorReader.joinable()) errorReader.join();
  if (child < 0) return "";
  int status = 0;
  pid_t ended;
  do {
    ended = waitpid(child, &status, 0);
  } while (ended < 0 && errno == EINTR);
  child = -1;
  if (ended < 0) return std::string("it could not be waited for: ") + std::strerror(errno);
  if (WIFSIGNALED(status)) return std::string("it was ended by ") + strsignal(WTERMSIG(status));
  if (WEXITSTATUS(status) == 0) return "";
  return "it ended with status " + std::to_string(WEXITSTATUS(status));
}

Process::~Process() { finish(); }

BrokenPipeGuard::BrokenPipeGuard() {
  sigset_t pending;
  sigemptyset(&pending);
  sigpending(&pending);
  wasPending = sigismember(&pending, SIGPIPE) == 1;
  sigemptyset(&pipeSignal);
  sigaddset(&pipeSignal, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipeSignal, &before);
}

BrokenPipeGuard::~BrokenPipeGuard() {
  sigset_t pending;
  sigemptyset(&pending);
  sigpending(&pending);
  if (!wasPending && sigismember(&pending, SIGPIPE) == 1) {
    int taken = 0;
    sigwait(&pipeSignal, &taken);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace plotbridge
