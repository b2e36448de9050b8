// A C interface to gnuplot-iostream. It converts a script and tables of numbers to the text that
// gnuplot reads on its standard input. It does not run gnuplot.
//
// The C++ of gnuplot-iostream stays inside bridge.cpp: a C++ header would force the
// interoperability flag on every Swift module that imports this one.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Four numbers for each point. A row whose x or y is not finite is a gap.
typedef struct {
  double x, y, low, high;
} PlotPoint;

/// One table: `$table0`, `$table1`, ... in the script, by its index.
typedef struct {
  const PlotPoint *points;
  size_t count;
} PlotTable;

/// The tables as named data blocks, then the script.
///
/// @param length Set to the number of bytes, without the final zero. @return Text to be freed with
/// `free`, or NULL if memory or file descriptors ran out.
char *plotText(
    const char *script, const PlotTable *tables, size_t tableCount, size_t *length);

#ifdef __cplusplus
}
#endif
