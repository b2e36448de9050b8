#include "CProcessor.h"

LCLProcessorFeatures lclProcessorFeatures(void) {
  LCLProcessorFeatures features = {false, false};
#if defined(__x86_64__)
  __builtin_cpu_init();
  features.avx2 = __builtin_cpu_supports("avx2");
  features.fma = __builtin_cpu_supports("fma");
#endif
  return features;
}
