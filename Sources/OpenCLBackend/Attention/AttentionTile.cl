// Shared by the tiled kernels, after TileItems.cl: tiles of rows in local memory, and the two
// products on them.
//
// A group of work-items holds a tile of scores, ROWS x COLUMNS, in registers. DIM is the head
// dimension, HEAD_DIM, rounded up to 16. Rows of a tile are read four elements (a quad) at a time,
// and are one quad further apart than they are long, so that neighbors read from different banks.
//
// The first product needs the columns' rows crosswise, so they are loaded into local memory. The
// second needs them as they lie in global memory, where neighbors read neighboring quads: it reads
// them there, and the cache serves all work-items of the group. The local memory that this saves
// holds larger tiles.

#define MY_ROW(r) (MY_DOWN + (r) * DOWN)
#define MY_COLUMN(c) (MY_ACROSS + (c) * ACROSS)
#define QUADS (DIM / 4)
#define PITCH (QUADS + 1)
#define QUADS_PER_ITEM ((QUADS + ACROSS - 1) / ACROSS)
#define WEIGHT_PITCH (COLUMNS / 4 + 1)
#define LOADS_TOGETHER 8
#define LARGER(a, b) ((a) > (b) ? (a) : (b))

#define LOG2_OF_E 1.44269504f

/// The sizes of a call and its mask: query i sees key j if i + before <= j < i + after. Scores are
/// in powers of two: scale is the problem's scale times log2(e).
typedef struct {
  int headCount, groupSize, queryLength, keyLength, before, after, blockSize, shift;
  float scale, gradientScale;
} Problem;

/// The first element of a head. A view is (offset, batch stride, head stride, token stride).
INLINED long headStart(long4 view, int batch, int head) {
  return view.x + batch * view.y + head * view.z;
}

/// A quad of a row; elements beyond the head are 0. With IS_ALIGNED, every row begins at a multiple
/// of four elements and the head is a multiple of four long. `isInside`: no quad is beyond the
/// head, so that none has to be tested.
INLINED float4 loadQuad(__global const float *row, int quad, bool isInside) {
  int d = 4 * quad;
#if IS_ALIGNED
  return isInside || d < HEAD_DIM ? *(__global const float4 *)(row + d) : (float4)(0.0f);
#else
  if (d + 4 <= HEAD_DIM) return vload4(0, row + d);
  return (float4)(d < HEAD_DIM ? row[d] : 0.0f, d + 1 < HEAD_DIM ? row[d + 1] : 0.0f,
                  d + 2 < HEAD_DIM ? row[d + 2] : 0.0f, 0.0f);
#endif
}

/// Loads a tile of `size` rows from global memory; neighboring work-items read neighboring quads,
/// and rows from `count` on are 0. A work-item issues several loads before it waits for the first.
INLINED void loadTile(__local float4 *tile, __global const float *rows, long stride, int size,
                      int count, int items) {
  for (int first = get_local_id(0); first < size * QUADS; first += LOADS_TOGETHER * items) {
    float4 found[LOADS_TOGETHER];
    EACH(i, LOADS_TOGETHER) {
      int row = (first + i * items) / QUADS, quad = (first + i * items) % QUADS;
      found[i] = loadQuad(rows + min(row, count - 1) * stride, quad, HEAD_DIM == DIM);
      if (row >= count) found[i] = (float4)(0.0f);
    }
    EACH(i, LOADS_TOGETHER) {
      int row = (first + i * items) / QUADS, quad = (first + i * items) % QUADS;
      if (row < size) tile[row * PITCH + quad] = found[i];
    }
  }
}

// lesson: begin multiplyTiles
/// scores[r][c] = a[my row r] · b[my column c]: the first product.
INLINED void multiplyTiles(float scores[ROWS_PER_ITEM][COLUMNS_PER_ITEM], __local const float4 *a,
                           __local const float4 *b) {
  EACH(r, ROWS_PER_ITEM)
    EACH(c, COLUMNS_PER_ITEM) scores[r][c] = 0.0f;
  UNROLLED_TWICE
  for (int quad = 0; quad < QUADS; quad++) {
    float4 x[ROWS_PER_ITEM];
    EACH(r, ROWS_PER_ITEM) x[r] = a[MY_ROW(r) * PITCH + quad];
    EACH(c, COLUMNS_PER_ITEM) {
      float4 y = b[MY_COLUMN(c) * PITCH + quad];
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
INLINED void shareWeights(__local float4 *weights,
                          float mine[ROWS_PER_ITEM][COLUMNS_PER_ITEM]) {
  EACH(r, ROWS_PER_ITEM)
    EACH(c, COLUMNS_PER_ITEM)
      ((__local float *)(weights + MY_ROW(r) * WEIGHT_PITCH))[MY_COLUMN(c)] = mine[r][c];
}

/// sums[r] += Σ weights[my row r][column] · rows[column], for my quads: the second product. Columns
/// from `count` on have weight 0.
INLINED void addWeightedRows(float4 sums[ROWS_PER_ITEM][QUADS_PER_ITEM],
                             __local const float4 *weights, __global const float *rows,
                             long stride, int count) {
  UNROLLED_TWICE
  for (int c = 0; c < COLUMNS; c += 4) {
    float4 w[ROWS_PER_ITEM], found[4][QUADS_PER_ITEM];
    EACH(i, 4)
      EACH(q, QUADS_PER_ITEM)
        found[i][q] = loadQuad(rows + min(c + i, count - 1) * stride, MY_COLUMN(q),
                               HEAD_DIM % (4 * ACROSS) == 0);
    EACH(r, ROWS_PER_ITEM) w[r] = weights[MY_ROW(r) * WEIGHT_PITCH + c / 4];
    EACH(q, QUADS_PER_ITEM)
      EACH(r, ROWS_PER_ITEM) {
        float4 sum = fma((float4)(w[r].x), found[0][q], sums[r][q]);
        sum = fma((float4)(w[r].y), found[1][q], sum);
        sum = fma((float4)(w[r].z), found[2][q], sum);
        sums[r][q] = fma((float4)(w[r].w), found[3][q], sum);
      }
  }
}

/// Writes my quads of one row, scaled; elements beyond the head are skipped.
INLINED void storeRow(__global float *row, float4 sums[QUADS_PER_ITEM], float factor) {
  EACH(q, QUADS_PER_ITEM) {
    int d = 4 * MY_COLUMN(q);
    float4 scaled = sums[q] * factor;
    if (d < HEAD_DIM) row[d] = scaled.x;
    if (d + 1 < HEAD_DIM) row[d + 1] = scaled.y;
    if (d + 2 < HEAD_DIM) row[d + 2] = scaled.z;
    if (d + 3 < HEAD_DIM) row[d + 3] = scaled.w;
  }
}

/// The keys that one query sees in the runs of its tile: first <= key < end by causality and
/// window, and in a cut block only those whose bit is set.
typedef struct {
  int first, end;
  ulong bits;
} VisibleKeys;

INLINED VisibleKeys visibleKeys(int query, Problem problem, int cut, __global const ulong *masks) {
  VisibleKeys visible = {query + problem.before, query + problem.after, ~0UL};
  int position = query + problem.shift;
  if (cut >= 0) visible.bits = masks[cut * problem.blockSize + position % problem.blockSize];
  return visible;
}

/// The key of the lowest mask bit: the first of its block. Without a cut block, any key is valid.
INLINED int firstBit(int key, Problem problem, int cut) {
  return cut < 0 ? key : key / problem.blockSize * problem.blockSize;
}

INLINED bool sees(VisibleKeys visible, int key, int firstBit) {
  return key >= visible.first && key < visible.end && visible.bits >> (key - firstBit & 63) & 1;
}

/// Whether the mask keeps every pair of a tile: the usual case, which needs no test per pair.
INLINED bool allSee(int firstQuery, int endQuery, int firstKey, int endKey, Problem problem,
                    int cut) {
  return cut < 0 && firstKey >= endQuery - 1 + problem.before &&
         endKey <= firstQuery + problem.after;
}

/// ALiBi: the penalty of a pair's distance, subtracted from its score.
INLINED float bias(float slope, int query, int key, Problem problem) {
  return slope * abs(query + problem.shift - key);
}
