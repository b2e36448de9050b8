// System calls that Swift's import of the C library does not show on Linux.
#pragma once

#include <spawn.h>

/// A pipe whose two ends, `ends[0]` to read and `ends[1]` to write, no other program inherits.
/// Returns 0, or -1 with errno set.
int lclClosedOnExecPipe(int ends[2]);

/// Starts the program in this working folder. Returns 0 or an errno.
int lclSpawnInFolder(posix_spawn_file_actions_t *actions, const char *folder);
