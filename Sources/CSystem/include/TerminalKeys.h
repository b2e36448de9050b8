// The terminal of standard input in single-key mode: no echo, no line editing.
#pragma once

#include <stdbool.h>

/// Removes a handler of SIGQUIT, unless the signal is ignored.
void lclQuitAsUsual(void);

/// Begins single-key mode. Until its end, the former settings come back when a signal ends or stops
/// the program, and single keys when it continues. Returns false if standard input is not a terminal
/// or is in this mode already.
bool lclBeginKeys(void);

/// Restores the former settings. Does nothing outside of single-key mode. Any thread may call it.
void lclEndKeys(void);

/// Whether the program was continued (`fg`) since the last call.
bool lclWasContinued(void);

/// Whether the size of the terminal has changed since the last call.
bool lclWasResized(void);

/// Shows the terminal's second screen, without a cursor. The first one comes back, as it was, at the
/// end of single-key mode, and while the program is stopped. Only in single-key mode.
void lclBeginScreen(void);
