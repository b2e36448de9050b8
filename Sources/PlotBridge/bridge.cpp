// plotDraw: one gnuplot process for one picture.
//
// gnuplot-iostream would start gnuplot itself, by popen: through a shell (whose own "not found" is
// all one learns of a missing gnuplot), without its error output, its exit status thrown away, and
// with a broken pipe ending our process. So the process is started here and gnuplot-iostream gets
// the pipe: it does what it is good at, sending tables.
//
// The PNG comes back through a pipe and not as a file, because gnuplot does not notice a full disk.

#include "PlotBridge.h"

#include "process.hpp"

#include <cassert>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <tuple>
#include <vector>

#include <gnuplot-iostream.h>

namespace {

using Row = std::tuple<double, double, double, double>;

/// The stretches between gaps. gnuplot ends a curve or a band at the blank line that
/// gnuplot-iostream writes between two stretches.
std::vector<std::vector<Row>> stretches(const PlotTable &table) {
  std::vector<std::vector<Row>> result;
  bool open = false;
  for (size_t i = 0; i < table.count; ++i) {
    const PlotPoint &point = table.points[i];
    if (!std::isfinite(point.x) || !std::isfinite(point.y)) {
      open = false;
      continue;
    }
    if (!open) result.emplace_back();
    open = true;
    result.back().emplace_back(point.x, point.y, point.low, point.high);
  }
  return result;
}

/// Sends everything and closes the pipe, which tells gnuplot that this was all.
void send(std::FILE *pipe, const char *script, const PlotTable *tables, size_t tableCount) {
  gnuplotio::Gnuplot gnuplot(pipe);
  for (size_t i = 0; i < tableCount; ++i) {
    // gnuplot-iostream ends a table with a line "e"; with that as the end mark the table becomes a
    // named block, which the script can use more than once.
    gnuplot << "$table" << i << " << e\n";
    gnuplot.send2d(stretches(tables[i]));
  }
  gnuplot << script << "\n";
}

bool isWholePNG(const std::string &bytes) {
  static const char signature[] = "\x89PNG\r\n\x1a\n";
  return bytes.size() > 20 && bytes.compare(0, 8, signature, 8) == 0
      && bytes.compare(bytes.size() - 8, 4, "IEND") == 0;
}

void say(char *message, size_t capacity, const std::string &text) {
  if (capacity == 0) return;
  const size_t count = text.size() < capacity - 1 ? text.size() : capacity - 1;
  std::memcpy(message, text.data(), count);
  message[count] = 0;
}

PlotStatus fill(PlotPicture *picture, const std::string &bytes) {
  picture->bytes = static_cast<unsigned char *>(std::malloc(bytes.size()));
  if (!picture->bytes) return plotOutOfResources;
  std::memcpy(picture->bytes, bytes.data(), bytes.size());
  picture->count = bytes.size();
  return plotDone;
}

PlotStatus draw(
    const char *command, const char *script, const PlotTable *tables, size_t tableCount,
    PlotPicture *picture, std::string &message) {
  plotbridge::Process process;
  if (const int problem = process.start(command)) {
    message = std::strerror(problem);
    if (problem == ENOENT) return plotCommandMissing;
    const bool ours = problem == EMFILE || problem == ENFILE || problem == ENOMEM;
    return ours ? plotOutOfResources : plotCommandNotStarted;
  }
  {
    plotbridge::BrokenPipeGuard guard;
    std::FILE *pipe = process.takeInput();
    if (!pipe) return plotOutOfResources;
    send(pipe, script, tables, tableCount);
  }
  const std::string ending = process.finish();
  if (ending.empty() && isWholePNG(process.output)) return fill(picture, process.output);
  message = process.errors;
  if (!ending.empty()) message += (message.empty() ? "" : "\n") + ending;
  if (message.empty()) message = "it ended without an error, but without a whole PNG";
  return plotCommandFailed;
}

}  // namespace

extern "C" PlotStatus plotDraw(
    const char *command, const char *script, const PlotTable *tables, size_t tableCount,
    PlotPicture *picture, char *message, size_t messageCapacity) {
  picture->bytes = nullptr;
  picture->count = 0;
  // No C++ exception may cross into Swift.
  try {
    std::string text;
    const PlotStatus status = draw(command, script, tables, tableCount, picture, text);
    say(message, messageCapacity, text);
    return status;
  } catch (const std::bad_alloc &) {
    say(message, messageCapacity, "out of memory");
    return plotOutOfResources;
  } catch (const std::exception &problem) {
    say(message, messageCapacity, problem.what());
    return plotCommandFailed;
  } catch (...) {
    say(message, messageCapacity, "an unknown C++ exception");
    return plotCommandFailed;
  }
}

extern "C" void plotFreePicture(PlotPicture *picture) {
  std::free(picture->bytes);
  picture->bytes = nullptr;
  picture->count = 0;
}
