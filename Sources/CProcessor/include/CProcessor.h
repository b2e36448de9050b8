#pragma once
#include <stdbool.h>

/// What the kernels of this package need of the processor that runs them.
typedef struct {
  bool avx2;
  bool fma;
} LCLProcessorFeatures;

/// Asks the processor (CPUID). All false on other architectures than x86-64.
LCLProcessorFeatures lclProcessorFeatures(void);
