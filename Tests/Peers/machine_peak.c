// An independent measurement of what `lab bench` divides by: the multiply-add peak, and the bandwidth
// of reading and of copying. Tests/CPUBackendTests/MachinePeakTests.swift compiles and runs it.
//
//   cc -O3 -march=native -ffp-contract=fast -o machine_peak machine_peak.c -lpthread
//   machine_peak THREADS        prints FLOP/s, bytes read per second, bytes copied per second
//
// Each number is that of the fastest of many bursts. A multiply-add counts as two FLOPs; a copied byte
// counts twice, as it is read and written.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

typedef float lanes __attribute__((vector_size(32)));

// Registers that depend only on themselves: more than the latency of a multiply-add takes to hide.
enum { CHAINS = 12, STEPS = 300000, LANES = 8 };
static const size_t window = (size_t)32 << 20, windows = 4;

typedef struct {
  int kind, thread, threads, bursts;
  char *source, *target;
  float sum;
  double seconds;
} part;

static float multiplyAdds(float seed) {
  lanes c[CHAINS], factor, addend;
  for (int lane = 0; lane < LANES; lane++) {
    factor[lane] = 0.999f;
    addend[lane] = 0.001f;
    for (int chain = 0; chain < CHAINS; chain++) c[chain][lane] = seed + chain;
  }
  for (int step = 0; step < STEPS; step++)
#pragma GCC unroll 12
    for (int chain = 0; chain < CHAINS; chain++) c[chain] = c[chain] * factor + addend;
  float sum = 0;
  for (int chain = 0; chain < CHAINS; chain++)
    for (int lane = 0; lane < LANES; lane++) sum += c[chain][lane];
  return sum;
}

static float sumOf(const char *bytes, size_t count) {
  const lanes *values = (const lanes *)bytes;
  lanes a = {0}, b = {0}, c = {0}, d = {0};
  for (size_t i = 0; i + 3 < count / sizeof(lanes); i += 4) {
    a += values[i];
    b += values[i + 1];
    c += values[i + 2];
    d += values[i + 3];
  }
  a = (a + b) + (c + d);
  float sum = 0;
  for (int lane = 0; lane < LANES; lane++) sum += a[lane];
  return sum;
}

static pthread_barrier_t barrier;

static void work(part *p, int burst) {
  size_t share = window / (size_t)p->threads / 128 * 128;
  size_t start = (size_t)burst % windows * window + (size_t)p->thread * share;
  switch (p->kind) {
    case 0: p->sum = multiplyAdds((float)p->thread); break;
    case 1: p->sum = sumOf(p->source + start, share); break;
    default: memcpy(p->target + start, p->source + start, share);
  }
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

// All bursts of one thread. Thread 0 takes the time from barrier to barrier: the fastest one, after
// a warm-up.
static void *run(void *argument) {
  part *p = argument;
  p->seconds = 1e9;
  for (int burst = 0; burst <= p->bursts; burst++) {
    pthread_barrier_wait(&barrier);
    double start = now();
    work(p, burst);
    pthread_barrier_wait(&barrier);
    double seconds = now() - start;
    if (burst > 0 && seconds < p->seconds) p->seconds = seconds;
  }
  return NULL;
}

static double fastest(int kind, int threads, int bursts, char *source, char *target) {
  part parts[64];
  pthread_t others[64];
  pthread_barrier_init(&barrier, NULL, (unsigned)threads);
  for (int t = 0; t < threads; t++) {
    parts[t] = (part){kind, t, threads, bursts, source, target, 0, 0};
    if (t > 0 && pthread_create(&others[t], NULL, run, &parts[t])) exit(1);
  }
  run(&parts[0]);
  for (int t = 1; t < threads; t++) pthread_join(others[t], NULL);
  pthread_barrier_destroy(&barrier);
  if (parts[0].sum == 0.123456f) puts("");  // so that the sums are computed
  return parts[0].seconds;
}

// Pages of 2 MiB where the system has them, as the engine's large buffers: with pages of 4 KiB, one
// thread reads half as fast on some machines.
static char *hugePages(size_t bytes) {
  char *memory = aligned_alloc(2 << 20, bytes);
#ifdef MADV_HUGEPAGE
  if (memory) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  return memory;
}

int main(int count, char **arguments) {
  int threads = count > 1 ? atoi(arguments[1]) : 1;
  if (threads < 1 || threads > 64) return 1;
  char *source = hugePages(windows * window), *target = hugePages(windows * window);
  if (!source || !target) return 1;
  memset(source, 0, windows * window);
  memset(target, 0, windows * window);
  double flops =
      2.0 * LANES * CHAINS * STEPS * threads / fastest(0, threads, 300, source, target);
  double read = (double)window / fastest(1, threads, 40, source, target);
  double copied = 2 * (double)window / fastest(2, threads, 40, source, target);
  printf("%.6g %.6g %.6g\n", flops, read, copied);
  return 0;
}
