// Tiled attention, forward (Dao, 2024: FlashAttention-2). One group of work-items per tile of
// queries of one head. The queries stay in local memory; tiles of keys are loaded one after another.
// The matrix of scores is never stored: one tile of it is in registers.

INLINED float largestOf(float4 x) { return fmax(fmax(x.x, x.y), fmax(x.z, x.w)); }

INLINED float sumOf(float4 x) { return x.x + x.y + x.z + x.w; }

/// Scales my scores, subtracts the bias and masks pairs. `isWhole` and `isBiased` hold for the
/// whole tile: most tiles need neither mask nor bias.
INLINED void prepareScores(float scores[ROWS_PER_ITEM][COLUMNS_PER_ITEM], int firstQuery,
                           int firstKey, int endKey, bool isWhole, bool isBiased, float slope,
                           Problem problem, int cut, __global const ulong *masks) {
  EACH(r, ROWS_PER_ITEM)
    EACH(c, COLUMNS_PER_ITEM) scores[r][c] *= problem.scale;
  if (isBiased)
    EACH(r, ROWS_PER_ITEM)
      EACH(c, COLUMNS_PER_ITEM)
        scores[r][c] -= bias(slope, firstQuery + MY_ROW(r), firstKey + MY_COLUMN(c), problem);
  if (isWhole) return;
  int bit = firstBit(firstKey, problem, cut);
  EACH(r, ROWS_PER_ITEM) {
    VisibleKeys visible = visibleKeys(firstQuery + MY_ROW(r), problem, cut, masks);
    EACH(c, COLUMNS_PER_ITEM) {
      int key = firstKey + MY_COLUMN(c);
      if (key >= endKey || !sees(visible, key, bit)) scores[r][c] = -INFINITY;
    }
  }
}

__kernel __attribute__((reqd_work_group_size(TILE_ITEMS, 1, 1))) void attentionForward(
    __global const float *restrict queries, long4 queryView, __global const float *restrict keys,
    long4 keyView, __global const float *restrict values, long4 valueView,
    __global float *restrict output, long4 outputView, __global float *restrict logSumExp,
    long logSumExpAt, __global const int4 *restrict tiles, __global const int4 *restrict runs,
    __global const ulong *restrict masks, __global const float *restrict slopes, int tileCount,
    Problem problem) {
  __local float4 queryTile[ROWS * PITCH];
  // The keys of a tile; then, when all have read them, the weights.
  __local float4 stream[LARGER(COLUMNS * PITCH, ROWS * WEIGHT_PITCH)];
  __local float4 best[ROWS * ACROSS / 4];

  int head = get_group_id(1) % problem.headCount, batch = get_group_id(1) / problem.headCount;
  int across = MY_ACROSS;
  // The last tiles first: under a causal mask they take longest.
  int4 tile = tiles[tileCount - 1 - get_group_id(0)];
  int firstQuery = tile.x, queryCount = tile.y;
  queries += headStart(queryView, batch, head) + firstQuery * queryView.w;
  keys += headStart(keyView, batch, head / problem.groupSize);
  values += headStart(valueView, batch, head / problem.groupSize);
  float slope = slopes ? slopes[head] * LOG2_OF_E : 0.0f;

  loadTile(queryTile, queries, queryView.w, ROWS, queryCount, TILE_ITEMS);
  float largest[ROWS_PER_ITEM], sum[ROWS_PER_ITEM];
  float4 sums[ROWS_PER_ITEM][QUADS_PER_ITEM];
  EACH(r, ROWS_PER_ITEM) {
    largest[r] = -INFINITY;
    sum[r] = 0.0f;
    EACH(q, QUADS_PER_ITEM) sums[r][q] = (float4)(0.0f);
  }

  // lesson: begin forwardTiles
  for (int run = tile.z; run < tile.z + tile.w; run++) {
    int endKey = runs[run].y, cut = runs[run].z;
    for (int firstKey = runs[run].x; firstKey < endKey; firstKey += COLUMNS) {
      int keyCount = min(COLUMNS, endKey - firstKey);
      loadTile(stream, keys + firstKey * keyView.w, keyView.w, COLUMNS, keyCount,
               TILE_ITEMS);
      barrier(CLK_LOCAL_MEM_FENCE);

      // Masked scores, and the largest of each row: first over my columns, then over all.
      float scores[ROWS_PER_ITEM][COLUMNS_PER_ITEM];
      multiplyTiles(scores, queryTile, stream);
      bool isWhole = keyCount == COLUMNS && allSee(firstQuery, firstQuery + queryCount, firstKey,
                                                   firstKey + COLUMNS, problem, cut);
      prepareScores(scores, firstQuery, firstKey, endKey, isWhole, slopes != 0, slope, problem,
                    cut, masks);
      EACH(r, ROWS_PER_ITEM) {
        float mine = scores[r][0];
        EACH(c, COLUMNS_PER_ITEM) mine = fmax(mine, scores[r][c]);
        ((__local float *)best)[MY_ROW(r) * ACROSS + across] = mine;
      }
      barrier(CLK_LOCAL_MEM_FENCE);

      // Online softmax: a new maximum rescales everything added so far.
      EACH(r, ROWS_PER_ITEM) {
        float old = largest[r];
        EACH(n, ACROSS / 4)
          largest[r] = fmax(largest[r], largestOf(best[MY_ROW(r) * (ACROSS / 4) + n]));
        // A row that has seen no key yet has -INFINITY here, and -INFINITY minus itself is NaN.
        float base = largest[r] == -INFINITY ? 0.0f : largest[r];
        float factor = exp2(old - base);
        sum[r] *= factor;
        EACH(c, COLUMNS_PER_ITEM) {
          scores[r][c] = exp2(scores[r][c] - base);
          sum[r] += scores[r][c];
        }
        EACH(q, QUADS_PER_ITEM) sums[r][q] *= factor;
      }
      shareWeights(stream, scores);
      barrier(CLK_LOCAL_MEM_FENCE);
      addWeightedRows(sums, stream, values + firstKey * valueView.w, valueView.w, keyCount);
      barrier(CLK_LOCAL_MEM_FENCE);
    }
  }
  // lesson: end forwardTiles

  // Each work-item has summed its own columns only. Add up the sums of each row, always in the same
  // order.
  EACH(r, ROWS_PER_ITEM) ((__local float *)best)[MY_ROW(r) * ACROSS + across] = sum[r];
  barrier(CLK_LOCAL_MEM_FENCE);
  output += headStart(outputView, batch, head) + firstQuery * outputView.w;
  logSumExp += logSumExpAt + (long)get_group_id(1) * problem.queryLength + firstQuery;
  EACH(r, ROWS_PER_ITEM) {
    if (MY_ROW(r) >= queryCount) continue;
    float total = 0.0f;
    EACH(n, ACROSS / 4) total += sumOf(best[MY_ROW(r) * (ACROSS / 4) + n]);
    storeRow(output + MY_ROW(r) * outputView.w, sums[r], total > 0.0f ? 1.0f / total : 0.0f);
    if (across == 0)
      logSumExp[MY_ROW(r)] =
          total > 0.0f ? largest[r] / LOG2_OF_E + log(total) : -INFINITY;
  }
}
