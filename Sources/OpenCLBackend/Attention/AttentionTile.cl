// What the tiled kernels share: tiles of rows in local memory, and the two products on them.
//
// A group of work-items holds a tile of scores, ROWS x COLUMNS, in its registers: each work-item
// ROWS_PER_ITEM neighbouring rows and every ACROSS-th column. DIM is the head dimension rounded up
// to 16; rows of a tile are read four numbers at a time, and lie one such quad further apart than
// they are long, so that neighbours read from different banks.

#define ACROSS (COLUMNS / COLUMNS_PER_ITEM)
#define TILE_ITEMS (ROWS / ROWS_PER_ITEM * ACROSS)
#define QUADS (DIM / 4)
#define PITCH (QUADS + 1)
#define QUADS_PER_ITEM ((QUADS + ACROSS - 1) / ACROSS)
#define WEIGHT_PITCH (COLUMNS + 4)

#define LOG2_OF_E 1.44269504f

/// The sizes of a call and its mask: key j of query i is seen where i + before <= j < i + after.
/// Scores are in powers of two: scale is the problem's, times log2(e).
typedef struct {
  int headCount, groupSize, queryLength, keyLength, headDim, before, after, blockSize;
  float scale, gradientScale;
} Problem;

/// A head inside a tensor: a view is (offset, batch stride, head stride, token stride).
long headStart(long4 view, int batch, int head) {
  return view.x + batch * view.y + head * view.z;
}

/// Four numbers of a row; what lies beyond the head is 0.
float4 loadQuad(__global const float *row, int d, int headDim) {
  if (d + 4 <= headDim) return vload4(0, row + d);
  return (float4)(d < headDim ? row[d] : 0.0f, d + 1 < headDim ? row[d + 1] : 0.0f,
                  d + 2 < headDim ? row[d + 2] : 0.0f, 0.0f);
}

/// Fills a tile of `size` rows from global memory, neighbours reading neighbours; rows from `count`
/// on are 0.
void loadTile(__local float4 *tile, __global const float *rows, long stride, int size, int count,
              int headDim) {
  for (int n = get_local_id(0); n < size * QUADS; n += get_local_size(0)) {
    int row = n / QUADS, quad = n % QUADS;
    tile[row * PITCH + quad] =
        row < count ? loadQuad(rows + row * stride, 4 * quad, headDim) : (float4)(0.0f);
  }
}

// lesson: begin multiplyTiles
/// scores[r][c] = a[my row r] · b[my column c]: the first product.
void multiplyTiles(float scores[ROWS_PER_ITEM][COLUMNS_PER_ITEM], __local const float4 *a,
                   __local const float4 *b) {
  int down = get_local_id(0) / ACROSS * ROWS_PER_ITEM, across = get_local_id(0) % ACROSS;
  for (int r = 0; r < ROWS_PER_ITEM; r++)
    for (int c = 0; c < COLUMNS_PER_ITEM; c++) scores[r][c] = 0.0f;
  for (int quad = 0; quad < QUADS; quad++) {
    float4 x[ROWS_PER_ITEM];
    for (int r = 0; r < ROWS_PER_ITEM; r++) x[r] = a[(down + r) * PITCH + quad];
    for (int c = 0; c < COLUMNS_PER_ITEM; c++) {
      float4 y = b[(across + c * ACROSS) * PITCH + quad];
      for (int r = 0; r < ROWS_PER_ITEM; r++) {
        float s = fma(x[r].x, y.x, scores[r][c]);
        s = fma(x[r].y, y.y, s);
        s = fma(x[r].z, y.z, s);
        scores[r][c] = fma(x[r].w, y.w, s);
      }
    }
  }
}
// lesson: end multiplyTiles

/// Puts my part of a tile of weights where the whole group can read it.
void shareWeights(__local float *weights, float mine[ROWS_PER_ITEM][COLUMNS_PER_ITEM]) {
  int down = get_local_id(0) / ACROSS * ROWS_PER_ITEM, across = get_local_id(0) % ACROSS;
  for (int r = 0; r < ROWS_PER_ITEM; r++)
    for (int c = 0; c < COLUMNS_PER_ITEM; c++)
      weights[(down + r) * WEIGHT_PITCH + across + c * ACROSS] = mine[r][c];
}

/// sums[r] += Σ weights[my row r][column] · rows[column], for my quads: the second product.
void addWeightedRows(float4 sums[ROWS_PER_ITEM][QUADS_PER_ITEM], __local const float *weights,
                     __local const float4 *rows) {
  int down = get_local_id(0) / ACROSS * ROWS_PER_ITEM, across = get_local_id(0) % ACROSS;
  for (int c = 0; c < COLUMNS; c += 4) {
    float4 w[ROWS_PER_ITEM];
    for (int r = 0; r < ROWS_PER_ITEM; r++)
      w[r] = vload4(0, weights + (down + r) * WEIGHT_PITCH + c);
    for (int q = 0; q < QUADS_PER_ITEM; q++) {
      int quad = across + q * ACROSS;
      if (QUADS % ACROSS != 0 && quad >= QUADS) continue;
      __local const float4 *row = rows + c * PITCH + quad;
      for (int r = 0; r < ROWS_PER_ITEM; r++) {
        float4 sum = fma((float4)(w[r].x), row[0], sums[r][q]);
        sum = fma((float4)(w[r].y), row[PITCH], sum);
        sum = fma((float4)(w[r].z), row[2 * PITCH], sum);
        sums[r][q] = fma((float4)(w[r].w), row[3 * PITCH], sum);
      }
    }
  }
}

/// Writes my quads of one row, scaled; numbers beyond the head are left out.
void storeRow(__global float *row, float4 sums[QUADS_PER_ITEM], float factor, int headDim) {
  for (int q = 0; q < QUADS_PER_ITEM; q++) {
    int d = 4 * (int)(get_local_id(0) % ACROSS + q * ACROSS);
    float4 scaled = sums[q] * factor;
    if (d < headDim) row[d] = scaled.x;
    if (d + 1 < headDim) row[d + 1] = scaled.y;
    if (d + 2 < headDim) row[d + 2] = scaled.z;
    if (d + 3 < headDim) row[d + 3] = scaled.w;
  }
}

/// Whether a pair takes part, blocks that are dropped aside: causality, window, and the bits of a
/// block that a pattern cuts.
bool sees(int query, int key, Problem problem, int cut, __global const ulong *masks) {
  if (key < query + problem.before || key >= query + problem.after) return false;
  if (cut < 0) return true;
  int place = query + problem.keyLength - problem.queryLength;
  ulong row = masks[cut * problem.blockSize + place % problem.blockSize];
  return row >> (key % problem.blockSize) & 1;
}

/// Whether every pair of a tile takes part: the usual case, in which nobody asks for each.
bool allSee(int firstQuery, int endQuery, int firstKey, int endKey, Problem problem, int cut) {
  return cut < 0 && firstKey >= endQuery - 1 + problem.before &&
         endKey <= firstQuery + problem.after;
}

/// ALiBi: what the distance of a pair takes off its score.
float bias(float slope, int query, int key, Problem problem) {
  return slope * abs(query + problem.keyLength - problem.queryLength - key);
}
