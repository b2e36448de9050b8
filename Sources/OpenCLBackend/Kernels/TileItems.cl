// How a group of work-items shares a tile of ROWS x COLUMNS sums, which they hold in registers: each
// work-item has every DOWN-th row and every ACROSS-th column. With more sums per work-item, each
// element that it loads is used more often.

#define DOWN (ROWS / ROWS_PER_ITEM)
#define ACROSS (COLUMNS / COLUMNS_PER_ITEM)
#define TILE_ITEMS (DOWN * ACROSS)

// 32 work-items, which a GPU runs together, are 8 down and 4 across, in an order in which every
// second one has the same row and every second pair the same column. An access of 16 bytes per
// work-item to local memory is then served in two parts of 16 work-items, because at most eight of
// them read different addresses. With 16 across it takes four parts.
#define MY_DOWN ((int)get_local_id(0) / 2 % 8 + (int)get_local_id(0) / 32 % (DOWN / 8) * 8)
#define MY_ACROSS                                                                                  \
  ((int)get_local_id(0) % 2 + (int)get_local_id(0) / 16 % 2 * 2 +                                  \
   (int)get_local_id(0) / (4 * DOWN) * 4)

/// A loop over an array that a work-item holds in registers. On a GPU it is unrolled completely and
/// has no early exit: an array whose indices are not all known to the compiler is put in slow
/// memory. A CPU keeps the array in its cache either way, and compiles for many seconds if the
/// loops are unrolled.
#ifdef ON_GPU
#define EACH(i, count) _Pragma("unroll") for (int i = 0; i < count; i++)
#define UNROLLED_TWICE _Pragma("unroll 2")
#else
#define EACH(i, count) for (int i = 0; i < count; i++)
#define UNROLLED_TWICE
#endif

/// For functions with such arrays as parameters: a call would put the array in slow memory.
#define INLINED __attribute__((always_inline))
