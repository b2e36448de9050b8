// A library between a program and the C library. It counts the calls that change files whose path
// contains a text, and does something at one of them. Loaded by LD_PRELOAD; see FaultyDisk.swift.
//
//   DISK_CALL    the calls that count: create, write, rename, or any of them if not set
//   DISK_PATH    the text in the path; for rename, in the new path
//   DISK_AT      the number of the call, from 1
//   DISK_ACTION  kill: the process ends as by kill -9; half: it writes half of the bytes, then ends;
//                full: this call and all later ones fail with ENOSPC; remove: DISK_REMOVE is removed
//   DISK_REMOVE  a folder
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int count;

// Whether the call fails because the disk is full.
static int acts(const char *call, const char *path, int file, const void *bytes, size_t size) {
  const char *calls = getenv("DISK_CALL"), *text = getenv("DISK_PATH"), *at = getenv("DISK_AT");
  const char *action = getenv("DISK_ACTION");
  if (!text || !at || !action || !strstr(path, text) || (calls && strcmp(calls, call))) return 0;
  int number = __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
  if (!strcmp(action, "full")) return number >= atoi(at);
  if (number != atoi(at)) return 0;
  if (!strcmp(action, "remove")) {
    char command[5000];
    snprintf(command, sizeof command, "rm -rf '%s'", getenv("DISK_REMOVE"));
    unsetenv("LD_PRELOAD");
    if (system(command) != 0) abort();
    return 0;
  }
  if (!strcmp(action, "half")) {
    __typeof__(&write) next = dlsym(RTLD_NEXT, "write");
    if (next(file, bytes, size / 2) < 0) abort();
  }
  kill(getpid(), SIGKILL);
  return 0;
}

static int opened(const char *name, const char *path, int flags, mode_t mode) {
  if (flags & O_CREAT && acts("create", path, -1, NULL, 0)) {
    errno = ENOSPC;
    return -1;
  }
  __typeof__(&open) next = dlsym(RTLD_NEXT, name);
  return next(path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  mode_t mode = va_arg(list, mode_t);
  va_end(list);
  return opened("open", path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  mode_t mode = va_arg(list, mode_t);
  va_end(list);
  return opened("open64", path, flags, mode);
}

ssize_t write(int file, const void *bytes, size_t size) {
  char link[40], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length > 0) {
    path[length] = 0;
    if (acts("write", path, file, bytes, size)) {
      errno = ENOSPC;
      return -1;
    }
  }
  __typeof__(&write) next = dlsym(RTLD_NEXT, "write");
  return next(file, bytes, size);
}

int rename(const char *old, const char *new) {
  if (acts("rename", new, -1, NULL, 0)) {
    errno = ENOSPC;
    return -1;
  }
  __typeof__(&rename) next = dlsym(RTLD_NEXT, "rename");
  return next(old, new);
}
