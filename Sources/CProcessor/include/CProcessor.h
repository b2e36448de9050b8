#pragma once
#include <stdbool.h>

/// What the kernels of this package need of the processor that runs them.
typedef struct {
  bool avx2;
  bool fma;
} LCLProcessorFeatures;

/// Asks the processor (CPUID). All false on other architectures than x86-64.
LCLProcessorFeatures lclProcessorFeatures(void);

/// Tells the processor that the thread polls a variable; it saves energy, and does not slow down
/// another thread of the same core.
static inline void lclPause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
