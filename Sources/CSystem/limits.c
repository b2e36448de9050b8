#define _GNU_SOURCE

#include "CSystem.h"

#include <errno.h>
#include <stdint.h>
#include <sys/resource.h>

#if defined(__linux__)
#include <sched.h>
#endif

int lclAllowedProcessorCount(void) {
#if defined(__linux__)
  // The set must be as large as the kernel's own, which is only found by trying.
  for (int capacity = 1024; capacity <= 1 << 20; capacity *= 2) {
    cpu_set_t *set = CPU_ALLOC(capacity);
    if (set == NULL) return 0;
    size_t bytes = CPU_ALLOC_SIZE(capacity);
    int code = sched_getaffinity(0, bytes, set);
    int reason = errno;
    int count = code == 0 ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (code == 0) return count;
    if (reason != EINVAL) return 0;
  }
#endif
  return 0;
}

static uint64_t softLimit(int resource) {
  struct rlimit limit;
  if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return UINT64_MAX;
  return limit.rlim_cur;
}

uint64_t lclAddressSpaceLimit(void) { return softLimit(RLIMIT_AS); }
uint64_t lclDataLimit(void) { return softLimit(RLIMIT_DATA); }
uint64_t lclResidentLimit(void) { return softLimit(RLIMIT_RSS); }
