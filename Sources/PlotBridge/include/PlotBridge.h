// gnuplot behind a plain C face: a script and tables of numbers go in, a PNG comes out.
//
// The C++ of gnuplot-iostream stays inside bridge.cpp: a C++ header would force the
// interoperability flag on every Swift module that imports this one.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  plotDone = 0,
  /// No program of that name on the PATH.
  plotCommandMissing = 1,
  /// The system refused to start it; the message says why.
  plotCommandNotStarted = 2,
  /// It ended with an error, or without a whole PNG; the message holds what it printed.
  plotCommandFailed = 3,
  /// This process ran out of memory or file handles.
  plotOutOfResources = 4
} PlotStatus;

/// Four numbers for each point. A row whose x or y is not a number is a gap.
typedef struct {
  double x, y, low, high;
} PlotPoint;

/// One table, `$table0`, `$table1`, ... in the script, by its place in the list.
typedef struct {
  const PlotPoint *points;
  size_t count;
} PlotTable;

/// The bytes of a PNG. Free them with `plotFreePicture`.
typedef struct {
  unsigned char *bytes;
  size_t count;
} PlotPicture;

/// Runs `command` (a name on the PATH, or a path; no shell reads it) with the tables and `script`
/// on its standard input, and collects the PNG from its standard output.
///
/// Both of its output pipes are drained while it is being written to, so it can never block on us
/// nor we on it. The message is always ended by a zero and is cut where it does not fit.
PlotStatus plotDraw(
    const char *command, const char *script, const PlotTable *tables, size_t tableCount,
    PlotPicture *picture, char *message, size_t messageCapacity);

/// Frees a picture; an empty one may be freed too.
void plotFreePicture(PlotPicture *picture);

#ifdef __cplusplus
}
#endif
