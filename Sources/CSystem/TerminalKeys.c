#define _GNU_SOURCE

#include "TerminalKeys.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static struct termios before, keys;
static atomic_bool isOn, isScreenOn, wasContinued, wasResized;

enum { fatalCount = 11, crashCount = 6 };
// SIGINT is here for commands without a handler of their own.
static const int fatal[fatalCount] = {SIGINT,  SIGTERM, SIGHUP,    SIGQUIT, SIGALRM, SIGUSR1,
                                      SIGUSR2, SIGXCPU, SIGVTALRM, SIGPROF, SIGSYS};
static const int crash[crashCount] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP};
static struct sigaction fatalBefore[fatalCount], crashBefore[crashCount];
static struct sigaction stopBefore, continueBefore, resizeBefore;

// In the background the terminal belongs to the shell, and changing it would stop the program.
// A terminal that does not control this session has no foreground.
static bool isForeground(void) {
  pid_t group = tcgetpgrp(STDIN_FILENO);
  return group < 0 || group == getpgrp();
}

static void apply(const struct termios *settings) {
  if (isForeground()) tcsetattr(STDIN_FILENO, TCSANOW, settings);
}

// Called in signal handlers. A terminal that is gone needs no screen.
static void showScreen(bool second) {
  const char *code = second ? "\033[?1049h\033[?25l" : "\033[?25h\033[?1049l";
  if (isForeground() && write(STDOUT_FILENO, code, strlen(code)) < 0) return;
}

static void restore(void) {
  if (atomic_exchange(&isScreenOn, false)) showScreen(false);
  apply(&before);
}

static void onFatal(int number) {
  if (atomic_exchange(&isOn, false)) restore();
  signal(number, SIG_DFL);
  // Delivered when this handler returns.
  raise(number);
}

static void onCrash(int number, siginfo_t *information, void *context) {
  (void)context;
  if (atomic_exchange(&isOn, false)) restore();
  for (int index = 0; index < crashCount; index++) {
    if (crash[index] == number) sigaction(number, &crashBefore[index], NULL);
  }
  // A faulting instruction runs again after the return, and the former handler sees it.
  if (information->si_code <= 0 || number == SIGTRAP) raise(number);
}

static void onStop(int number) {
  int error = errno;
  struct sigaction own;
  sigset_t stop, mask;
  if (isScreenOn) showScreen(false);
  if (isOn) apply(&before);
  sigaction(number, &stopBefore, &own);
  raise(number);
  sigemptyset(&stop);
  sigaddset(&stop, number);
  // The program stops here, until it is continued.
  pthread_sigmask(SIG_UNBLOCK, &stop, &mask);
  pthread_sigmask(SIG_SETMASK, &mask, NULL);
  // An orphaned process group does not stop, and no SIGCONT comes.
  if (isOn) apply(&keys);
  if (isScreenOn) showScreen(true);
  sigaction(number, &own, NULL);
  errno = error;
}

static void onContinue(int number) {
  (void)number;
  int error = errno;
  if (isOn) apply(&keys);
  wasContinued = true;
  errno = error;
}

static void onResize(int number) {
  (void)number;
  wasResized = true;
}

// A signal that is ignored (nohup) or that has a handler keeps it.
static void install(int number, void (*handler)(int), struct sigaction *former) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(number, NULL, former);
  if (former->sa_handler == SIG_DFL) sigaction(number, &action, NULL);
}

static void uninstall(int number, void (*handler)(int), const struct sigaction *former) {
  struct sigaction now;
  sigaction(number, NULL, &now);
  if (now.sa_handler == handler) sigaction(number, former, NULL);
}

void lclQuitAsUsual(void) {
  struct sigaction action;
  sigaction(SIGQUIT, NULL, &action);
  if (action.sa_handler != SIG_IGN) signal(SIGQUIT, SIG_DFL);
}

bool lclBeginKeys(void) {
  if (isOn || !isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0) return false;
  keys = before;
  keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
  keys.c_cc[VMIN] = 1;
  keys.c_cc[VTIME] = 0;
  wasContinued = false;
  wasResized = false;
  for (int index = 0; index < fatalCount; index++) {
    install(fatal[index], onFatal, &fatalBefore[index]);
  }
  for (int index = 0; index < crashCount; index++) {
    struct sigaction action = {.sa_sigaction = onCrash, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    sigaction(crash[index], &action, &crashBefore[index]);
  }
  install(SIGTSTP, onStop, &stopBefore);
  install(SIGCONT, onContinue, &continueBefore);
  install(SIGWINCH, onResize, &resizeBefore);
  isOn = true;
  apply(&keys);
  return true;
}

void lclEndKeys(void) {
  if (!atomic_exchange(&isOn, false)) return;
  restore();
  uninstall(SIGTSTP, onStop, &stopBefore);
  uninstall(SIGCONT, onContinue, &continueBefore);
  uninstall(SIGWINCH, onResize, &resizeBefore);
  for (int index = 0; index < fatalCount; index++) {
    uninstall(fatal[index], onFatal, &fatalBefore[index]);
  }
  for (int index = 0; index < crashCount; index++) {
    sigaction(crash[index], &crashBefore[index], NULL);
  }
}

void lclBeginScreen(void) {
  if (isOn && !atomic_exchange(&isScreenOn, true)) showScreen(true);
}

bool lclWasResized(void) { return atomic_exchange(&wasResized, false); }

bool lclWasContinued(void) { return atomic_exchange(&wasContinued, false); }
