// Tiled attention, forward (Dao, 2024: FlashAttention-2). One group of work-items for each tile of
// queries of one head. The queries stay; keys and values pass by, a tile at a time, through the same
// piece of local memory. The matrix of scores never exists: a tile of it does, in registers.

__kernel __attribute__((reqd_work_group_size(TILE_ITEMS, 1, 1))) void attentionForward(
    __global const float *queries, long4 queryView, __global const float *keys, long4 keyView,
    __global const float *values, long4 valueView, __global float *output, long4 outputView,
    __global float *logSumExp, long logSumExpAt, __global const int4 *tiles,
    __global const int4 *runs, __global const ulong *masks, __global const float *slopes,
    int tileCount, Problem problem) {
  __local float4 queryTile[ROWS * PITCH];
  __local float4 passing[COLUMNS * PITCH];
  __local float weights[ROWS * WEIGHT_PITCH];
  __local float best[ROWS * ACROSS];

  int head = get_group_id(1) % problem.headCount, batch = get_group_id(1) / problem.headCount;
  int down = get_local_id(0) / ACROSS * ROWS_PER_ITEM, across = get_local_id(0) % ACROSS;
  // The last tiles first: under a causal mask they take longest.
  int4 tile = tiles[tileCount - 1 - get_group_id(0)];
  int firstQuery = tile.x, queryCount = tile.y;
  queries += headStart(queryView, batch, head) + firstQuery * queryView.w;
  keys += headStart(keyView, batch, head / problem.groupSize);
  values += headStart(valueView, batch, head / problem.groupSize);
  float slope = slopes ? slopes[head] * LOG2_OF_E : 0.0f;

  loadTile(queryTile, queries, queryView.w, ROWS, queryCount, problem.headDim);
  float largest[ROWS_PER_ITEM], sum[ROWS_PER_ITEM];
  float4 sums[ROWS_PER_ITEM][QUADS_PER_ITEM];
  for (int r = 0; r < ROWS_PER_ITEM; r++) {
    largest[r] = -INFINITY;
    sum[r] = 0.0f;
    for (int q = 0; q < QUADS_PER_ITEM; q++) sums[r][q] = (float4)(0.0f);
  }

  // lesson: begin forwardTiles
  for (int run = tile.z; run < tile.z + tile.w; run++) {
    int endKey = runs[run].y, cut = runs[run].z;
    for (int firstKey = runs[run].x; firstKey < endKey; firstKey += COLUMNS) {
      int keyCount = min(COLUMNS, endKey - firstKey);
      loadTile(passing, keys + firstKey * keyView.w, keyView.w, COLUMNS, keyCount,
               problem.headDim);
      barrier(CLK_LOCAL_MEM_FENCE);

      // Scores, what the mask leaves of them, and the largest of each row: first of my columns,
      // then of all.
      float scores[ROWS_PER_ITEM][COLUMNS_PER_ITEM];
      multiplyTiles(scores, queryTile, passing);
      bool isWhole = keyCount == COLUMNS && allSee(firstQuery, firstQuery + queryCount, firstKey,
                                                   firstKey + COLUMNS, problem, cut);
      for (int r = 0; r < ROWS_PER_ITEM; r++) {
        int query = firstQuery + down + r;
        float mine = -INFINITY;
        for (int c = 0; c < COLUMNS_PER_ITEM; c++) {
          int key = firstKey + across + c * ACROSS;
          float score = scores[r][c] * problem.scale;
          if (slopes) score -= bias(slope, query, key, problem);
          if (!isWhole && !(key < endKey && sees(query, key, problem, cut, masks)))
            score = -INFINITY;
          scores[r][c] = score;
          mine = fmax(mine, score);
        }
        best[(down + r) * ACROSS + across] = mine;
      }
      barrier(CLK_LOCAL_MEM_FENCE);

      // Online softmax: where a larger score has come, all that was added before shrinks.
      for (int r = 0; r < ROWS_PER_ITEM; r++) {
        float old = largest[r];
        for (int n = 0; n < ACROSS; n++)
          largest[r] = fmax(largest[r], best[(down + r) * ACROSS + n]);
        // A row that has seen no key yet: -INFINITY less itself is no number.
        float base = largest[r] == -INFINITY ? 0.0f : largest[r];
        float factor = exp2(old - base);
        sum[r] *= factor;
        for (int c = 0; c < COLUMNS_PER_ITEM; c++) {
          scores[r][c] = exp2(scores[r][c] - base);
          sum[r] += scores[r][c];
        }
        for (int q = 0; q < QUADS_PER_ITEM; q++) sums[r][q] *= factor;
      }
      shareWeights(weights, scores);
      // The keys have done their work: their place is the values' now.
      loadTile(passing, values + firstKey * valueView.w, valueView.w, COLUMNS, keyCount,
               problem.headDim);
      barrier(CLK_LOCAL_MEM_FENCE);
      addWeightedRows(sums, weights, passing);
      barrier(CLK_LOCAL_MEM_FENCE);
    }
  }
  // lesson: end forwardTiles

  // Each work-item has added up its own columns only: now the rows' sums, in the same order for all.
  for (int r = 0; r < ROWS_PER_ITEM; r++) best[(down + r) * ACROSS + across] = sum[r];
  barrier(CLK_LOCAL_MEM_FENCE);
  output += headStart(outputView, batch, head) + firstQuery * outputView.w;
  logSumExp += logSumExpAt + (long)get_group_id(1) * problem.queryLength + firstQuery;
  for (int r = 0; r < ROWS_PER_ITEM && down + r < queryCount; r++) {
    float total = 0.0f;
    for (int n = 0; n < ACROSS; n++) total += best[(down + r) * ACROSS + n];
    storeRow(output + (down + r) * outputView.w, sums[r], total > 0.0f ? 1.0f / total : 0.0f,
             problem.headDim);
    if (across == 0)
      logSumExp[down + r] =
          total > 0.0f ? largest[r] / LOG2_OF_E + log(total) : -INFINITY;
  }
}
