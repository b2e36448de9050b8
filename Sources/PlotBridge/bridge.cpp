#include "PlotBridge.h"

#include <cassert>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include <gnuplot-iostream.h>

namespace {

using Row = std::tuple<double, double, double, double>;

/// The parts of a table between its gaps. gnuplot ends a curve or a band at the blank line that
/// gnuplot-iostream writes between two parts.
std::vector<std::vector<Row>> partsBetweenGaps(const PlotTable &table) {
  std::vector<std::vector<Row>> parts;
  bool isOpen = false;
  for (size_t i = 0; i < table.count; ++i) {
    const PlotPoint &point = table.points[i];
    const bool isGap = !std::isfinite(point.x) || !std::isfinite(point.y);
    if (!isGap && !isOpen) parts.emplace_back();
    isOpen = !isGap;
    if (isOpen) parts.back().emplace_back(point.x, point.y, point.low, point.high);
  }
  return parts;
}

/// gnuplot-iostream writes to the file descriptor of a FILE. Here its stream gets a buffer in memory
/// instead, and the FILE stays empty.
std::string text(const char *script, const PlotTable *tables, size_t tableCount, std::FILE *unused) {
  std::stringbuf buffer;
  gnuplotio::Gnuplot gnuplot(unused);
  static_cast<std::ostream &>(gnuplot).rdbuf(&buffer);
  for (size_t i = 0; i < tableCount; ++i) {
    // gnuplot-iostream ends a table with a line "e". With that as the end mark the table becomes a
    // named block, which the script can use more than once.
    gnuplot << "$table" << i << " << e\n";
    gnuplot.send2d(partsBetweenGaps(tables[i]));
  }
  gnuplot << script << "\n";
  return buffer.str();
}

}  // namespace

extern "C" char *plotText(
    const char *script, const PlotTable *tables, size_t tableCount, size_t *length) {
  *length = 0;
  // No C++ exception may cross into Swift.
  try {
    std::FILE *unused = std::fopen("/dev/null", "w");
    if (!unused) return nullptr;
    // gnuplot-iostream closes it.
    const std::string result = text(script, tables, tableCount, unused);
    char *copy = static_cast<char *>(std::malloc(result.size() + 1));
    if (!copy) return nullptr;
    std::memcpy(copy, result.c_str(), result.size() + 1);
    *length = result.size();
    return copy;
  } catch (const std::exception &) {
    return nullptr;
  }
}
