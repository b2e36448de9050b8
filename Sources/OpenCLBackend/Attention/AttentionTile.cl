// Shared by the tiled kernels: tiles of rows in local memory, and the two products on them.
//
// A group of work-items holds a tile of scores, ROWS x COLUMNS, in registers: each work-item has
// ROWS_PER_ITEM neighboring rows and every ACROSS-th column. DIM is the head dimension rounded up
// to 16. Rows of a tile are read four elements (a quad) at a time, and are one quad further apart
// than they are long, so that neighbors read from different banks.

#define ACROSS (COLUMNS / COLUMNS_PER_ITEM)
#define TILE_ITEMS (ROWS / ROWS_PER_ITEM * ACROSS)
#define QUADS (DIM / 4)
#define PITCH (QUADS + 1)
#define QUADS_PER_ITEM ((QUADS + ACROSS - 1) / ACROSS)
#define WEIGHT_PITCH (COLUMNS / 4 + 1)
#define LOADS_TOGETHER 8

#define LOG2_OF_E 1.44269504f

/// A loop over an array that a work-item holds in registers. On a GPU it is unrolled completely and
/// has no early exit: an array whose indices are not all known to the compiler is put in slow
/// memory. A CPU keeps the array in its cache either way, and compiles for many seconds if the
/// loops are unrolled.
#ifdef ON_GPU
#define EACH(i, count) _Pragma("unroll") for (int i = 0; i < count; i++)
#else
#define EACH(i, count) for (int i = 0; i < count; i++)
#endif

/// The sizes of a call and its mask: query i sees key j if i + before <= j < i + after. Scores are
/// in powers of two: scale is the problem's scale times log2(e).
typedef struct {
  int headCount, groupSize, queryLength, keyLength, headDim, before, after, blockSize, isAligned;
  float scale, gradientScale;
} Problem;

/// The first element of a head. A view is (offset, batch stride, head stride, token stride).
long headStart(long4 view, int batch, int head) {
  return view.x + batch * view.y + head * view.z;
}

/// Four elements of a row; those beyond the head are 0.
float4 loadQuad(__global const float *row, int d, int headDim) {
  if (d + 4 <= headDim) return vload4(0, row + d);
  return (float4)(d < headDim ? row[d] : 0.0f, d + 1 < headDim ? row[d + 1] : 0.0f,
                  d + 2 < headDim ? row[d + 2] : 0.0f, 0.0f);
}

/// Loads a tile of `size` rows from global memory; neighboring work-items read neighboring quads,
/// and rows from `count` on are 0. Where every row begins at a multiple of four elements, one
/// access loads a quad, and a work-item issues several loads before it waits for the first.
void loadTile(__local float4 *tile, __global const float *rows, long stride, int size, int count,
              int items, Problem problem) {
  if (problem.isAligned) {
    for (int first = get_local_id(0); first < size * QUADS; first += LOADS_TOGETHER * items) {
      float4 found[LOADS_TOGETHER];
      EACH(i, LOADS_TOGETHER) {
        int row = (first + i * items) / QUADS, quad = (first + i * items) % QUADS;
        bool isInRange = row < count && 4 * quad < problem.headDim;
        found[i] = isInRange ? *(__global const float4 *)(rows + row * stride + 4 * quad)
                           : (float4)(0.0f);
      }
      EACH(i, LOADS_TOGETHER) {
        int row = (first + i * items) / QUADS, quad = (first + i * items) % QUADS;
        if (row < size) tile[row * PITCH + quad] = found[i];
      }
    }
    return;
  }
  for (int n = get_local_id(0); n < size * QUADS; n += items) {
    int row = n / QUADS, quad = n % QUADS;
    tile[row * PITCH + quad] = row < count
                                   ? loadQuad(rows + row * stride, 4 * quad, problem.headDim)
                                   : (float4)(0.0f);
  }
}

// lesson: begin multiplyTiles
/// scores[r][c] = a[my row r] · b[my column c]: the first product.
void multiplyTiles(float scores[ROWS_PER_ITEM][COLUMNS_PER_ITEM], __local const float4 *a,
                   __local const float4 *b) {
  int down = get_local_id(0) / ACROSS * ROWS_PER_ITEM, across = get_local_id(0) % ACROSS;
  EACH(r, ROWS_PER_ITEM)
    EACH(c, COLUMNS_PER_ITEM) scores[r][c] = 0.0f;
  for (int quad = 0; quad < QUADS; quad++) {
    float4 x[ROWS_PER_ITEM];
    EACH(r, ROWS_PER_ITEM) x[r] = a[(down + r) * PITCH + quad];
    EACH(c, COLUMNS_PER_ITEM) {
      float4 y = b[(across + c * ACROSS) * PITCH + quad];
      EACH(r, ROWS_PER_ITEM) {
        float s = fma(x[r].x, y.x, scores[r][c]);
        s = fma(x[r].y, y.y, s);
        s = fma(x[r].z, y.z, s);
        scores[r][c] = fma(x[r].w, y.w, s);
      }
    }
  }
}
// lesson: end multiplyTiles

/// Stores my part of a tile of weights in local memory, for the whole group to read.
void shareWeights(__local float4 *weights, float mine[ROWS_PER_ITEM][COLUMNS_PER_ITEM]) {
  int down = get_local_id(0) / ACROSS * ROWS_PER_ITEM, across = get_local_id(0) % ACROSS;
  EACH(r, ROWS_PER_ITEM)
    EACH(c, COLUMNS_PER_ITEM)
      ((__local float *)(weights + (down + r) * WEIGHT_PITCH))[across + c * ACROSS] = mine[r][c];
}

/// sums[r] += Σ weights[my row r][column] · rows[column], for my quads: the second product.
void addWeightedRows(float4 sums[ROWS_PER_ITEM][QUADS_PER_ITEM], __local const float4 *weights,
                     __local const float4 *rows) {
  int down = get_local_id(0) / ACROSS * ROWS_PER_ITEM, across = get_local_id(0) % ACROSS;
  for (int c = 0; c < COLUMNS; c += 4) {
    float4 w[ROWS_PER_ITEM];
    EACH(r, ROWS_PER_ITEM) w[r] = weights[(down + r) * WEIGHT_PITCH + c / 4];
    EACH(q, QUADS_PER_ITEM) {
      int quad = across + q * ACROSS;
      if (QUADS % ACROSS != 0 && quad >= QUADS) continue;
      __local const float4 *row = rows + c * PITCH + quad;
      EACH(r, ROWS_PER_ITEM) {
        float4 sum = fma((float4)(w[r].x), row[0], sums[r][q]);
        sum = fma((float4)(w[r].y), row[PITCH], sum);
        sum = fma((float4)(w[r].z), row[2 * PITCH], sum);
        sums[r][q] = fma((float4)(w[r].w), row[3 * PITCH], sum);
      }
    }
  }
}

/// Writes my quads of one row, scaled; elements beyond the head are skipped.
void storeRow(__global float *row, float4 sums[QUADS_PER_ITEM], float factor, int headDim) {
  EACH(q, QUADS_PER_ITEM) {
    int d = 4 * (int)(get_local_id(0) % ACROSS + q * ACROSS);
    float4 scaled = sums[q] * factor;
    if (d < headDim) row[d] = scaled.x;
    if (d + 1 < headDim) row[d + 1] = scaled.y;
    if (d + 2 < headDim) row[d + 2] = scaled.z;
    if (d + 3 < headDim) row[d + 3] = scaled.w;
  }
}

/// The keys that one query sees in the runs of its tile: first <= key < end by causality and
/// window, and in a cut block only those whose bit is set.
typedef struct {
  int first, end;
  ulong bits;
} VisibleKeys;

VisibleKeys visibleKeys(int query, Problem problem, int cut, __global const ulong *masks) {
  VisibleKeys visible = {query + problem.before, query + problem.after, ~0UL};
  int position = query + problem.keyLength - problem.queryLength;
  if (cut >= 0) visible.bits = masks[cut * problem.blockSize + position % problem.blockSize];
  return visible;
}

/// The key of the lowest mask bit: the first of its block. Without a cut block, any key is valid.
int firstBit(int key, Problem problem, int cut) {
  return cut < 0 ? key : key / problem.blockSize * problem.blockSize;
}

bool sees(VisibleKeys visible, int key, int firstBit) {
  return key >= visible.first && key < visible.end && visible.bits >> (key - firstBit & 63) & 1;
}

/// Whether the mask keeps every pair of a tile: the usual case, which needs no test per pair.
bool allSee(int firstQuery, int endQuery, int firstKey, int endKey, Problem problem, int cut) {
  return cut < 0 && firstKey >= endQuery - 1 + problem.before &&
         endKey <= firstQuery + problem.after;
}

/// ALiBi: the penalty of a pair's distance, subtracted from its score.
float bias(float slope, int query, int key, Problem problem) {
  return slope * abs(query + problem.keyLength - problem.queryLength - key);
}
