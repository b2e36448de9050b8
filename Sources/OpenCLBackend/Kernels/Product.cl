// C = op(A) · op(B), one group of work-items per tile of C. The rows of op(A) and the columns of
// op(B) that belong to the tile are loaded DEPTH elements at a time into local memory, where the
// elements of one depth are neighbors. While the group multiplies one piece, each work-item already
// loads its part of the next into registers.
//
// The constants A_TRANSPOSED and B_TRANSPOSED say how the matrices lie in memory. With IS_ALIGNED,
// every row begins at a multiple of four elements.

#define ROW_PITCH (ROWS / 4 + 1)
#define COLUMN_PITCH (COLUMNS / 4 + 1)
#define ROW_QUADS (ROWS * DEPTH / 4 / TILE_ITEMS)
#define COLUMN_QUADS (COLUMNS * DEPTH / 4 / TILE_ITEMS)

/// Four neighbors in row `row` of a part of a matrix; those outside the part are 0.
INLINED float4 loadQuad(__global const float *part, int stride, int row, int rowCount, int column,
                        int columnCount) {
  if (row >= rowCount) return (float4)(0.0f);
  __global const float *x = part + (row * stride + column);
#if IS_ALIGNED
  if (column + 4 <= columnCount) return *(__global const float4 *)x;
#else
  if (column + 4 <= columnCount) return vload4(0, x);
#endif
  return (float4)(column < columnCount ? x[0] : 0.0f, column + 1 < columnCount ? x[1] : 0.0f,
                  column + 2 < columnCount ? x[2] : 0.0f, 0.0f);
}

/// Quad n of a piece: `size` lines (rows of op(A), or columns of op(B)), of DEPTH elements each;
/// `lineCount` lines and `depth` elements exist. `isAlong`: a line lies along a row of the matrix,
/// so that a quad has four depths of one line; otherwise it has one depth of four lines.
INLINED float4 loadPart(__global const float *piece, int stride, bool isAlong, int n, int size,
                        int lineCount, int depth) {
  if (isAlong)
    return loadQuad(piece, stride, n / (DEPTH / 4), lineCount, n % (DEPTH / 4) * 4, depth);
  return loadQuad(piece, stride, n / (size / 4), depth, n % (size / 4) * 4, lineCount);
}

/// Puts quad n of a piece into local memory.
INLINED void putPart(__local float4 *piece, int pitch, bool isAlong, int n, int size,
                     float4 quad) {
  if (isAlong) {
    int depth = n % (DEPTH / 4) * 4, line = n / (DEPTH / 4);
    __local float *place = (__local float *)(piece + depth * pitch) + line;
    place[0] = quad.x;
    place[4 * pitch] = quad.y;
    place[8 * pitch] = quad.z;
    place[12 * pitch] = quad.w;
  } else {
    piece[n / (size / 4) * pitch + n % (size / 4)] = quad;
  }
}

/// Groups along the first axis: tiles of C, row by row. Along the second: ranges of the sum over
/// depth, `rangeDepth` each. Range number r writes to the r-th matrix at c.
__kernel __attribute__((reqd_work_group_size(TILE_ITEMS, 1, 1))) void multiplyMatrices(
    __global const float *restrict a, long aAt, __global const float *restrict b, long bAt,
    __global float *restrict c, long cAt, int rowCount, int columnCount, int depth, int rangeDepth,
    int aStride, int bStride, int accumulate) {
  __local float4 rows[2][DEPTH * ROW_PITCH], columns[2][DEPTH * COLUMN_PITCH];
  int item = get_local_id(0), down = MY_DOWN, across = MY_ACROSS;
  int tilesAcross = (columnCount + COLUMNS - 1) / COLUMNS;
  int firstRow = get_group_id(0) / tilesAcross * ROWS;
  int firstColumn = get_group_id(0) % tilesAcross * COLUMNS;
  int first = get_group_id(1) * rangeDepth, left = min(depth - first, rangeDepth);
  // From one element of a line to the next, and from one line to the next.
  int aAlong = A_TRANSPOSED ? aStride : 1, aAcross = A_TRANSPOSED ? 1 : aStride;
  int bAlong = B_TRANSPOSED ? 1 : bStride, bAcross = B_TRANSPOSED ? bStride : 1;
  a += aAt + (long)firstRow * aAcross + (long)first * aAlong;
  b += bAt + (long)firstColumn * bAcross + (long)first * bAlong;
  c += cAt + (long)get_group_id(1) * rowCount * columnCount;
  rowCount -= firstRow;
  columnCount -= firstColumn;

  float4 nextRows[ROW_QUADS], nextColumns[COLUMN_QUADS];
  float4 sums[ROWS_PER_ITEM][COLUMNS_PER_ITEM / 4];
  EACH(r, ROWS_PER_ITEM)
    EACH(q, COLUMNS_PER_ITEM / 4) sums[r][q] = (float4)(0.0f);
  EACH(i, ROW_QUADS)
    nextRows[i] = loadPart(a, aStride, !A_TRANSPOSED, item + i * TILE_ITEMS, ROWS, rowCount, left);
  EACH(i, COLUMN_QUADS)
    nextColumns[i] =
        loadPart(b, bStride, B_TRANSPOSED, item + i * TILE_ITEMS, COLUMNS, columnCount, left);

  for (int stage = 0; left > 0; stage = 1 - stage) {
    EACH(i, ROW_QUADS)
      putPart(rows[stage], ROW_PITCH, !A_TRANSPOSED, item + i * TILE_ITEMS, ROWS, nextRows[i]);
    EACH(i, COLUMN_QUADS)
      putPart(columns[stage], COLUMN_PITCH, B_TRANSPOSED, item + i * TILE_ITEMS, COLUMNS,
              nextColumns[i]);
    // One barrier is enough: the next piece is put into the other half.
    barrier(CLK_LOCAL_MEM_FENCE);
    left -= DEPTH;
    a += DEPTH * (long)aAlong;
    b += DEPTH * (long)bAlong;
    EACH(i, ROW_QUADS)
      nextRows[i] =
          loadPart(a, aStride, !A_TRANSPOSED, item + i * TILE_ITEMS, ROWS, rowCount, left);
    EACH(i, COLUMN_QUADS)
      nextColumns[i] =
          loadPart(b, bStride, B_TRANSPOSED, item + i * TILE_ITEMS, COLUMNS, columnCount, left);
    UNROLLED_TWICE
    for (int d = 0; d < DEPTH; d++) {
      float4 x[ROWS_PER_ITEM / 4], y[COLUMNS_PER_ITEM / 4];
      EACH(i, ROWS_PER_ITEM / 4) x[i] = rows[stage][d * ROW_PITCH + down + i * DOWN];
      EACH(q, COLUMNS_PER_ITEM / 4) y[q] = columns[stage][d * COLUMN_PITCH + across + q * ACROSS];
      EACH(i, ROWS_PER_ITEM / 4)
        EACH(q, COLUMNS_PER_ITEM / 4) {
          sums[4 * i][q] = fma((float4)(x[i].x), y[q], sums[4 * i][q]);
          sums[4 * i + 1][q] = fma((float4)(x[i].y), y[q], sums[4 * i + 1][q]);
          sums[4 * i + 2][q] = fma((float4)(x[i].z), y[q], sums[4 * i + 2][q]);
          sums[4 * i + 3][q] = fma((float4)(x[i].w), y[q], sums[4 * i + 3][q]);
        }
    }
  }

  // Rows and columns of a work-item are quads: number i is quad down + i · DOWN of the tile.
  int cStride = columnCount + firstColumn;
  c += (long)firstRow * cStride + firstColumn;
  EACH(r, ROWS_PER_ITEM) {
    int row = 4 * (down + r / 4 * DOWN) + r % 4;
    EACH(q, COLUMNS_PER_ITEM / 4) {
      int column = 4 * (across + q * ACROSS), count = row < rowCount ? columnCount - column : 0;
      __global float *place = c + (row * cStride + column);
      float4 sum = sums[r][q];
#if IS_ALIGNED
      if (count > 0) {
        __global float4 *quad = (__global float4 *)place;
        *quad = accumulate ? *quad + sum : sum;
      }
#else
      if (count > 0) place[0] = accumulate ? place[0] + sum.x : sum.x;
      if (count > 1) place[1] = accumulate ? place[1] + sum.y : sum.y;
      if (count > 2) place[2] = accumulate ? place[2] + sum.z : sum.z;
      if (count > 3) place[3] = accumulate ? place[3] + sum.w : sum.w;
#endif
    }
  }
}
