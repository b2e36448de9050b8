#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "CSystem.h"

static volatile sig_atomic_t watchedChild = 0;

static void passOn(int number) {
  if (watchedChild > 0) kill(watchedChild, number);
}

/// Waits for the child and ends as it did.
static void watch(pid_t child, const char *name) {
  watchedChild = child;
  signal(SIGINT, passOn);
  signal(SIGTERM, passOn);
  signal(SIGHUP, passOn);
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) _exit(70);
  }
  if (WIFEXITED(status)) _exit(WEXITSTATUS(status));
  struct timespec now = {0, 0};
  clock_gettime(CLOCK_REALTIME, &now);
  char line[200];
  int length = snprintf(line, sizeof line, "%s ended by signal %d at %lld.%09ld\n", name,
                        WTERMSIG(status), (long long)now.tv_sec, now.tv_nsec);
  // In one call, so that lines of several processes do not mix.
  if (length > 0 && write(STDERR_FILENO, line, (size_t)length) < 0) _exit(70);
  // When this process ends, `mpiexec` ends the others and stops reading. By then each of them should
  // have said how its child ended.
  usleep(500000);
  _exit(128 + WTERMSIG(status));
}

int lclContinueWatched(const char *name) {
  pid_t parent = getpid();
  fflush(NULL);
  pid_t child = fork();
  if (child < 0) return errno;
  if (child > 0) watch(child, name);
#ifdef __linux__
  // If the watching process is killed, the watched one goes too.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  if (getppid() != parent) _exit(70);
  return 0;
}
